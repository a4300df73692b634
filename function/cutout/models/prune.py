"""Takes out channels that are silent: 0 behind their Relu on every photo.

A fifth of u2net's are; training has left them there. It is a matter of the weights more than of the
photos: halves of the photos find the same ones within a channel or two. That no other photo wakes
one is seen, not proven; the floors of `make evaluate CHECK=1` watch what it does.
"""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto

from .graph import Network

Silent = dict[str, list[int]]  # channels by the Relu's output

LANES = 8  # ONNX Runtime is slow with a number of channels that this does not divide


def prune(network: Network, silent: Silent) -> Network:
    """Return the network without silent channels, removed in multiples of 8. The output on photos
    that leave them silent is unchanged."""
    skeleton = ModelProto()
    skeleton.CopyFrom(network.skeleton)
    weights = dict(network.weights)
    channels = _channels(skeleton)
    kept: dict[str, NDArray[np.int64]] = {}  # of each tensor, the channels that stay
    removable = _removable(skeleton, silent)

    def cut(name: str, axis: int, stay: NDArray[np.int64]) -> None:
        if len(stay) < weights[name].shape[axis]:
            weights[name] = weights[name].take(stay, axis)

    for node in skeleton.graph.node:
        inputs = [kept.get(name, np.arange(channels.get(name, 0))) for name in node.input]
        output = node.output[0]
        if node.op_type == "Conv":
            kept[output] = _staying(channels[output], removable.get(output, set()))
            for name in node.input[1:]:
                cut(name, 0, kept[output])
            cut(node.input[1], 1, inputs[0])
        elif node.op_type == "Concat":
            starts = np.cumsum([0, *(channels[name] for name in node.input)])
            kept[output] = np.concatenate(
                [start + stay for start, stay in zip(starts, inputs, strict=False)]
            )
        else:
            kept[output] = inputs[0]
    del skeleton.graph.value_info[:]  # shapes from before
    return Network(skeleton, weights)


def _channels(model: ModelProto) -> dict[str, int]:
    ends = (*model.graph.input, *model.graph.value_info, *model.graph.output)
    return {end.name: end.type.tensor_type.shape.dim[1].dim_value for end in ends}


def _removable(model: ModelProto, silent: Silent) -> dict[str, set[int]]:
    """Return the removable channels by convolution output. A channel of an Add is removable only
    if it is silent in both inputs."""
    found = {name: set(channels) for name, channels in silent.items()}
    for node in model.graph.node:
        if node.op_type == "Add":
            both = set.intersection(*(found.get(name, set()) for name in node.input))
            found.update(dict.fromkeys(node.input, both))
    relus = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "Relu"}
    return {relus[name]: channels for name, channels in found.items() if name in relus}


def _staying(channels: int, removable: set[int]) -> NDArray[np.int64]:
    go = sorted(removable)[: len(removable) // LANES * LANES]
    return np.setdiff1d(np.arange(channels), go)


def load(path: Path) -> Silent:
    found: Silent = json.loads(path.read_text())
    return found


def save(silent: Silent, path: Path) -> None:
    lines = (f"{json.dumps(name)}: {json.dumps(channels)}" for name, channels in silent.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
