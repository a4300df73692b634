"""Reads a person's own ONNX file: a network with one square input and one saliency map."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper

from cutout.engine.session import NO_NETWORK, SIDES, TOLERANCE, drawn_picture
from cutout.errors import UnusableModel

from . import cards, exports

STANDARD = {"", "ai.onnx"}  # domains of ONNX's own operators
# Nodes between the last sigmoid and the output that keep 0..1.
KEEP_RANGE = {"Identity", "Reshape", "Squeeze", "Unsqueeze", "Resize", "Slice", "Gather", "Cast"}
BOUNDED = {"Sigmoid", "Softmax"}


def read(path: Path, size: int) -> ModelProto:
    """Return the network of a file with one input, (1, 3, S, S), and no output yet chosen.

    `size` is what S has to be; 0 takes what the file says. Raises UnusableModel or OSError.
    """
    model = cards.load(path)
    if foreign := {node.domain for node in model.graph.node} - STANDARD:
        raise UnusableModel(
            f"{path.name} has operators of {', '.join(sorted(foreign))}; bring the network as it "
            "was exported, before any optimization"
        )
    _check_weights(model, path)
    constants = {tensor.name for tensor in model.graph.initializer}
    inputs = [end for end in model.graph.input if end.name not in constants]
    if len(inputs) != 1:
        raise UnusableModel(f"{path.name} has {len(inputs)} inputs, not one")
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    _fix_input(model, size, path)
    exports.make_alike(model)
    return model


def side(model: ModelProto) -> int:
    """Return the side of the square input, in px."""
    return int(model.graph.input[0].type.tensor_type.shape.dim[2].dim_value)


def choose_output(model: ModelProto, path: Path) -> list[str]:
    """Leave the model one output, the first that is a map of the input's size, in 0..1: with a
    sigmoid if it needs one. Returns sentences about what was chosen and added.

    Raises UnusableModel.
    """
    names = [end.name for end in model.graph.output]
    maps = _outputs(model, names, path)
    square = (1, 1, side(model), side(model))
    fitting = [name for name in names if np.shape(maps[name]) == square]
    if not fitting:
        shapes = ", ".join(f"{name} is {list(np.shape(maps[name]))}" for name in names)
        raise UnusableModel(f"{path.name} has no output of {list(square)}: {shapes}")
    name = fitting[0]
    sentences = [f"of {len(names)} outputs, {name!r} is the map"] if len(names) > 1 else []
    if not _is_bounded(model, name):
        low, high = float(maps[name].min()), float(maps[name].max())
        if not low >= -TOLERANCE:  # nor NaN
            model.graph.node.append(helper.make_node("Sigmoid", [name], ["own_map"], "own_sigmoid"))
            sentences.append(f"a sigmoid is added, as {name!r} has values from {low:.3g}")
            name = "own_map"
        elif high > 1 + TOLERANCE:
            raise UnusableModel(
                f"{path.name}: its map has values from {low:g} to {high:g}, not from 0 to 1"
            )
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, square))
    return sentences


def _check_weights(model: ModelProto, path: Path) -> None:
    for name, values in _constants(model, path):
        if values.dtype == np.float16:
            raise UnusableModel(f"{path.name} has weights of 16 bits; bring the network in float32")
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise UnusableModel(f"{path.name}: the weights {name} are not all finite numbers")


def _constants(model: ModelProto, path: Path) -> Iterator[tuple[str, NDArray[Any]]]:
    for tensor in model.graph.initializer:
        yield tensor.name, _values(tensor, tensor.name, path)
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.TENSOR:
                yield node.output[0], _values(attribute.t, node.output[0], path)


def _values(tensor: TensorProto, name: str, path: Path) -> NDArray[Any]:
    try:
        return numpy_helper.to_array(tensor)
    except (TypeError, ValueError) as error:
        raise UnusableModel(f"{path.name}: the weights {name} are damaged: {error}") from error


def _fix_input(model: ModelProto, size: int, path: Path) -> None:
    """Set the input's shape to (1, 3, S, S). Raises UnusableModel for another."""
    end = model.graph.input[0]
    kind = end.type.tensor_type
    sides = [dim.dim_value for dim in kind.shape.dim]  # 0 where it is open
    shape = " x ".join(str(dim.dim_value or dim.dim_param or "?") for dim in kind.shape.dim)
    said = f"{path.name}: its input {end.name} is {shape}"
    if kind.elem_type != TensorProto.FLOAT:
        raise UnusableModel(f"{said}, and not of float32")
    if len(sides) != 4 or sides[0] not in (0, 1) or sides[1] not in (0, 3) or sides[2] != sides[3]:
        raise UnusableModel(f"{said}, not 1 x 3 x S x S: one colour photo, as a square")
    if not (sides[2] or size):
        raise UnusableModel(f"{said}, with an open size; say which it was trained for by --size")
    if sides[2] and size and sides[2] != size:
        raise UnusableModel(f"{said}, not of the {size} px of --size or --preset; --size wins")
    side = sides[2] or size
    if not SIDES[0] <= side <= SIDES[1]:
        raise UnusableModel(f"{path.name}: a side is {SIDES[0]} to {SIDES[1]} px, and not {side}")
    square = [1, 3, side, side]
    end.CopyFrom(helper.make_tensor_value_info(end.name, TensorProto.FLOAT, square))


def _outputs(model: ModelProto, names: list[str], path: Path) -> dict[str, NDArray[Any]]:
    """Return the network's outputs for a drawn picture, by name. Raises UnusableModel."""
    probe = ModelProto()
    probe.CopyFrom(model)
    for end in probe.graph.output:  # what the file says of their shapes was for an open input
        end.CopyFrom(helper.make_empty_tensor_value_info(end.name))
    del probe.graph.value_info[:]
    options = ort.SessionOptions()
    options.log_severity_level = 3
    picture = np.asarray(drawn_picture(side(model)), np.float32).transpose(2, 0, 1)[None] / 255
    try:
        session = ort.InferenceSession(
            probe.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        values = session.run(names, {model.graph.input[0].name: picture})
    except NO_NETWORK as error:
        raise UnusableModel(
            f"{path.name} fails on a picture of {side(model)} x {side(model)} px"
        ) from error
    return dict(zip(names, values, strict=True))


def _is_bounded(model: ModelProto, name: str) -> bool:
    """Whether the graph itself keeps a tensor within 0 and 1."""
    producer = {output: node for node in model.graph.node for output in node.output}
    while name in producer and producer[name].op_type in KEEP_RANGE:
        name = producer[name].input[0]
    return name in producer and producer[name].op_type in BOUNDED
