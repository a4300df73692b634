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


def u2net_tail(path, kernels, mix, bias=0.0, side=32):
    """Write a network that ends like a built U2-Net: its features are the photo's colours at six
    sizes, in 8 bits but for the last, and `kernels` are the heads' six, (1, 3, 3, 3) each.
    `mix`, six numbers, and `bias` are the last layer's."""
    nodes, constants = [], {"step": np.float32(1 / 255), "zero": np.uint8(0)}
    for head, kernel in enumerate(kernels):
        factor = 2**head
        pool = {"kernel_shape": [factor, factor], "strides": [factor, factor]}
        nodes.append(helper.make_node("AveragePool", ["image"], [f"colours{head}"], **pool))
        features = f"colours{head}"
        if head < 5:
            ends = [features, f"stored{head}", f"features{head}"]
            for kind, source, output in zip(
                ("QuantizeLinear", "DequantizeLinear"), ends[:2], ends[1:], strict=True
            ):
                nodes.append(helper.make_node(kind, [source, "step", "zero"], [output]))
            features = ends[2]
        kind, stored = "Conv", np.float32(kernel)
        if head == 0:  # as side_maps.transpose_heads leaves it
            kind, stored = "ConvTranspose", stored[:, :, ::-1, ::-1].swapaxes(0, 1)
        constants |= {
            f"kernel{head}": np.ascontiguousarray(stored),
            f"bias{head}": np.zeros(1, np.float32),
            f"times{head}": np.array([1, 1, factor, factor], np.float32),
        }
        inputs = [features, f"kernel{head}", f"bias{head}"]
        nodes.append(helper.make_node(kind, inputs, [f"small{head}"], pads=[1, 1, 1, 1]))
        resize = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
        inputs = [f"small{head}", "", f"times{head}"]
        nodes.append(helper.make_node("Resize", inputs, [f"side{head}"], **resize))
    constants |= {
        "mix": np.float32(mix).reshape(1, 6, 1, 1), "bias": np.array([bias], np.float32)
    }  # fmt: skip
    nodes += [
        helper.make_node("Concat", [f"side{head}" for head in range(6)], ["sides"], axis=1),
        helper.make_node("Conv", ["sides", "mix", "bias"], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["saliency"]),
    ]
    graph = helper.make_graph(
        nodes, "tail",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, side, side])],
        [helper.make_tensor_value_info("saliency", TensorProto.FLOAT, [1, 1, side, side])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    card = {"name": "small", "size": str(side), "mean": "0,0,0", "std": "1,1,1"}
    helper.set_model_props(model, card)
    onnx.save(model, path)
    return path
