"""Activation ranges: what each tensor of a network reaches on photographs, and what is silent."""

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import ModelProto, helper

from cutout.core import geometry, saliency
from cutout.engine import codec

from .catalogue import Entry
from .graph import INPUT, OUTPUT
from .prune import Silent

Ranges = dict[str, tuple[float, float]]

# Of each photo's own extremes. Minimum and maximum over all photos let a single one decide, and
# percentiles of the values themselves cut off the peaks that u2netp needs.
QUANTILE = 0.95
NO_LIMIT = 10**9  # the person who calibrates chose the photos


def ranges(prepared: ModelProto, entry: Entry, photos: Iterable[Path]) -> Ranges:
    """Holds one photo's activations at a time: 0.7 GB with u2net."""
    names = ranged(prepared)
    session = _probe(prepared, names[1:])
    low, high = [], []
    for photo in photos:
        tensor = _tensor(photo, entry)
        values = [tensor, *session.run(names[1:], {INPUT: tensor})]
        low.append([float(value.min()) for value in values])
        high.append([float(value.max()) for value in values])
    bottom = np.quantile(low, 1 - QUANTILE, axis=0).clip(max=0)
    top = np.quantile(high, QUANTILE, axis=0).clip(min=0)
    return {
        name: (float(f"{a:.5g}"), float(f"{b:.5g}"))
        for name, a, b in zip(names, bottom, top, strict=True)
    }


def silent(prepared: ModelProto, entry: Entry, photos: Iterable[Path]) -> Silent:
    """The channels that each Relu leaves at 0 on all photos."""
    names = [node.output[0] for node in prepared.graph.node if node.op_type == "Relu"]
    session = _probe(prepared, names)
    heard = [np.False_] * len(names)
    for photo in photos:
        values = session.run(names, {INPUT: _tensor(photo, entry)})
        heard = [one | (value > 0).any((0, 2, 3)) for one, value in zip(heard, values, strict=True)]
    return {
        name: np.flatnonzero(~one).tolist()
        for name, one in zip(names, heard, strict=True)
        if not one.all()
    }


def ranged(model: ModelProto) -> list[str]:
    """The input and every tensor that needs a range of its own: a convolution before a Relu takes
    the Relu's, a MaxPool and a Resize that of their input, and the output is known."""
    users = defaultdict(list)
    for node in model.graph.node:
        for name in node.input:
            users[name].append(node.op_type)
    return [INPUT] + [
        node.output[0]
        for node in model.graph.node
        if node.op_type not in ("MaxPool", "Resize")
        and not (node.op_type == "Conv" and users[node.output[0]] == ["Relu"])
        and node.output[0] != OUTPUT
    ]


def _probe(model: ModelProto, names: list[str]) -> ort.InferenceSession:
    """The network with all of these tensors as outputs."""
    probe = ModelProto()
    probe.CopyFrom(model)
    del probe.graph.output[:]
    probe.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    return ort.InferenceSession(probe.SerializeToString(), providers=["CPUExecutionProvider"])


def _tensor(photo: Path, entry: Entry) -> NDArray[np.float32]:
    """As the service makes it."""
    pixels = codec.decode(photo.read_bytes(), NO_LIMIT, NO_LIMIT)
    square = geometry.squash(pixels, entry.size)
    mean, std = (np.array(values, np.float32) for values in (entry.mean, entry.std))
    return saliency.to_tensor(square, mean, std)


def load(path: Path) -> Ranges:
    return {name: (low, high) for name, (low, high) in json.loads(path.read_text()).items()}


def save(found: Ranges, path: Path) -> None:
    lines = (f"{json.dumps(name)}: {json.dumps(limits)}" for name, limits in found.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
