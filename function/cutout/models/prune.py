"""Removes channels: silent ones, and redundant ones, which sums of others replace (see redundant).

Silent channels are 0 after their Relu on every photo of the calibration, a fifth of u2net's. Both
halves of the photos show the same ones within a channel or two. That no other photo activates them
is measured, not proven; `make evaluate CHECK=1` would notice.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto

from .graph import Network

Channels = dict[str, list[int]]  # numbers of channels by the Relu's output
# The sum for each removed channel, as numbers among the channels that stay and their factors; by
# the tensor that convolutions read.
Substitutes = dict[str, list[tuple[list[int], list[float]]]]

LANES = 8  # ONNX Runtime is slow with a number of channels that this does not divide


def prune(network: Network, channels: Channels, substitutes: Substitutes | None = None) -> Network:
    """Return the network without these channels, removed in multiples of LANES.

    Without `substitutes` the output is unchanged on photos that leave the channels silent.
    `substitutes` has the sum that replaces each removed channel, in the order of the channels.
    """
    skeleton = ModelProto()
    skeleton.CopyFrom(network.skeleton)
    weights = dict(network.weights)
    sizes = _sizes(network)
    kept: dict[str, NDArray[np.int64]] = {}  # channels that stay, by tensor
    removable = _removable(skeleton, channels)

    for node in skeleton.graph.node:
        inputs = [kept.get(name, np.arange(sizes.get(name, 0))) for name in node.input]
        output = node.output[0]
        if node.op_type == "Conv":
            kept[output] = _staying(sizes[output], removable.get(output, set()))
            for name in node.input[1:]:
                weights[name] = weights[name].take(kept[output], 0)
            kernel = weights[node.input[1]]
            sums = (substitutes or {}).get(node.input[0], [])
            weights[node.input[1]] = _without(kernel, inputs[0], sums)
        elif node.op_type == "Concat":
            starts = np.cumsum([0, *(sizes[name] for name in node.input)])
            kept[output] = np.concatenate(
                [start + stay for start, stay in zip(starts, inputs, strict=False)]
            )
        else:
            kept[output] = inputs[0]
    del skeleton.graph.value_info[:]  # shapes from before
    return Network(skeleton, weights)


def _without(
    kernel: NDArray[np.float32],
    stay: NDArray[np.int64],
    sums: Sequence[tuple[list[int], list[float]]],
) -> NDArray[np.float32]:
    """Return a kernel, (O, I, H, W), for the input channels that stay."""
    left: NDArray[np.float32] = kernel.take(stay, 1)
    gone = np.setdiff1d(np.arange(kernel.shape[1]), stay)
    for channel, (numbers, factors) in zip(gone, sums, strict=bool(sums)):
        shares = np.array(factors, np.float32)[:, None, None]
        left[:, numbers] += kernel[:, channel, None] * shares
    return left


def _sizes(network: Network) -> dict[str, int]:
    """Return the number of channels of each tensor."""
    sizes = {end.name: end.type.tensor_type.shape.dim[1].dim_value
             for end in network.skeleton.graph.input}  # fmt: skip
    for node in network.skeleton.graph.node:
        read = [sizes.get(name, 0) for name in node.input]
        if node.op_type == "Conv":
            size = len(network.weights[node.input[1]])
        else:
            size = sum(read) if node.op_type == "Concat" else next(iter(read), 0)
        sizes[node.output[0]] = size
    return sizes


def _removable(model: ModelProto, channels: Channels) -> dict[str, set[int]]:
    """Return the removable channels by convolution output. A channel of an Add is removable only
    if it is in both inputs."""
    removable = {name: set(numbers) for name, numbers in channels.items()}
    for node in model.graph.node:
        if node.op_type == "Add":
            both = set.intersection(*(removable.get(name, set()) for name in node.input))
            removable.update(dict.fromkeys(node.input, both))
    relus = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "Relu"}
    return {relus[name]: numbers for name, numbers in removable.items() if name in relus}


def _staying(channels: int, removable: set[int]) -> NDArray[np.int64]:
    go = sorted(removable)[: len(removable) // LANES * LANES]
    return np.setdiff1d(np.arange(channels), go)
