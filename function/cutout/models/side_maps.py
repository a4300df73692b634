"""Finds and speeds up the end of U2-Net, which makes six side maps and mixes them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, helper

from .graph import OUTPUT, Network

SIDES = 6  # U2-Net's side maps, which its last convolution mixes into the fused one
ONE_SUM = 128  # products that ONNX Runtime adds up in one order, however many threads it has


def tail(network: Network) -> list[str]:
    """Return the nodes from the output back to the six convolutions that make the side maps."""
    producer = {name: node for node in network.skeleton.graph.node for name in node.output}
    nodes: list[str] = []
    names = [OUTPUT]
    while names:
        node = producer.get(names.pop())
        if node is None or node.name in nodes:
            continue
        nodes.append(node.name)
        if node.op_type != "Conv" or network.weights[node.input[1]].shape[1] == SIDES:
            names += node.input
    return nodes


def transpose_heads(model: ModelProto, weights: dict[str, NDArray[Any]]) -> None:
    """Replace the convolutions of side maps by equal transposed ones, with turned kernels: ONNX
    Runtime's plain ones in fp32 compute 16 channels at once, and these have one."""
    for node in model.graph.node:
        if node.op_type == "Conv" and node.input[1] in weights:
            kernel = weights[node.input[1]]
            outputs, inputs = kernel.shape[:2]
            if outputs == 1 and SIDES < inputs <= ONE_SUM and _keeps_size(node, kernel.shape[2:]):
                turned = kernel[:, :, ::-1, ::-1].swapaxes(0, 1)
                weights[node.input[1]] = np.ascontiguousarray(turned)
                node.op_type = "ConvTranspose"


def _keeps_size(node: NodeProto, kernel: Sequence[int]) -> bool:
    """Whether a convolution's output is as large as its input, with the same margin all around."""
    values = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    pads, strides = values.get("pads", [0] * 4), values.get("strides", [1, 1])
    reach = [
        spread * (side - 1)
        for spread, side in zip(values.get("dilations", [1, 1]), kernel, strict=True)
    ]
    return (
        values.get("auto_pad", b"NOTSET") == b"NOTSET"
        and list(strides) == [1, 1]
        and [2 * pad for pad in pads] == reach * 2
    )
