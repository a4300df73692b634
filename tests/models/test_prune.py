import numpy as np
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, shape_inference

from cutout.models import prune
from cutout.models.graph import Network

RNG = np.random.default_rng(4)
IMAGE = RNG.normal(size=(1, 3, 6, 6)).astype(np.float32)
SILENT = {"a": list(range(9)), "b": list(range(12)), "c": list(range(10))}


def conv(source, name, outputs, inputs, silent=0):
    """A convolution whose first channels never exceed 0."""
    kernel = RNG.normal(size=(outputs, inputs, 3, 3)).astype(np.float32)
    bias = RNG.normal(size=outputs).astype(np.float32)
    kernel[:silent] /= 1000
    bias[:silent] = -5
    node = helper.make_node("Conv", [source, f"{name}.w", f"{name}.b"], [name], pads=[1] * 4)
    return node, {f"{name}.w": kernel, f"{name}.b": bias}


@pytest.fixture
def network():
    convolutions = [
        conv("x", "before_a", 16, 3, silent=9), conv("a", "before_b", 16, 16, silent=12),
        conv("sum", "before_c", 24, 16, silent=10), conv("joined", "y", 1, 40),
    ]  # fmt: skip
    nodes = [node for node, _ in convolutions]
    nodes += [helper.make_node("Relu", [f"before_{name}"], [name]) for name in "abc"]
    nodes.append(helper.make_node("Add", ["a", "b"], ["sum"]))
    nodes.append(helper.make_node("Concat", ["c", "sum"], ["joined"], axis=1))
    nodes = [nodes[index] for index in (0, 4, 1, 5, 7, 2, 6, 8, 3)]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, 6, 6])
        for name, channels in (("x", 3), ("y", 1))
    ]
    weights = {name: values for _, arrays in convolutions for name, values in arrays.items()}
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
    return session.run(None, {"x": IMAGE})[0]


def test_silent_channels_are_pruned_in_groups_of_eight_without_changing_the_output(network):
    pruned = prune.prune(network, SILENT)

    shapes = {name: values.shape for name, values in pruned.weights.items()}
    assert shapes["before_a.w"] == (8, 3, 3, 3)  # an Add takes what both of its sides leave out
    assert shapes["before_b.w"] == (8, 8, 3, 3)
    assert shapes["before_c.w"] == (16, 8, 3, 3)
    assert shapes["y.w"] == (1, 24, 3, 3)
    assert run(pruned) == pytest.approx(run(network), rel=1e-4, abs=1e-4)


def test_a_network_without_silent_channels_is_not_pruned(network):
    kept = prune.prune(network, {}).model()

    assert kept.graph.initializer == network.model().graph.initializer
