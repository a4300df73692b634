"""Redundant channels of a small network, of whose channels some are multiples of others."""

import numpy as np
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, shape_inference

from cutout.models import prune, redundant
from cutout.models.graph import INPUT, OUTPUT, Network

RNG = np.random.default_rng(6)
IMAGES = [RNG.normal(size=(1, 3, 12, 12)).astype(np.float32) for _ in range(4)]
SIDE = 12


def kernel(outputs, inputs):
    return RNG.normal(size=(outputs, inputs, 3, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def network():
    """One of each two channels of `a` is twice the other, and so is the sum of `a` and `b`."""
    first, second = kernel(16, 3), kernel(16, 32)
    weights = {
        "a.w": np.concatenate([first, 2 * first]),
        "b.w": np.concatenate([second, 2 * second]),
        "c.w": kernel(16, 64),
        "y.w": kernel(1, 16),
    }
    nodes = [
        helper.make_node("Conv", [INPUT, "a.w"], ["before_a"], pads=[1] * 4),
        helper.make_node("Relu", ["before_a"], ["a"]),
        helper.make_node("Conv", ["a", "b.w"], ["before_b"], pads=[1] * 4),
        helper.make_node("Relu", ["before_b"], ["b"]),
        helper.make_node("Add", ["a", "b"], ["sum"]),
        helper.make_node("Concat", ["sum", "a"], ["joined"], axis=1),
        helper.make_node("Conv", ["joined", "c.w"], ["before_c"], pads=[1] * 4),
        helper.make_node("Relu", ["before_c"], ["c"]),
        helper.make_node("Conv", ["c", "y.w"], [OUTPUT], pads=[1] * 4),
    ]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, SIDE, SIDE])
        for name, channels in ((INPUT, 3), (OUTPUT, 1))
    ]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, values.shape)
        for name, values in weights.items()
    ]
    model = helper.make_model(
        helper.make_graph(nodes, "small", [ends[0], *inputs], ends[1:]),
        opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
    )  # fmt: skip
    skeleton = shape_inference.infer_shapes(model)
    del skeleton.graph.input[1:]
    return Network(skeleton, weights)


def run(network):
    model = network.model().SerializeToString()
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, {INPUT: IMAGES[0]})[0]


def difference(network, other):
    """Return the largest difference of two networks' outputs, as a share of the largest output."""
    first, second = run(network), run(other)
    return np.abs(first - second).max() / np.abs(second).max()


@pytest.fixture(scope="module")
def chosen(network):
    return redundant.choose(network, redundant.moments(network, IMAGES), 0.7)


def test_channels_that_are_multiples_of_others_go_and_the_output_stays(network, chosen):
    channels, substitutes = chosen

    reduced = prune.prune(network, channels, substitutes)

    assert reduced.weights["a.w"].shape == (16, 3, 3, 3)
    assert reduced.weights["c.w"].shape == (16, 32, 3, 3)
    assert difference(reduced, network) < 0.01


def test_channels_that_an_addition_ties_go_together(chosen):
    channels, _ = chosen

    assert channels["a"] == channels["b"]
    pairs = [sorted((number, (number + 16) % 32)) for number in channels["a"]]
    assert len({tuple(pair) for pair in pairs}) == 16  # one of each


def test_without_what_stands_for_them_the_output_is_another(network, chosen):
    channels, _ = chosen

    assert difference(prune.prune(network, channels), network) > 0.2


def test_nothing_goes_for_a_share_of_nothing(network):
    assert redundant.choose(network, redundant.moments(network, IMAGES), 0) == ({}, {})
