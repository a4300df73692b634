"""The features that U2-Net's heads read, computed once for each photo and kept on disk.

They are stored as the network has them, in 8 bits where it quantizes them: 10 MB for each photo
with u2net.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import ModelProto, helper

from cutout.core.arrays import Tensor

from .graph import INPUT
from .tail import Tail

# (photos, H, C, W), uint8 or float16. Rows come before channels, as regression.convolve reads them.
Stored = NDArray[Any]


def extract(
    model: ModelProto, tail: Tail, tensors: Iterable[Tensor], count: int, folder: Path, threads: int
) -> list[Stored]:
    """Compute the features of each head for `count` network inputs. Returns arrays in files of
    `folder`, in the heads' order."""
    names = [head.features for head in tail.heads]
    session = _probe(model, names, threads)
    files: list[Stored] = []
    for index, tensor in enumerate(tensors):
        values = session.run(names, {INPUT: tensor})
        if not files:
            files = [
                _file(folder / f"{head}.npy", count, value) for head, value in enumerate(values)
            ]
        for file, value in zip(files, values, strict=True):
            file[index] = value[0].transpose(1, 0, 2)
    return files


def bytes_per_photo(tail: Tail) -> int:
    """Return the bytes that a photo's features take, at most (float16)."""
    return sum(2 * head.kernel.shape[1] * head.enlarge.shape[1] ** 2 for head in tail.heads)


def _file(path: Path, count: int, value: NDArray[Any]) -> Stored:
    _, channels, height, width = value.shape
    kind = value.dtype if value.dtype == np.uint8 else np.float16
    shape = (count, height, channels, width)
    return np.lib.format.open_memmap(path, "w+", kind, shape)


def _probe(model: ModelProto, names: Sequence[str], threads: int) -> ort.InferenceSession:
    probe = ModelProto()
    probe.CopyFrom(model)
    probe.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.enable_mem_pattern = False
    return ort.InferenceSession(
        probe.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
