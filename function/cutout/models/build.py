"""Builds the quantized networks from their originals.

A built network is current if it has the sha256 that MODELS.toml pins. Other versions of onnx,
onnxruntime or numpy, or another platform, may build other bytes: a stamp beside such a file holds
its sha256 and what it was built from, so that it is built once and not at each start.
"""

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from cutout import installation
from cutout.config import cache_folder

from . import catalogue, fetch
from .catalogue import Entry, file_sha256
from .lock import exclusive

# ONNX and ONNX Runtime are imported where they are used: without anything to build, neither is
# needed.
if TYPE_CHECKING:
    from onnx import ModelProto

SOURCES = ("graph", "prune", "layout", "quantize", "rounding", "side_maps", "qdq", "cards")
PACKAGES = ("onnx", "onnxruntime", "numpy")


def build(entries: Sequence[Entry], clean: bool = False) -> None:
    """Build those of the entries that are not current; `clean` deletes their originals.

    Raises ModelsMissing, or an OSError of the file system.
    """
    originals_folder = cache_folder()
    if not all(map(is_current, entries)):
        folder = catalogue.folder()
        folder.mkdir(parents=True, exist_ok=True)
        with exclusive(folder):
            # Another process may have built them by now.
            if stale := [entry for entry in entries if not is_current(entry)]:
                originals = fetch.originals(stale, originals_folder)
                for entry, original in zip(stale, originals, strict=True):
                    _build(entry, original)
                if not clean:
                    _report_originals(entries, originals_folder)
    if clean:
        freed = fetch.clean(entries, originals_folder)
        print(f"deleted the originals, which frees {freed / 1e6:.0f} MB")


def is_current(entry: Entry) -> bool:
    """Whether the built file exists and is the pinned one, or was built here from what the entry
    and the sources say now. Warns on standard error of one that is not the pinned one."""
    if not entry.built.exists():
        return False
    found = file_sha256(entry.built)
    if found == entry.built_sha256:
        return True
    if not entry.stamp.exists() or entry.stamp.read_text() != _stamp(entry, found):
        return False
    _warn(entry, found)
    return True


def record(entry: Entry) -> None:
    """Stamp a file that was just built, unless it is the pinned one."""
    found = file_sha256(entry.built)
    if found == entry.built_sha256:
        entry.stamp.unlink(missing_ok=True)
    else:
        entry.stamp.write_text(_stamp(entry, found))
        _warn(entry, found)


def quantized(entry: Entry, original: Path) -> "ModelProto":
    """Return an entry's network in int8, in ONNX's own operators and in the original's layout."""
    from . import graph, prune, quantize

    network = prune.prune(graph.prepare(original), catalogue.read_json(entry.silent))
    return quantize.quantize(network, catalogue.read_json(entry.ranges), entry.keep_fp32)


def _build(entry: Entry, original: Path) -> None:
    from . import cards, graph, layout

    print(f"{entry.name}: quantizing {entry.bytes / 1e6:.0f} MB", flush=True)
    model = quantized(entry, original)
    layout.optimize(model)
    entry.built.parent.mkdir(parents=True, exist_ok=True)
    cards.write(graph.fuse(model), cards.from_entry(entry), entry.built)
    record(entry)
    print(f"{entry.name}: {entry.built.stat().st_size / 1e6:.1f} MB in {entry.built}", flush=True)


def _report_originals(entries: Sequence[Entry], folder: Path) -> None:
    size = sum(fetch.cached(entries, folder).values())
    installed, checkout = "cutout models build --clean", "make models CLEAN=1"
    command = installed if installation.is_distribution() else checkout
    print(f"the originals stay in {folder}; `{command}` deletes them, {size / 1e6:.0f} MB")


def _warn(entry: Entry, found: str) -> None:
    print(
        f"{entry.name}: the file built here has sha256 {found}, which differs from the pinned "
        f"{entry.built_sha256}; it is used",
        file=sys.stderr,
    )


def _stamp(entry: Entry, built: str) -> str:
    """Return the built file's sha256 and a hash of everything that it depends on."""
    here = Path(__file__).parent
    parts = [repr(replace(entry, built_sha256="", built_bytes=0)).encode()]
    parts += [path.read_bytes() for path in (entry.ranges, entry.silent)]
    parts += [(here / f"{name}.py").read_bytes() for name in SOURCES]
    parts += [version(package).encode() for package in PACKAGES]
    recipe = hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
    return f"{built} built from {recipe}\n"
