"""Measures the tensors inside a network, by nodes that are added to its graph."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, helper, numpy_helper

from cutout.core.arrays import Tensor

from .graph import INPUT

EVERY = 7  # one of so many values is counted, as neighbours are alike
# Inputs that the nodes may read: the shape of a flat tensor, and those of a Slice that takes one of
# EVERY values of it.
FLAT, START, END, AXIS, STEP = CONSTANTS = (
    "calibrate_flat", "calibrate_start", "calibrate_end", "calibrate_axis", "calibrate_step",
)  # fmt: skip


def measure(
    prepared: ModelProto, nodes: list[NodeProto], tensors: Iterable[Tensor]
) -> Iterator[list[NDArray[np.float32]]]:
    """Yield what added nodes compute from the network's tensors, for each input: the outputs that
    no other added node reads.

    Each node runs as soon as its tensor is there, so that no tensor waits for the others: the
    memory is that of an inference.
    """
    read = {name for node in nodes for name in node.input}
    names = [name for node in nodes for name in node.output if name not in read]
    probe = ModelProto()
    probe.CopyFrom(prepared)
    del probe.graph.node[:], probe.graph.output[:]
    probe.graph.node.extend(_interleaved(prepared, nodes))
    probe.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    probe.graph.initializer.extend(
        numpy_helper.from_array(np.array([value]), name)
        for name, value in zip(CONSTANTS, (-1, 0, 2**62, 0, EVERY), strict=True)
        if name in read  # ONNX Runtime warns of others
    )
    options = ort.SessionOptions()
    options.enable_mem_pattern = False
    options.execution_order = ort.ExecutionOrder.PRIORITY_BASED  # else all of `nodes` run last
    session = ort.InferenceSession(
        probe.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    for tensor in tensors:
        yield session.run(names, {INPUT: tensor})


def _interleaved(prepared: ModelProto, nodes: list[NodeProto]) -> Iterator[NodeProto]:
    """Yield the network's nodes, each with those of the others that read its output."""
    readers = defaultdict(list)
    for node in nodes:
        readers[node.input[0]].append(node)

    def following(name: str) -> Iterator[NodeProto]:
        for reader in readers[name]:
            yield reader
            yield from following(reader.output[0])

    yield from following(INPUT)
    for node in prepared.graph.node:
        yield node
        yield from following(node.output[0])
