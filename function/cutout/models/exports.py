"""Evens out the differences between exporters of ONNX, before a network is quantized."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, numpy_helper


def make_alike(model: ModelProto) -> None:
    """Change a model in place: all nodes have names of their own, constants are initializers, no
    two convolutions share weights, and batch norms are folded into the convolutions before them.

    The outputs stay the same, but for rounding.
    """
    _move_constants(model)
    _name_nodes(model)
    _unshare_weights(model)
    _fold_batch_norms(model)


def _name_nodes(model: ModelProto) -> None:
    seen: set[str] = set()
    for index, node in enumerate(model.graph.node):
        if not node.name or node.name in seen:
            node.name = f"own_{node.op_type}_{index}"
        seen.add(node.name)


def _unshare_weights(model: ModelProto) -> None:
    """Give each convolution weights of its own, as each is quantized by itself."""
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    users = [name for node in model.graph.node for name in node.input]
    for node in [node for node in model.graph.node if node.op_type == "Conv"]:
        while node.input[-1] == "":
            node.input.pop()
        for place in range(1, len(node.input)):
            name = node.input[place]
            if name in tensors and users.count(name) > 1:
                copy = model.graph.initializer.add()
                copy.CopyFrom(tensors[name])
                copy.name = node.input[place] = f"{name}_{node.name}"


def _move_constants(model: ModelProto) -> None:
    """Turn Constant nodes of tensors into initializers."""
    kept = []
    for node in model.graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            tensor = model.graph.initializer.add()
            tensor.CopyFrom(node.attribute[0].t)
            tensor.name = node.output[0]
        else:
            kept.append(node)
    del model.graph.node[:]
    model.graph.node.extend(kept)


def _fold_batch_norms(model: ModelProto) -> None:
    """Multiply batch norms (Ioffe & Szegedy 2015) into the convolutions that they follow."""
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    users = [name for node in model.graph.node for name in node.input]
    users += [end.name for end in model.graph.output]
    producer = {output: node for node in model.graph.node for output in node.output}
    for node in [node for node in model.graph.node if node.op_type == "BatchNormalization"]:
        before = producer.get(node.input[0])
        if (
            before is not None
            and before.op_type == "Conv"
            and users.count(node.input[0]) == 1
            and {*before.input[1:], *node.input[1:]} <= tensors.keys()
        ):
            kernel, bias = _folded(before, node, tensors)
            tensors[before.input[1]].CopyFrom(numpy_helper.from_array(kernel, before.input[1]))
            name = f"{node.name}_bias"
            model.graph.initializer.append(numpy_helper.from_array(bias, name))
            before.input[:] = [*before.input[:2], name]
            before.output[0] = node.output[0]
            model.graph.node.remove(node)


def _folded(
    convolution: NodeProto, norm: NodeProto, tensors: Mapping[str, TensorProto]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the kernel and the bias of a convolution with the batch norm behind it."""
    kernel, *bias = (numpy_helper.to_array(tensors[name]) for name in convolution.input[1:])
    scale, shift, mean, variance = (
        numpy_helper.to_array(tensors[name]).astype(np.float64) for name in norm.input[1:]
    )
    epsilon = next((one.f for one in norm.attribute if one.name == "epsilon"), 1e-5)
    factor = scale / np.sqrt(variance + epsilon)
    scaled = kernel * factor.reshape(-1, *[1] * (kernel.ndim - 1))
    return scaled.astype(np.float32), ((sum(bias) - mean) * factor + shift).astype(np.float32)
