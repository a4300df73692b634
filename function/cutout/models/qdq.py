"""Writes 8-bit tensors into a graph as QuantizeLinear and DequantizeLinear nodes.

Names and order are those of QDQQuantizer in onnxruntime.quantization, which takes 2 s more for
u2net as it searches all nodes for each tensor. ONNX Runtime fuses both graphs to the same bytes.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

LEVELS = 255
BIAS_LIMIT = np.float64(2**31 - 1)
MARGIN = 1.0001  # keeps a bias at the limit from rounding to beyond it


@dataclass
class Writer:
    """Collects nodes and constants; `finish` puts them into a model."""

    constants: list[TensorProto] = field(default_factory=list)
    nodes: list[NodeProto] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)  # new input name by original name

    def activation(self, name: str, zero: NDArray[np.uint8], scale: NDArray[np.float32]) -> None:
        """Quantize a tensor to uint8, with a scale of its own."""
        self._constant(f"{name}_zero_point", TensorProto.UINT8, zero)
        self._constant(f"{name}_scale", TensorProto.FLOAT, scale)
        self.shared(name, name)

    def shared(self, name: str, owner: str) -> None:
        """Quantize a tensor to uint8, with the scale of another one."""
        scale = [f"{owner}_scale", f"{owner}_zero_point"]
        quantized = f"{name}_QuantizeLinear_Output"
        self.nodes.append(
            helper.make_node(
                "QuantizeLinear", [name, *scale], [quantized], f"{name}_QuantizeLinear"
            )
        )
        self._dequantize(name, [quantized, *scale])

    def kernel(self, name: str, integers: NDArray[np.int8], scale: NDArray[np.float32]) -> None:
        """Replace a kernel by an int8 one with a scale for each output channel."""
        self._constant(f"{name}_zero_point", TensorProto.INT8, np.zeros(len(scale), np.int8))
        self._constant(f"{name}_scale", TensorProto.FLOAT, scale)
        self.constants.append(numpy_helper.from_array(integers, f"{name}_quantized"))
        self._dequantize(name, [f"{name}_quantized", f"{name}_scale", f"{name}_zero_point"], axis=0)

    def bias(self, name: str, values: NDArray[np.float32], scale: NDArray[np.float32]) -> None:
        """Replace a bias by an int32 one; its scale is the input's times the kernel's."""
        levels = np.rint(values.astype(np.float64) / scale)
        integers = levels.clip(-BIAS_LIMIT - 1, BIAS_LIMIT).astype(np.int32)
        quantized = f"{name}_quantized"
        inputs = [quantized, f"{quantized}_scale", f"{quantized}_zero_point"]
        for tensor, array in zip(inputs, (integers, scale, np.zeros_like(integers)), strict=True):
            self.constants.append(numpy_helper.from_array(array, tensor))
        self.nodes.append(
            helper.make_node("DequantizeLinear", inputs, [name], f"{name}_DequantizeLinear", axis=0)
        )

    def finish(self, model: ModelProto) -> None:
        """Put the nodes and constants into a model, in place."""
        graph = model.graph
        for node in graph.node:
            node.input[:] = [self.renamed.get(name, name) for name in node.input]
        graph.node.extend(self.nodes)
        graph.initializer.extend(self.constants)
        model.producer_name, model.producer_version = "onnx.quantize", "0.1.0"
        _sort(model)

    def _dequantize(self, name: str, inputs: list[str], axis: int | None = None) -> None:
        read = self.renamed[name] = f"{name}_DequantizeLinear_Output"
        self.nodes.append(
            helper.make_node(
                "DequantizeLinear", inputs, [read], f"{name}_DequantizeLinear", axis=axis
            )
        )

    def _constant(self, name: str, kind: int, values: NDArray[Any]) -> None:
        self.constants.append(helper.make_tensor(name, kind, values.shape, values.ravel().tolist()))


def zero_and_scale(low: float, high: float) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return the uint8 zero point and the step of a range that contains 0."""
    bottom, top = np.float32(low).astype(np.float64), np.float32(high).astype(np.float64)
    step = (top - bottom) / LEVELS or np.float64(1)
    return np.asarray(np.round(-bottom / step), np.uint8), np.asarray(step, np.float32)


def wide_enough(
    scale: NDArray[np.float32], bias: NDArray[np.float32], input_scale: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return a kernel's scales, (O,), raised where the bias would overflow 32 bits."""
    needed = MARGIN * np.abs(bias) / BIAS_LIMIT
    product = input_scale.astype(np.float64) * scale
    return np.where(product < needed, scale * (needed / product), scale).astype(np.float32)


def _sort(model: ModelProto) -> None:
    """Order nodes topologically, those that are ready first before others."""
    nodes = list(model.graph.node)
    waiting = [sum(map(bool, node.input)) for node in nodes]
    readers: dict[str, list[int]] = {}
    for index, node in enumerate(nodes):
        for name in filter(None, node.input):
            readers.setdefault(name, []).append(index)
    constants = {tensor.name for tensor in model.graph.initializer}
    known = sorted(constants | {end.name for end in model.graph.input})
    order: list[NodeProto] = []
    for name in known:  # grows by the outputs of the nodes that are ready
        for index in readers.get(name, []):
            waiting[index] -= 1
            if not waiting[index]:
                order.append(nodes[index])
                known.extend(nodes[index].output)
    del model.graph.node[:]
    model.graph.node.extend(order)
