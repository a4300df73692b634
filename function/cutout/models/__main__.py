"""python -m cutout.models: build, calibrate, card."""

import argparse
import signal
import sys
from functools import partial
from pathlib import Path

from tqdm import tqdm

from cutout.engine.session import ModelCard
from cutout.errors import CutoutError

from . import builds, cache, cards, catalogue, fetch
from .catalogue import Entry

PHOTOS = {".jpg", ".jpeg", ".png", ".webp"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m cutout.models", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("build", help="fetch the originals and quantize them")
    command.set_defaults(run=lambda given: build())
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
    except (CutoutError, OSError) as error:
        print(f"models: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("models: stopped; run it again to go on", file=sys.stderr)
        return 128 + signal.SIGINT
    return 0


def build() -> None:
    for entry in catalogue.load():
        if not builds.is_current(entry):
            build_one(entry)


def build_one(entry: Entry) -> None:
    # Here and not above: a second run has nothing to quantize, and takes less than a second.
    from . import calibrate, graph, prune, quantize

    original = fetch.original(entry, cache.folder())
    print(f"{entry.name}: quantizing, which takes a few seconds", flush=True)
    pruned = prune.prune(graph.prepare(original), prune.load(entry.silent))
    model = quantize.quantize(pruned, calibrate.load(entry.ranges), entry.keep_fp32)
    cards.write(graph.fuse(model), cards.of(entry), entry.built)
    builds.record(entry)
    print(f"{entry.name}: {entry.built.stat().st_size / 1e6:.1f} MB in {entry.built}")


def calibrate_all(folder: Path) -> None:
    from . import calibrate, graph, prune

    photos = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PHOTOS)
    if not photos:
        raise FileNotFoundError(f"there is no photo in {folder}")
    for entry in catalogue.load():
        prepared = graph.prepare(fetch.original(entry, cache.folder()))
        look = partial(tqdm, photos, unit="photo")
        widest = calibrate.extremes(prepared, entry, look(desc=f"{entry.name}: extremes"))
        found = calibrate.ranges(prepared, entry, look(desc=f"{entry.name}: ranges"), widest)
        calibrate.save(found, entry.ranges)
        prune.save(
            calibrate.silent(prepared, entry, look(desc=f"{entry.name}: silence")), entry.silent
        )


def write_card(given: argparse.Namespace) -> None:
    card = cards.card(given.name, "1", given.size, given.mean, given.std)
    ModelCard.of(card, given.file)  # raises where it makes no sense
    cards.write(cards.load(given.file), card, given.file)


if __name__ == "__main__":
    sys.exit(main())
