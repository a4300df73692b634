"""The quantized graph compared with that of ONNX Runtime's own quantizer."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, shape_inference
from onnxruntime.quantization import QuantType
from onnxruntime.quantization.calibrate import CalibrationMethod, TensorData, TensorsData
from onnxruntime.quantization.qdq_quantizer import QDQQuantizer

from cutout.models import qdq, quantize, rounding
from cutout.models.graph import Network

RNG = np.random.default_rng(5)
SIDE = 8
# Of each tensor that needs a range of its own; that of "c" is one of nothing.
RANGES = {"image": (-2.1, 2.6), "a": (0, 3.7), "b": (-1.5, 0.8), "c": (0, 0), "sum": (-1.0, 4.0),
          "both": (-1.5, 4.0), "d": (0, 6.0), "side": (-3.0, 3.0)}  # fmt: skip


@pytest.fixture
def network():
    """A network with each kind of quantized node and one node that is not quantized."""
    nodes = [
        helper.make_node("Conv", ["image", "1.w", "1.b"], ["before_a"], "conv1", pads=[1] * 4),
        helper.make_node("Relu", ["before_a"], ["a"], "relu1"),
        helper.make_node("MaxPool", ["a"], ["small"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Conv", ["small", "2.w", "2.b"], ["b"], "conv2", pads=[1] * 4),
        helper.make_node("Resize", ["b", "", "times_2"], ["large"], "up", mode="linear"),
        helper.make_node("Conv", ["large", "3.w", "3.b"], ["before_c"], "conv3", pads=[1] * 4),
        helper.make_node("Relu", ["before_c"], ["c"], "relu3"),
        helper.make_node("Add", ["a", "c"], ["sum"], "add"),
        helper.make_node("Concat", ["sum", "large"], ["both"], "concat", axis=1),
        helper.make_node("Conv", ["both", "4.w", "4.b"], ["before_d"], "conv4", pads=[1] * 4),
        helper.make_node("Relu", ["before_d"], ["d"], "relu4"),
        helper.make_node("Conv", ["d", "5.w", "5.b"], ["side"], "conv5"),
        helper.make_node("Sigmoid", ["side"], ["saliency"], "sigmoid"),
    ]
    shapes = {1: (8, 3, 3, 3), 2: (6, 8, 3, 3), 3: (8, 6, 3, 3), 4: (4, 14, 3, 3), 5: (2, 4, 1, 1)}
    weights = {}
    for index, shape in shapes.items():
        weights[f"{index}.w"] = RNG.normal(size=shape).astype(np.float32)
        weights[f"{index}.b"] = RNG.normal(size=shape[0]).astype(np.float32)
    # Channels that are all but constant: 32 bits do not hold such a bias in the scales of these.
    weights["2.w"][1] /= 1e9
    weights["2.b"][1] = 123
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, values.shape)
        for name, values in weights.items()
    ]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, SIDE, SIDE])
        for name, channels in (("image", 3), ("saliency", 2))
    ]
    factors = numpy_helper.from_array(np.float32([1, 1, 2, 2]), "times_2")
    model = helper.make_model(
        helper.make_graph(nodes, "small", [ends[0], *inputs], ends[1:], [factors]),
        opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
    )  # fmt: skip
    skeleton = shape_inference.infer_shapes(model)
    del skeleton.graph.input[1:]
    return Network(skeleton, weights)


def by_onnx_runtime(network, keep):
    model, overrides = network.model(), {}
    for tensor in model.graph.initializer:
        if len(tensor.dims) == 4:
            integers, scale = rounding.round_weights(numpy_helper.to_array(tensor))
            rounded = integers.astype(np.float32) * scale[:, None, None, None]
            tensor.CopyFrom(numpy_helper.from_array(rounded, tensor.name))
            overrides[tensor.name] = [
                {"quant_type": QuantType.QInt8, "scale": step, "zero_point": np.int8(0)}
                for step in scale
            ]
            overrides[tensor.name][0]["axis"] = 0
    limits = {
        name: TensorData(lowest=np.float32(low), highest=np.float32(high))
        for name, (low, high) in quantize._limits(network.skeleton, RANGES).items()
    }
    quantizer = QDQQuantizer(
        model=model, per_channel=True, reduce_range=False,
        weight_qType=QuantType.QInt8, activation_qType=QuantType.QUInt8,
        tensors_range=TensorsData(CalibrationMethod.MinMax, limits), nodes_to_quantize=[],
        nodes_to_exclude=keep, op_types_to_quantize=quantize.OPERATORS,
        extra_options={"TensorQuantOverrides": overrides},
    )  # fmt: skip
    quantizer.quantize_model()
    quantizer.model.topological_sort()
    return quantizer.model.model


@pytest.mark.parametrize("keep", [["sigmoid"], ["sigmoid", "conv2"], ["conv1", "relu1", "add"]])
def test_our_quantized_graph_equals_that_of_onnx_runtime(network, keep, monkeypatch):
    monkeypatch.setattr(quantize, "tail", lambda network: [])
    theirs = by_onnx_runtime(network, keep).graph

    ours = quantize.quantize(network, RANGES, keep).graph

    assert list(ours.node) == list(theirs.node)
    assert [tensor.name for tensor in ours.initializer] == [one.name for one in theirs.initializer]
    kept = {f"{name[-1]}.w" for name in keep if name.startswith("conv")}
    for one, other in zip(ours.initializer, theirs.initializer, strict=True):
        if one.name not in kept:  # of which by_onnx_runtime has rounded the weights
            assert np.array_equal(numpy_helper.to_array(one), numpy_helper.to_array(other))


def test_a_bias_beyond_int32_widens_its_scale():
    scale = np.float32([1e-12, 1e-2])
    bias = np.float32([123, 123])

    wide = qdq.wide_enough(scale, bias, np.float32(0.02))

    assert wide[1] == scale[1]
    assert np.abs(bias / (wide * np.float64(0.02))).max() < 2**31
