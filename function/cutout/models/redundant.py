"""Finds channels that the others nearly determine, and the sums of others that stand for them.

A convolution that reads a sum of channels in place of a channel needs no more than another kernel
(see prune). Channels go one by one, always the one that changes what its readers compute least, for
the multiplications that it saves: the Optimal Brain Surgeon (Hassibi and Stork 1993) with channels
for weights, and so an interpolative decomposition (Chee et al. 2022) that looks at the readers.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, helper

from cutout.core.arrays import Tensor

from .graph import INPUT, Network
from .probe import measure
from .prune import Channels, Substitutes

Values = NDArray[np.float64]
Origin = tuple[str, int]  # a channel: the output of the convolution that makes it, and its number

RIDGE = 1e-3  # of a channel's power, which keeps the sums from having large terms that cancel
LEAST = 0.25  # share of a layer's channels that stays at least
TERMS = 16  # of the sum that replaces a channel, at most
BLOCK = 16  # ONNX Runtime computes so many output channels at once, or as long for fewer


@dataclass(frozen=True)
class Moments:
    """Moments of a convolution's input of C channels: means over photos and over a map's pixels."""

    gram: Values  # (C, C): of products of two channels
    mean: Values  # (C,)
    places: int  # pixels in a map


def moments(network: Network, tensors: Iterable[Tensor]) -> dict[str, Moments]:
    """Measure the tensors that convolutions read, the picture excepted; return moments by name."""
    names = sorted({node.input[0] for node in _convolutions(network)} - {INPUT})
    nodes = [
        node
        for name in names
        for node in (
            helper.make_node("Einsum", [name, name], [f"{name}/gram"], equation="nchw,ndhw->cd"),
            helper.make_node("ReduceMean", [name], [f"{name}/mean"], axes=[0, 2, 3], keepdims=0),
            helper.make_node("Shape", [name], [f"{name}/shape"], start=2),
        )
    ]
    photos = 0
    sums = [np.zeros(1)] * len(nodes)
    for values in measure(network.model(), nodes, tensors):
        photos += 1
        sums = [total + value for total, value in zip(sums, values, strict=True)]
    means = iter([total / photos for total in sums])
    found = {}
    for name, gram, mean, sides in zip(names, means, means, means, strict=True):
        places = round(float(sides.prod()))
        found[name] = Moments(gram / places, mean, places)
    return found


def choose(
    network: Network, found: dict[str, Moments], share: float
) -> tuple[Channels, Substitutes]:
    """Return the channels to remove, by Relu, and the sums that replace them (see prune).

    `share` is the share of the multiplications to save. It is counted before channels are put back
    until each layer has a multiple of BLOCK, so that less is saved.
    """
    plan = _Plan(network, found)
    order = plan.order(share)
    gone = _in_blocks(order, plan.layers)
    channels = defaultdict(list)
    relus = {node.input[0]: node.output[0] for node in network.skeleton.graph.node
             if node.op_type == "Relu"}  # fmt: skip
    for origin in gone:
        for output, number in plan.tied[origin]:
            channels[relus[output]].append(number)
    substitutes: Substitutes = {}
    for name, seen in found.items():
        goes = np.array([origin in gone for origin in plan.origins[name]])
        if goes.any():
            inner = seen.gram[np.ix_(~goes, ~goes)]
            substitutes[name] = [_terms(inner, row) for row in seen.gram[np.ix_(goes, ~goes)]]
    return {name: sorted(numbers) for name, numbers in sorted(channels.items())}, substitutes


def _terms(gram: Values, products: Values) -> tuple[list[int], list[float]]:
    """Return the sum of TERMS channels at most that is nearest to a channel, as their numbers and
    factors. `gram` is of those that stay, (S, S), and `products` of them with the channel, (S,)."""
    factors = np.linalg.solve(_ridged(gram), products)
    largest = np.sort(np.argsort(-np.abs(factors) * np.sqrt(np.diag(gram)))[:TERMS])
    factors = np.linalg.solve(_ridged(gram[np.ix_(largest, largest)]), products[largest])
    return largest.tolist(), [float(f"{factor:.3g}") for factor in factors]


def _in_blocks(order: list[Origin], layers: dict[Origin, tuple[str, ...]]) -> set[Origin]:
    """Return the first channels of the order: of each layer, as many as leave whole BLOCKs."""
    sizes = Counter(layers.values())
    gone = defaultdict(list)
    for origin in order:
        gone[layers[origin]].append(origin)
    left = {layer: sizes[layer] - len(those) for layer, those in gone.items()}
    return {
        origin
        for layer, those in gone.items()
        for origin in those[: max(0, sizes[layer] - -(-left[layer] // BLOCK) * BLOCK)]
    }


class _Plan:
    """The channels of a network, who reads them, and what their removal costs and saves."""

    def __init__(self, network: Network, found: dict[str, Moments]) -> None:
        self.origins, self.tied = _trace(network)
        self.layers = {
            origin: tuple(sorted({output for output, _ in those}))
            for origin, those in self.tied.items()
        }
        self._names = list(self.layers)
        index = {name: number for number, name in enumerate(self._names)}
        self._saved = np.zeros(len(index))
        self._readers: list[_Reader] = []
        for node in _convolutions(network):
            kernel, source = network.weights[node.input[1]], node.input[0]
            if source in found:
                members = np.array([index[origin] for origin in self.origins[source]])
                made = [index[origin] for origin in self.origins[node.output[0]]]
                work = kernel.size * found[source].places
                self._saved[members] += work / kernel.shape[1]
                self._saved[made] += work / len(kernel)
                self._readers.append(_Reader(kernel, found[source], members))
        self._total = self._saved.sum() / 2  # a product is of a maker's channel and of a reader's

    def order(self, share: float) -> list[Origin]:
        """Return the channels in the order of removal, until they save this share."""
        costs = np.full(len(self._names), np.inf)
        costs[self._saved > 0] = 0
        readers = defaultdict(list)
        for reader in self._readers:
            np.add.at(costs, reader.members, reader.costs)
            for place, member in enumerate(reader.members):
                readers[member].append((reader, place))
        left = Counter(self.layers.values())
        least = {layer: LEAST * size for layer, size in left.items()}
        order: list[Origin] = []
        saved = 0.0
        while saved < share * self._total:
            best = int(np.argmin(costs / np.maximum(self._saved, 1)))
            costs[best] = np.inf
            layer = self.layers[self._names[best]]
            if left[layer] - 1 < least[layer]:
                continue
            left[layer] -= 1
            order.append(self._names[best])
            saved += self._saved[best]
            for reader, place in readers[best]:
                before = reader.costs
                reader.remove(place)
                np.add.at(costs, reader.members, reader.costs - before)
        return order


class _Reader:
    """A convolution whose input loses channels, and whose kernel makes up for each."""

    def __init__(
        self, kernel: NDArray[np.float32], seen: Moments, members: NDArray[np.int64]
    ) -> None:
        self.members = members  # which channels of the network these are, (I,)
        self._kernel = kernel.reshape(*kernel.shape[:2], -1).astype(np.float64)
        self._inverse = np.linalg.inv(_ridged(seen.gram))
        spread = seen.gram - np.outer(seen.mean, seen.mean)
        apart = np.einsum("oit,ik,okt->", self._kernel, spread, self._kernel, optimize=True)
        alike = self._kernel.sum(2)
        together = np.einsum("oi,ik,ok->", alike, spread, alike, optimize=True)
        self._power = max(apart + together, 1e-12) / 2
        self.costs = self._all_costs()

    def _all_costs(self) -> Values:
        """Return what the removal of each channel adds to the error, (I,), as a share of the
        output's variance: the mean of what it is if neighbouring pixels are alike, and if not."""
        squares = (self._kernel**2).sum((0, 2)) + (self._kernel.sum(2) ** 2).sum(0)
        costs: Values = squares / 2 / np.diag(self._inverse) / self._power
        return costs

    def remove(self, number: int) -> None:
        """Take a channel away, and let the others stand for it as well as they can."""
        shares = self._inverse[:, number] / self._inverse[number, number]
        self._kernel -= self._kernel[:, number, None] * shares[None, :, None]
        self._kernel[:, number] = 0
        self._inverse -= np.outer(self._inverse[number], shares)
        self._inverse[number], self._inverse[:, number] = 0, 0
        self._inverse[number, number] = 1
        self.costs = self._all_costs()


def _ridged(gram: Values) -> Values:
    return gram + np.diag(RIDGE * np.diag(gram) + 1e-9)


def _convolutions(network: Network) -> list[NodeProto]:
    return [node for node in network.skeleton.graph.node if node.op_type == "Conv"]


def _trace(network: Network) -> tuple[dict[str, list[Origin]], dict[Origin, list[Origin]]]:
    """Return where the channels of each tensor come from, and for each such channel those that an
    Add ties to it, itself among them."""
    parents: dict[Origin, Origin] = {}

    def root(origin: Origin) -> Origin:
        while origin in parents:
            origin = parents[origin]
        return origin

    origins: dict[str, list[Origin]] = {}
    made: list[Origin] = []
    for node in network.skeleton.graph.node:
        read, output = [origins.get(name, []) for name in node.input], node.output[0]
        if node.op_type == "Conv":
            outputs = len(network.weights[node.input[1]])
            origins[output] = [(output, number) for number in range(outputs)]
            made += origins[output]
        elif node.op_type == "Concat":
            origins[output] = [origin for part in read for origin in part]
        else:
            origins[output] = read[0]
            if node.op_type == "Add":
                for one, other in zip(map(root, read[0]), map(root, read[1]), strict=True):
                    if one != other:
                        parents[other] = one
    tied = defaultdict(list)
    for origin in made:
        tied[root(origin)].append(origin)
    return {name: list(map(root, those)) for name, those in origins.items()}, dict(tied)
