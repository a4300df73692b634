"""Compares the inference of the quantized networks with OpenVINO's, on one thread.

Both have the same weights and scales. OpenVINO gets them in ONNX's own operators and in the
original's layout: it does not read the operators that ONNX Runtime fuses (see
cutout.models.graph.fuse), and the layout of cutout.models.layout suits ONNX Runtime alone. Both are
asked in turn.
"""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
from PIL import Image
from tqdm import tqdm

from cutout.config import cache_folder
from cutout.models import build, catalogue, fetch
from cutout.models.catalogue import Entry
from tools import markdown, sections
from tools.contenders.catalogue import ORIGINALS, Tool
from tools.contenders.process import Contender

from .photos import Photo, make

ROUNDS = 15
FIRST = 3  # calls that do not count
OURS, THEIRS = "tools.contenders.onnx_runtime:network", "tools.contenders.openvino_runtime:network"


def table() -> str:
    """Return the table of both networks. Raises Unavailable if OpenVINO is not installed."""
    entries = catalogue.load()
    build.build(entries)
    originals = fetch.originals(entries, cache_folder())
    with TemporaryDirectory() as folder:
        rows = [
            _row(entry, original, Path(folder))
            for entry, original in zip(tqdm(entries, "networks"), originals, strict=True)
        ]
    head = ["", "OpenVINO, ms", "Cutout, ms", "ratio", "mean difference of maps"]
    return (
        f"{sections.here()}, one thread; medians of {ROUNDS} inferences of each, in turn, and the "
        f"median of the rounds' ratios:\n\n{markdown.table(head, rows)}"
    )


def _row(entry: Entry, original: Path, folder: Path) -> list[str]:
    plain = folder / f"{entry.name}.onnx"
    onnx.save(build.quantized(entry, original), plain)
    theirs = {"file": str(plain), "size": entry.size, "mean": entry.mean, "std": entry.std}
    tools = (
        Tool("OpenVINO", "peers", THEIRS, theirs),
        Tool("ONNX Runtime", "ours", OURS, {"file": str(entry.built)}),
    )
    photo, maps = make(Photo(1)), [folder / f"{tool.environment}.png" for tool in tools]
    with Contender(tools[0], 1, ORIGINALS) as first, Contender(tools[1], 1, ORIGINALS) as second:
        rounds = [
            [
                contender.ask(photo, out).said
                for contender, out in zip((first, second), maps, strict=True)
            ]
            for _ in range(FIRST + ROUNDS)
        ]
    levels = [np.asarray(Image.open(path)).astype(np.float32) for path in maps]
    difference = float(np.abs(levels[0] - levels[1]).mean()) / 255
    return [entry.name, *cells(rounds[FIRST:]), f"{difference:.4f}"]


def cells(rounds: Sequence[Sequence[dict[str, Any]]]) -> list[str]:
    """Return the medians of the peer's and of our times, and the median of the rounds' ratios of
    the peer's to ours: above 1 ours is faster."""
    theirs, ours = ([said["ms"] for said in side] for side in zip(*rounds, strict=True))
    ratio = median(peer / own for peer, own in zip(theirs, ours, strict=True))
    return [f"{median(theirs):.0f}", f"{median(ours):.0f}", f"{ratio:.2f} ×"]
