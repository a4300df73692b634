"""Quantizes a network from fp32 to int8, with ranges of its activations and without a picture.

Static QDQ: uint8 activations, int8 weights with a scale for each output channel.
"""

from collections import Counter

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto

from . import qdq, rounding
from .graph import OUTPUT, Network
from .side_maps import tail, transpose_heads

Ranges = dict[str, tuple[float, float]]  # the least and the most of each tensor

# With Conv alone, each other node would cost a trip to fp32 and back.
OPERATORS = ["Conv", "Relu", "MaxPool", "Concat", "Resize", "Add"]


def quantize(network: Network, ranges: Ranges, keep_fp32: list[str]) -> ModelProto:
    """Return the int8 network. `keep_fp32` names nodes of the original to keep in fp32, besides the
    tail that fuses the side maps. Raises ValueError for an unknown name."""
    keep = {*keep_fp32, *tail(network)}
    if unknown := keep - {node.name for node in network.skeleton.graph.node}:
        raise ValueError(f"there is no node {', '.join(sorted(unknown))} to keep in fp32")
    limits = _limits(network.skeleton, ranges)
    skeleton, weights = ModelProto(), dict(network.weights)
    skeleton.CopyFrom(network.skeleton)
    del skeleton.graph.value_info[:]
    chosen = [n for n in skeleton.graph.node if n.name not in keep and _fits(n, limits, weights)]
    owners = _owners(skeleton, chosen)
    convolutions = {node.input[1]: node for node in chosen if node.op_type == "Conv"}
    writer = qdq.Writer()
    biases = {}
    for name, owner in owners.items():
        if name in convolutions:
            source, _, *bias = convolutions[name].input
            integers, scale = rounding.round_weights(weights.pop(name))
            for bias_name in bias:
                input_scale = qdq.zero_and_scale(*limits[source])[1]
                values = weights.pop(bias_name)
                integers, scale = _widen(integers, scale, values, input_scale)
                biases[bias_name] = values, input_scale * scale
            writer.kernel(name, integers, scale)
        elif name == owner:
            writer.activation(name, *qdq.zero_and_scale(*limits[name]))
    for name, owner in owners.items():
        if name != owner:
            writer.shared(name, owner)
    for name, (values, scale) in biases.items():
        writer.bias(name, values, scale)
    transpose_heads(skeleton, weights)
    model = Network(skeleton, weights).model()
    writer.finish(model)
    onnx.checker.check_model(model, full_check=True)
    return model


def _fits(node: NodeProto, limits: Ranges, weights: dict[str, NDArray[np.float32]]) -> bool:
    """Whether a node can be quantized: its inputs have ranges, and its kernels are constants."""
    if node.op_type == "Conv":
        known = node.input[0] in limits and all(name in weights for name in node.input[1:])
        return known and weights[node.input[1]].ndim == 4
    read = node.input[:1] if node.op_type == "Resize" else node.input
    known = node.op_type in OPERATORS and len(node.output) == 1
    return known and all(name in limits for name in read)


def _limits(skeleton: ModelProto, ranges: Ranges) -> Ranges:
    """Return the ranges and those that follow from them (see calibrate.ranged)."""
    readers = Counter(name for node in skeleton.graph.node for name in node.input)
    limits = {**ranges, OUTPUT: (0.0, 1.0)}
    for node in skeleton.graph.node:
        source = node.input[0] if node.input else ""
        if node.op_type == "Relu" and readers[source] == 1 and node.output[0] in limits:
            limits[source] = limits[node.output[0]]
        elif node.op_type in ("MaxPool", "Resize") and source in limits:
            limits[node.output[0]] = limits[source]
    return limits


def _owners(skeleton: ModelProto, chosen: list[NodeProto]) -> dict[str, str]:
    """Return the tensors to quantize, each with the tensor whose scale it has, in nodes' order.

    A Relu that is its input's only reader is dropped: uint8 with a zero point of 0 clips alike.
    """
    readers = Counter(name for node in skeleton.graph.node for name in node.input)
    producer = {name: node for node in skeleton.graph.node for name in node.output}
    owners: dict[str, str] = {}
    for node in chosen:
        source, output = node.input[0], node.output[0]
        if node.op_type in ("MaxPool", "Resize"):
            if source in owners:
                owners[output] = owners[source]
        elif node.op_type != "Relu":
            activations = node.input[:1] if node.op_type == "Conv" else node.input
            kernels = node.input[1:2] if node.op_type == "Conv" else []
            for name in (*activations, output, *kernels):
                owners.setdefault(name, name)
        elif source in owners:
            if readers[source] == 1:
                producer[source].output[0] = output
                skeleton.graph.node.remove(node)
                del owners[source]
            owners.setdefault(output, output)
    return owners


def _widen(
    integers: NDArray[np.int8],
    scale: NDArray[np.float32],
    bias: NDArray[np.float32],
    input_scale: NDArray[np.float32],
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return the kernel in scales that let the bias fit into 32 bits."""
    wide = qdq.wide_enough(scale, bias, input_scale)
    if np.array_equal(wide, scale):
        return integers, scale
    exact = integers * scale[:, None, None, None] / wide[:, None, None, None]
    return np.rint(exact).astype(np.int8), wide
