"""Small networks that a person might bring: the red channel of the input, and nodes after it."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def network(path, nodes, side=32, shape=(1, 3, "S", "S"), inputs=("image",), **constants):
    """Write a network whose nodes turn `first`, (1, 1, S, S), into `map`. Its shapes are open."""
    first = helper.make_node("Gather", ["image", "red"], ["first"], axis=1)
    values = [(name, np.float32(value)) for name, value in constants.items()]
    graph = helper.make_graph(
        [first, *nodes],
        "own",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in inputs],
        [helper.make_tensor_value_info("map", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.array([0]), "red")]
        + [numpy_helper.from_array(np.asarray(value), name) for name, value in values],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    card = {"name": "own", "size": str(side), "mean": "0,0,0", "std": "1,1,1"}
    helper.set_model_props(model, card)
    onnx.save(model, path)
    return path


def endless():
    """Return the nodes of a network that never ends, as far as anybody will wait."""
    number = helper.make_tensor_value_info("number", TensorProto.INT64, [])
    goes_on, still = (
        helper.make_tensor_value_info(name, TensorProto.BOOL, []) for name in ("goes_on", "still")
    )
    value, root = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("value", "root")
    )
    step = helper.make_graph(
        [helper.make_node("Identity", ["goes_on"], ["still"]),
         helper.make_node("Sqrt", ["value"], ["root"])],
        "step", [number, goes_on, value], [still, root],
    )  # fmt: skip
    return [
        helper.make_node("Loop", ["", "", "first"], ["last"], body=step),
        helper.make_node("Size", ["last"], ["size"]),
        helper.make_node("Cast", ["size"], ["factor"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["first", "factor"], ["map"]),  # of a shape that ONNX can infer
    ]


def red_network(path, side=32):
    """Write a network of one node, which finds red salient: it gives back the first channel of its
    input."""
    graph = helper.make_graph(
        [helper.make_node("Gather", ["image", "red"], ["saliency"], axis=1)],
        "red",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, side, side])],
        [helper.make_tensor_value_info("saliency", TensorProto.FLOAT, [1, 1, side, side])],
        [numpy_helper.from_array(np.array([0]), "red")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    card = {"name": "red", "version": "3", "size": str(side), "mean": "0,0,0", "std": "1,1,1"}
    helper.set_model_props(model, card)
    onnx.save(model, path)
