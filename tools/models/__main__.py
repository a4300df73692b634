"""python -m tools.models: build, calibrate, card."""

import argparse
import signal
import sys
from functools import partial
from pathlib import Path

from tqdm import tqdm

from cutout.errors import CutoutError

from . import builds, catalogue, fetch
from .catalogue import Entry
from .lock import exclusive

# ONNX and ONNX Runtime are imported where they are used: a second `make models` needs neither.

PHOTOS = {".jpg", ".jpeg", ".png", ".webp"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.models", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("build", help="fetch the originals and quantize them")
    command.add_argument("--clean", action="store_true", help="then delete the originals")
    command.set_defaults(run=lambda given: build(given.clean))
    command = commands.add_parser("calibrate", help="measure ranges and silence on photos again")
    command.add_argument("folder", type=Path, metavar="DIR", help="a folder of photos")
    command.set_defaults(run=lambda given: calibrate_all(given.folder))
    command = commands.add_parser("card", help="write a card into one's own ONNX file")
    command.add_argument("file", type=Path)
    command.add_argument("--name", required=True, help="how results call the model")
    command.add_argument("--size", type=int, required=True, help="side of the square input, in px")
    command.add_argument("--mean", type=float, nargs=3, default=[0.485, 0.456, 0.406])
    command.add_argument("--std", type=float, nargs=3, default=[0.229, 0.224, 0.225])
    command.set_defaults(run=write_card)
    given = parser.parse_args()
    try:
        given.run(given)
    except (fetch.FetchError, CutoutError) as error:
        print(f"models: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        cause = f"{error.strerror}: {error.filename or catalogue.FOLDER}"
        print(f"models: {cause if error.strerror else error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("models: stopped; run it again to go on", file=sys.stderr)
        return 128 + signal.SIGINT
    return 0


def build(clean: bool) -> None:
    entries = catalogue.load()
    if not all(map(builds.is_current, entries)):
        with exclusive(catalogue.FOLDER, "building the networks"):
            # Another process may have built them by now.
            if stale := [entry for entry in entries if not builds.is_current(entry)]:
                originals = fetch.originals(stale, fetch.cache_folder())
                for entry, original in zip(stale, originals, strict=True):
                    _build(entry, original)
                if not clean:
                    _tell_what_stays(entries)
    if clean:
        freed = fetch.clean(entries, fetch.cache_folder())
        print(f"deleted the originals, which frees {freed / 1e6:.0f} MB")


def _build(entry: Entry, original: Path) -> None:
    from . import cards, graph, prune, quantize

    print(f"{entry.name}: quantizing {entry.bytes / 1e6:.0f} MB", flush=True)
    pruned = prune.prune(graph.prepare(original), prune.load(entry.silent))
    model = quantize.quantize(pruned, quantize.load(entry.ranges), entry.keep_fp32)
    cards.write(graph.fuse(model), cards.of(entry), entry.built)
    builds.record(entry)
    print(f"{entry.name}: {entry.built.stat().st_size / 1e6:.1f} MB in {entry.built}", flush=True)


def _tell_what_stays(entries: list[Entry]) -> None:
    cache = fetch.cache_folder()
    size = sum(fetch.cached(entries, cache).values())
    print(f"the originals stay in {cache}; `make models CLEAN=1` deletes them, {size / 1e6:.0f} MB")


def calibrate_all(folder: Path) -> None:
    from . import calibrate, graph, prune, quantize

    photos = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PHOTOS)
    if not photos:
        raise FileNotFoundError(f"there is no photo in {folder}")
    entries = catalogue.load()
    originals = fetch.originals(entries, fetch.cache_folder())
    for entry, original in zip(entries, originals, strict=True):
        prepared = graph.prepare(original).model()
        look = partial(tqdm, photos, unit="photo")
        widest = calibrate.extremes(prepared, entry, look(desc=f"{entry.name}: extremes"))
        found = calibrate.ranges(prepared, entry, look(desc=f"{entry.name}: ranges"), widest)
        quantize.save(found, entry.ranges)
        prune.save(
            calibrate.silent(prepared, entry, look(desc=f"{entry.name}: silence")), entry.silent
        )
        print(f"{entry.name}: delete {entry.built} and run `make models` to build it with these")


def write_card(given: argparse.Namespace) -> None:
    from cutout.engine.session import ModelCard

    from . import cards

    card = cards.card(given.name, "1", given.size, given.mean, given.std)
    ModelCard.of(card, given.file)  # raises where it makes no sense
    cards.write(cards.load(given.file), card, given.file)


if __name__ == "__main__":
    sys.exit(main())
