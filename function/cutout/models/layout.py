"""Lays tensors out as ONNX Runtime's fast kernels want them. The output stays the same."""

import numpy as np
from onnx import ModelProto, NodeProto, helper, numpy_helper

from .graph import INPUT, Network

COLOURS = 3
FOUR_CHANNELS = "four_channels"  # the picture with a channel of zeros
CHANNELS_LAST, CHANNELS_FIRST = (0, 2, 3, 1), (0, 3, 1, 2)


def add_fourth_channel(network: Network) -> Network:
    """Return the network with convolutions of the picture that read a fourth channel, of zeros.

    The output is the same. ONNX Runtime's fast int8 convolution takes channels by fours; its other
    one needs 11 ms for u2net's first layer, and this one 3, of 260 for all.
    """
    readers = {node.input[1] for node in network.skeleton.graph.node
               if node.op_type == "Conv" and node.input[0] == INPUT}  # fmt: skip
    kernels = {name: network.weights[name] for name in readers & network.weights.keys()}
    if not kernels or any(kernel.shape[1:2] != (COLOURS,) for kernel in kernels.values()):
        return network
    skeleton = ModelProto()
    skeleton.CopyFrom(network.skeleton)
    for node in skeleton.graph.node:
        if node.op_type == "Conv" and node.input[1] in kernels:
            node.input[0] = FOUR_CHANNELS
    pads = np.array([0, 0, 0, 0, 0, 1, 0, 0])  # before each axis, and after
    skeleton.graph.initializer.append(numpy_helper.from_array(pads, "fourth"))
    pad = helper.make_node("Pad", [INPUT, "fourth"], [FOUR_CHANNELS], FOUR_CHANNELS)
    skeleton.graph.node.insert(0, pad)
    wider = {name: np.pad(kernel, [(0, 0), (0, 1), *[(0, 0)] * (kernel.ndim - 2)])
             for name, kernel in kernels.items()}  # fmt: skip
    return Network(skeleton, network.weights | wider)


def enlarge_channels_last(model: ModelProto) -> None:
    """Let each Resize between a part in fp32 and a quantized one work with the channels last.

    Quantized convolutions have them last, and ONNX Runtime turns the tensors of what lies between
    two of them. It does not turn those of a Resize after fp32, whose kernel for channels that come
    first takes 13 ms instead of 4 for 64 of u2netp, and around which it turns four tensors.
    """
    producers = {name: node for node in model.graph.node for name in node.output}
    readers: dict[str, set[str]] = {}
    for node in model.graph.node:
        for name in node.input:
            readers.setdefault(name, set()).add(node.op_type)
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    nodes: list[NodeProto] = []
    for node in model.graph.node:
        before = producers.get(node.input[0]) if node.input else None
        after = readers.get(node.output[0], set())
        is_between = before and before.op_type != "DequantizeLinear" and after == {"QuantizeLinear"}
        if node.op_type == "Resize" and is_between and node.input[2] in constants:
            factors = constants[node.input[2]].take(CHANNELS_LAST)
            model.graph.initializer.append(numpy_helper.from_array(factors, f"{node.name}_factors"))
            nodes += _channels_last(node)
        else:
            nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _channels_last(resize: NodeProto) -> list[NodeProto]:
    """Return the nodes in place of a Resize. Einsum turns the tensor, since ONNX Runtime would move
    a Transpose back behind the Resize."""
    source, output, name = resize.input[0], resize.output[0], resize.name
    last, enlarged = f"{name}_last", f"{name}_enlarged"
    turn = helper.make_node("Einsum", [source], [last], last, equation="nchw->nhwc")
    resize.input[0], resize.input[2], resize.output[0] = last, f"{name}_factors", enlarged
    back = helper.make_node("Transpose", [enlarged], [output], f"{name}_first", perm=CHANNELS_FIRST)
    return [turn, resize, back]
