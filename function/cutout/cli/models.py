"""`cutout models`: a table of its commands, and what each does."""

from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutout import engines, installation
from cutout.config import Settings
from cutout.errors import CutoutError, InvalidParameter, ModelsMissing

from .console import refuse
from .flags import Parser

if TYPE_CHECKING:
    from cutout.models.add import Request

Row = tuple[str, dict[str, Any]]  # a flag or argument, and what argparse knows of it


@dataclass(frozen=True)
class Command:
    help: str
    run: Callable[[Namespace], None]
    rows: tuple[Row, ...] = ()


def parser() -> Parser:
    """Return the parser of `cutout models`, with a parser for each of COMMANDS."""
    whole = Parser(prog="cutout models", description="The models on this machine.")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        part = commands.add_parser(name, help=command.help, description=command.help)
        for flag, takes in command.rows:
            part.add_argument(flag, **takes)
    return whole


def run(arguments: Namespace) -> int:
    """Run a command of COMMANDS. Returns the exit code."""
    try:
        COMMANDS[arguments.command].run(arguments)
    except (CutoutError, OSError) as error:
        return refuse(error, "models")
    return 0


def _list(arguments: Namespace) -> None:
    # Imported inside the functions: the Lambda image does not contain cutout.models.
    from cutout.models import catalogue

    entries = catalogue.load()
    for entry in entries:
        place = entry.built if entry.built.exists() else "not here"
        size = f"{entry.built_bytes / 1e6:.1f} MB"
        print(f"{entry.name:8}{entry.version:>4}{size:>10}  {entry.licence}  {place}")
    folder = _own_folder()
    for path in sorted({*folder.glob("*.onnx")} - {entry.built for entry in entries}):
        size = f"{path.stat().st_size / 1e6:.1f} MB"
        print(f"{path.stem:8}{'own':>4}{size:>10}  {path}")


def _download(arguments: Namespace) -> None:
    from cutout.models import catalogue, release

    address = Settings.from_env().models_url or catalogue.release()
    if not address:
        raise ModelsMissing(
            f"there is no release to download from, and CUTOUT_MODELS_URL is not set; "
            f"{release.BUILD_INSTEAD}"
        )
    for entry in catalogue.load():
        release.download(entry, address)
        print(f"{entry.name} is in {entry.built}")


def _build(arguments: Namespace) -> None:
    installation.require_extra("build", "building a model")
    from cutout.models import build, catalogue

    build.build(catalogue.load(), arguments.clean)


def _add(arguments: Namespace) -> None:
    installation.require_extra("build", "adding a model")
    from cutout.models.add import add

    print("\n".join(add(_request(arguments), _own_folder()).lines()))


def _request(arguments: Namespace) -> "Request":
    """Return what the flags say of the file, which a preset completes. Raises InvalidParameter."""
    from cutout.models.add import Request
    from cutout.models.presets import PRESETS, Preset

    known = ", ".join(PRESETS)
    if arguments.preset not in ("", *PRESETS):
        raise InvalidParameter(f"--preset is {known}; not {arguments.preset[:40]!r}")
    preset = PRESETS.get(arguments.preset, Preset(0, (), (), ""))
    mean, std = arguments.mean or preset.mean, arguments.std or preset.std
    if not (mean and std):
        raise InvalidParameter(
            f"say what the network expects: --preset ({known}), or --mean, --std"
        )
    if not all(map(isfinite, (*mean, *std))) or min(std) <= 0:
        raise InvalidParameter("--mean and --std are finite numbers, and those of --std above 0")
    if bool(arguments.photos) == arguments.fp32:
        raise InvalidParameter("say --photos DIR, to quantize with them, or --fp32, to keep it so")
    return Request(
        file=arguments.file,
        name=arguments.name or arguments.file.stem,
        mean=mean,
        std=std,
        size=arguments.size or preset.size,
        photos=arguments.photos,
        overwrite=arguments.overwrite,
    )


def _own_folder() -> Path:
    """Return where a person's models are: the folder of CUTOUT_MODELS, or that of built ones.

    Raises InvalidSetting if CUTOUT_MODELS is no folder.
    """
    from cutout.models import catalogue

    settings = Settings.from_env()
    return engines.further_models(settings) or catalogue.folder()


def _calibrate(arguments: Namespace) -> None:
    installation.require_extra("build", "calibrating a model")
    from cutout.models import calibrate

    calibrate.calibrate_all(arguments.folder)


def _tune(arguments: Namespace) -> None:
    installation.require_extra("build", "tuning a model")
    from cutout.models.tune import tune

    settings = Settings.from_env()
    models = engines.models(settings)
    if arguments.name in models.names():
        raise InvalidParameter(f"there is a model {arguments.name} already; take another name")
    base = models.path(arguments.model or settings.model)
    folders = arguments.photos, arguments.masks, _own_folder()
    path = tune(base, arguments.name, *folders, settings.threads)
    print(f"{arguments.name} is in {path}")


COLOUR = {"type": float, "nargs": 3, "metavar": ("RED", "GREEN", "BLUE")}
ADD: tuple[Row, ...] = (
    ("file", {"type": Path, "metavar": "FILE.onnx"}),
    ("--photos", {"type": Path, "metavar": "DIR", "help": "photos of the kind that it will see"}),
    ("--fp32", {"action": "store_true", "help": "keep it as it is, without photos"}),
    ("--name", {"help": "what --model and model= call it (default: the file's name)"}),
    ("--preset", {"default": "", "help": "size, mean and std of: u2net silueta isnet isnet-anime"}),
    ("--size", {"type": int, "metavar": "PX", "help": "side of its square input"}),
    ("--mean", COLOUR | {"help": "of the colours, in 0..1"}),
    ("--std", COLOUR | {"help": "of the colours"}),
    ("--overwrite", {"action": "store_true", "help": "replace a model of this name"}),
)
TUNE: tuple[Row, ...] = (
    ("--photos", {"type": Path, "required": True, "metavar": "DIR", "help": "a folder of photos"}),
    ("--masks", {"type": Path, "required": True, "metavar": "DIR", "help": "their PNG masks"}),
    ("--name", {"required": True, "help": "what --model and model= call the new model"}),
    ("--model", {"default": "", "help": "to start from (default: CUTOUT_MODEL, or u2net)"}),
)
COMMANDS = {
    "list": Command("show name, version, size, licence and path of each", _list),
    "download": Command("download missing models from a release", _download),
    "build": Command(
        "build missing models from the original weights",
        _build,
        (("--clean", {"action": "store_true", "help": "delete the original weights after it"}),),
    ),
    "add": Command("quantize a network of your own with your photos, and serve it", _add, ADD),
    "tune": Command("make a model that suits your photos and masks", _tune, TUNE),
    "calibrate": Command(
        "measure ranges and silent channels of u2net and u2netp again, for developers",
        _calibrate,
        (("folder", {"type": Path, "metavar": "DIR", "help": "a folder of photos"}),),
    ),
}
