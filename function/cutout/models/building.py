"""Builds networks from their originals."""

from collections.abc import Sequence
from pathlib import Path

from cutout import installation

from . import builds, catalogue, fetch
from .cache import cache_folder
from .catalogue import Entry
from .lock import exclusive

# ONNX and ONNX Runtime are imported where they are used: without anything to build, neither is
# needed.


def build(entries: Sequence[Entry], clean: bool = False) -> None:
    """Builds those of the entries that are not current; `clean` deletes their originals."""
    if not all(map(builds.is_current, entries)):
        folder = catalogue.folder()
        folder.mkdir(parents=True, exist_ok=True)
        with exclusive(folder):
            # Another process may have built them by now.
            if stale := [entry for entry in entries if not builds.is_current(entry)]:
                originals = fetch.originals(stale, cache_folder())
                for entry, original in zip(stale, originals, strict=True):
                    _build(entry, original)
                if not clean:
                    _tell_what_stays(entries)
    if clean:
        freed = fetch.clean(entries, cache_folder())
        print(f"deleted the originals, which frees {freed / 1e6:.0f} MB")


def _build(entry: Entry, original: Path) -> None:
    from . import cards, graph, prune, quantize

    print(f"{entry.name}: quantizing {entry.bytes / 1e6:.0f} MB", flush=True)
    pruned = prune.prune(graph.prepare(original), prune.load(entry.silent))
    model = quantize.quantize(pruned, quantize.load(entry.ranges), entry.keep_fp32)
    entry.built.parent.mkdir(parents=True, exist_ok=True)
    cards.write(graph.fuse(model), cards.of(entry), entry.built)
    builds.record(entry)
    print(f"{entry.name}: {entry.built.stat().st_size / 1e6:.1f} MB in {entry.built}", flush=True)


def _tell_what_stays(entries: Sequence[Entry]) -> None:
    folder = cache_folder()
    size = sum(fetch.cached(entries, folder).values())
    installed, checkout = "cutout models build --clean", "make models CLEAN=1"
    command = installed if installation.is_distribution() else checkout
    print(f"the originals stay in {folder}; `{command}` deletes them, {size / 1e6:.0f} MB")
