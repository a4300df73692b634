"""The developers' commands `python -m cutout.models calibrate` and `card`."""

import argparse
import signal
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from cutout import installation
from cutout.config import cache_folder
from cutout.errors import CutoutError

from . import catalogue, fetch

PHOTOS = {".jpg", ".jpeg", ".png", ".webp"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m cutout.models", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("calibrate", help="measure ranges and silence on photos again")
    command.add_argument("folder", type=Path, metavar="DIR", help="a folder of photos")
    command.set_defaults(run=lambda arguments: calibrate_all(arguments.folder))
    command = commands.add_parser("card", help="write a card into one's own ONNX file")
    command.add_argument("file", type=Path)
    command.add_argument("--name", required=True, help="how results call the model")
    command.add_argument("--size", type=int, required=True, help="side of the square input, in px")
    command.add_argument("--mean", type=float, nargs=3, default=[0.485, 0.456, 0.406])
    command.add_argument("--std", type=float, nargs=3, default=[0.229, 0.224, 0.225])
    command.set_defaults(run=write_card)
    arguments = parser.parse_args()
    try:
        installation.require_extra("build", "changing a network")
        arguments.run(arguments)
    except CutoutError as error:
        print(f"models: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        cause = f"{error.strerror}: {error.filename or catalogue.folder()}"
        print(f"models: {cause if error.strerror else error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("models: stopped; run it again to go on", file=sys.stderr)
        return 128 + signal.SIGINT
    return 0


def calibrate_all(folder: Path) -> None:
    """Measure the ranges and silent channels of all networks on the photos in a folder."""
    from . import calibrate, graph

    photos = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PHOTOS)
    if not photos:
        raise FileNotFoundError(f"there is no photo in {folder}")
    entries = catalogue.load()
    originals = fetch.originals(entries, cache_folder())
    for entry, original in zip(entries, originals, strict=True):
        prepared = graph.prepare(original).model()
        progress = partial(tqdm, photos, unit="photo")
        widest = calibrate.extremes(prepared, entry, progress(desc=f"{entry.name}: extremes"))
        ranges = calibrate.ranges(prepared, entry, progress(desc=f"{entry.name}: ranges"), widest)
        silent = calibrate.silent(prepared, entry, progress(desc=f"{entry.name}: silence"))
        catalogue.write_json(ranges, entry.ranges)
        catalogue.write_json(silent, entry.silent)
        print(f"{entry.name}: delete {entry.built} and run `make models` to build it with these")


def write_card(arguments: argparse.Namespace) -> None:
    """Write a card into an ONNX file, if it then is a network that can be used.

    Raises UnusableModel otherwise.
    """
    from cutout.engine.session import ModelCard, Session

    from . import cards

    path = arguments.file
    card = cards.card(arguments.name, "1", arguments.size, arguments.mean, arguments.std)
    ModelCard.parse(card, path)  # checks it
    model = cards.load(path)
    with TemporaryDirectory(prefix=".card-", dir=path.parent) as folder:
        trial = Path(folder) / path.name
        cards.write(model, card, trial)
        Session(trial, threads=1).try_out()
        trial.replace(path)


if __name__ == "__main__":
    sys.exit(main())
