"""Prunes silent channels, which are 0 after their Relu on every photo of the calibration.

A fifth of u2net's channels are silent. Both halves of the photos show the same ones within a
channel or two. That no other photo activates them is measured, not proven; `make evaluate CHECK=1`
would notice.
"""

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
    kept: dict[str, NDArray[np.int64]] = {}  # channels that stay, by tensor
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
    removable = {name: set(channels) for name, channels in silent.items()}
    for node in model.graph.node:
        if node.op_type == "Add":
            both = set.intersection(*(removable.get(name, set()) for name in node.input))
            removable.update(dict.fromkeys(node.input, both))
    relus = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "Relu"}
    return {relus[name]: channels for name, channels in removable.items() if name in relus}


def _staying(channels: int, removable: set[int]) -> NDArray[np.int64]:
    go = sorted(removable)[: len(removable) // LANES * LANES]
    return np.setdiff1d(np.arange(channels), go)
