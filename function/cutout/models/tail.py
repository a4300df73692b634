"""U2-Net's last layers in a built network, which tuning changes: six heads and the last layer.

A head is a 3 x 3 convolution of a decoder's features to one side map. The last layer, d0, is a
1 x 1 convolution of the six side maps, enlarged to the input's size, and a sigmoid. A built network
keeps all of this in fp32 (see side_maps.tail), so that other numbers need no other quantization.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from cutout.errors import UnusableModel

from .side_maps import SIDES

CONVOLUTIONS = ("Conv", "FusedConv", "ConvTranspose")

Kernel = NDArray[np.float32]
Constant = Callable[[str], NDArray[np.float32]]


@dataclass(frozen=True)
class Head:
    """The convolution of one side map."""

    features: str  # the tensor that it reads, uint8 where the network quantizes it
    scale: float  # a feature is (stored - zero) * scale
    zero: float
    weight: str  # the kernel's name in the file
    is_transposed: bool  # see side_maps.transpose_heads
    kernel: Kernel  # (9, C): the 3 x 3 window by rows, of C channels
    bias: float
    enlarge: NDArray[np.float32]  # (S, H): a side map M of (H, H) becomes enlarge @ M @ enlarge.T


@dataclass(frozen=True)
class Tail:
    """The numbers of the last layers, and the names of their tensors in the file."""

    heads: tuple[Head, ...]  # in the order of the last layer's inputs
    weight: str  # the name of the last layer's kernel in the file
    bias_name: str
    mix: Kernel  # (6,): the last layer's kernel
    bias: float

    def with_kernels(self, kernels: Sequence[Kernel]) -> "Tail":
        """Return the tail with other kernels in its heads, (9, C) each."""
        heads = (
            replace(head, kernel=kernel) for head, kernel in zip(self.heads, kernels, strict=True)
        )
        return replace(self, heads=tuple(heads))


def read(model: ModelProto) -> Tail:
    """Return the tail of a built network. Raises UnusableModel for a network without one."""
    producer = {name: node for node in model.graph.node for name in node.output}
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}

    def constant(name: str) -> NDArray[np.float32]:
        return numpy_helper.to_array(tensors[name])

    try:
        last = producer[model.graph.output[0].name]
        if last.op_type == "Sigmoid":
            last = producer[last.input[0]]
        sides, weight, bias = last.input
        mix = constant(weight)
        if last.op_type not in CONVOLUTIONS or mix.shape != (1, SIDES, 1, 1):
            raise ValueError("the last layer does not mix six side maps")
        height = model.graph.input[0].type.tensor_type.shape.dim[2].dim_value
        names = producer[sides].input
        heads = tuple(_head(name, producer, constant, height) for name in names)
    except (KeyError, ValueError, IndexError) as error:
        raise UnusableModel(
            "only built networks of the U2-Net family can be tuned, such as u2net and u2netp: "
            f"this one has no six side maps before its output ({error})"
        ) from error
    return Tail(heads, weight, bias, mix.ravel(), float(constant(bias)[0]))


def write(model: ModelProto, tail: Tail) -> None:
    """Put the tail's numbers into the model that it was read from, in place."""
    arrays = {
        tail.weight: tail.mix.reshape(1, SIDES, 1, 1),
        tail.bias_name: np.array([tail.bias], np.float32),
    }
    for head in tail.heads:
        kernel = head.kernel.T.reshape(1, -1, 3, 3)
        arrays[head.weight] = _turned(kernel) if head.is_transposed else kernel
    for tensor in model.graph.initializer:
        if tensor.name in arrays:
            values = np.ascontiguousarray(arrays[tensor.name], np.float32)
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))


def _head(name: str, producer: dict[str, NodeProto], constant: Constant, height: int) -> Head:
    node = producer[name]
    enlarge = np.eye(height, dtype=np.float32)
    if node.op_type == "Resize":
        enlarge = _enlargement(node, round(float(constant(node.input[2])[2])), height)
        node = producer[node.input[0]]
    source, weight, bias = node.input
    is_transposed = node.op_type == "ConvTranspose"
    kernel = _turned(constant(weight)) if is_transposed else constant(weight)
    if node.op_type not in CONVOLUTIONS or kernel.shape[0] != 1 or kernel.shape[2:] != (3, 3):
        raise ValueError(f"{node.name} is no 3 x 3 convolution")
    features, scale, zero = source, 1.0, 0.0
    before = producer[source]
    if before.op_type == "DequantizeLinear":
        features = before.input[0]
        scale, zero = (constant(name).item() for name in before.input[1:])
    rows = np.ascontiguousarray(kernel.reshape(-1, 9).T)
    bias_value = float(constant(bias)[0])
    return Head(features, scale, zero, weight, is_transposed, rows, bias_value, enlarge)


def _turned(kernel: Kernel) -> Kernel:
    """Return a transposed convolution's kernel for a plain one, or the other way round."""
    return kernel[:, :, ::-1, ::-1].swapaxes(0, 1)


def _enlargement(resize: NodeProto, factor: int, height: int) -> NDArray[np.float32]:
    """Return the matrix, (S, S / factor), with which a Resize node enlarges columns.

    ONNX Runtime itself enlarges the unit matrix, so that every mode of the operator is right.
    """
    side = height // factor
    scales = numpy_helper.from_array(np.array([1, 1, factor, 1], np.float32), "scales")
    node = helper.make_node("Resize", ["unit", "", "scales"], ["columns"])
    node.attribute.extend(resize.attribute)
    unit_info, columns_info = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, rows, side])
        for name, rows in (("unit", side), ("columns", height))
    )
    graph = helper.make_graph([node], "enlargement", [unit_info], [columns_info], [scales])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    unit = np.eye(side, dtype=np.float32)[None, None]
    columns: NDArray[np.float32] = session.run(None, {"unit": unit})[0][0, 0]
    return columns
