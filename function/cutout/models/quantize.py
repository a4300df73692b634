"""fp32 to int8, without a picture: weights from themselves, activations from their ranges.

Static QDQ: uint8 activations, int8 weights with a scale for each output channel.
"""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, numpy_helper
from onnxruntime.quantization import QuantType
from onnxruntime.quantization.calibrate import CalibrationMethod, TensorData, TensorsData
from onnxruntime.quantization.qdq_quantizer import QDQQuantizer

from .calibrate import Ranges
from .graph import OUTPUT, tail, transpose_heads

# With Conv alone, each other node would cost a trip to fp32 and back.
OPERATORS = ["Conv", "Relu", "MaxPool", "Concat", "Resize", "Add"]

# Processors without VNNI multiply 8-bit numbers in pairs and add the two products in 16 bits,
# which saturate: 255 * (|a| + |b|) has to stay below 32,768 for any two weights side by side.
PAIR_LIMIT = 128
ROUNDING = 2  # what rounding and its correction may add to the sum of a pair


def quantize(prepared: ModelProto, ranges: Ranges, keep_fp32: list[str]) -> ModelProto:
    """keep_fp32 names nodes of the original; the tail that fuses the side maps is kept as well."""
    model = ModelProto()
    model.CopyFrom(prepared)
    keep = sorted({*keep_fp32, *tail(model)})
    if unknown := set(keep) - {node.name for node in model.graph.node}:
        raise ValueError(f"there is no node {', '.join(sorted(unknown))} to keep in fp32")
    quantizer = QDQQuantizer(
        model=model,
        per_channel=True,
        reduce_range=False,
        weight_qType=QuantType.QInt8,
        activation_qType=QuantType.QUInt8,
        tensors_range=_limits(model, ranges),
        nodes_to_quantize=[],
        nodes_to_exclude=keep,
        op_types_to_quantize=OPERATORS,
        extra_options={"TensorQuantOverrides": _round_all(model, keep)},
    )
    quantizer.quantize_model()
    quantizer.model.topological_sort()
    quantized: ModelProto = quantizer.model.model
    del quantized.graph.value_info[:]
    transpose_heads(quantized)
    onnx.checker.check_model(quantized, full_check=True)
    return quantized


def _limits(model: ModelProto, ranges: Ranges) -> TensorsData:
    """The ranges, and those that follow from them (see calibrate.ranged)."""
    limits = {**ranges, OUTPUT: (0.0, 1.0)}
    for node in model.graph.node:
        if node.op_type == "Relu":
            limits[node.input[0]] = limits[node.output[0]]
        elif node.op_type in ("MaxPool", "Resize"):
            limits[node.output[0]] = limits[node.input[0]]
    data = {
        name: TensorData(lowest=np.float32(low), highest=np.float32(high))
        for name, (low, high) in limits.items()
    }
    return TensorsData(CalibrationMethod.MinMax, data)


def _round_all(model: ModelProto, keep: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Puts weights that 8 bits hold into the model, and returns the scales that they go with."""
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    scales = {}
    for node in model.graph.node:
        if node.op_type == "Conv" and node.name not in keep:
            tensor = tensors[node.input[1]]
            integers, scale = round_weights(numpy_helper.to_array(tensor))
            rounded = integers.astype(np.float32) * scale[:, None, None, None]
            tensor.CopyFrom(numpy_helper.from_array(rounded, tensor.name))
            scales[tensor.name] = _overrides(scale)
    return scales


def _overrides(scale: NDArray[np.float32]) -> list[dict[str, Any]]:
    zero = np.int8(0)
    channels: list[dict[str, Any]] = [
        {"quant_type": QuantType.QInt8, "scale": step, "zero_point": zero} for step in scale
    ]
    channels[0]["axis"] = 0
    return channels


def round_weights(
    weights: NDArray[np.float32],
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Integers (O, I, H, W) in -127..127 and a scale (O,) for weights (O, I, H, W).

    After SQuant (Guo et al., ICLR 2022): within each kernel, and then within each filter, so many
    weights are rounded the other way that the errors cancel, for neighbouring activations are
    alike. On photographs this halves the error of rounding to nearest.
    """
    outputs, inputs = weights.shape[:2]
    scale = _scale(weights)
    exact = weights.astype(np.float64) / scale.astype(np.float64)[:, None, None, None]
    exact = exact.reshape(outputs, inputs, -1)
    rounded = np.round(exact)
    rounded += _cancelling_steps(exact - rounded)
    error = exact - rounded
    steps = _cancelling_steps(error.sum(2)[:, None])[:, 0]  # of one weight in some kernels
    best = np.argmax(error * np.sign(steps)[..., None], axis=2)
    rounded[np.arange(outputs)[:, None], np.arange(inputs), best] += steps
    rounded = rounded.reshape(weights.shape)
    if pair_sums(rounded).max() > PAIR_LIMIT:
        raise ValueError("rounding left two weights that saturate together")
    return rounded, scale


def _scale(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """The finest that keeps single weights in 8 bits and pairs below their limit."""
    alone = np.abs(weights).max((1, 2, 3)) / 127
    scale = np.maximum(alone, pair_sums(weights) / (PAIR_LIMIT - ROUNDING)).astype(np.float32)
    return np.where(scale == 0, np.float32(1), scale)


def pair_sums(weights: NDArray[Any]) -> NDArray[Any]:
    """(O,) the largest |a| + |b| of weights that are multiplied side by side.

    ONNX Runtime orders a filter's weights by tap and then by input channel, and takes them two by
    two. An odd number of channels shifts the pairs from tap to tap, so there any two may meet.
    """
    sizes = np.abs(weights).transpose(0, 2, 3, 1).reshape(len(weights), -1)
    odd = weights.shape[1] % 2
    pairs = np.sort(sizes, axis=1)[:, -2:] if odd else sizes[:, 0::2] + sizes[:, 1::2]
    largest: NDArray[Any] = pairs.sum(1) if odd else pairs.max(1)
    return largest


def _cancelling_steps(error: NDArray[np.float64]) -> NDArray[np.float64]:
    """Steps of one for the entries with the largest errors, so that the errors of the last axis
    sum to half a step at most."""
    total = error.sum(-1, keepdims=True)
    direction = np.sign(total)
    order = np.argsort(-error * direction, axis=-1, kind="stable")
    rank = np.argsort(order, axis=-1, kind="stable")
    chosen = (rank < np.round(np.abs(total))) & (error * direction > 0)
    return np.where(chosen, direction, 0.0)
