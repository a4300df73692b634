"""`cutout models list`, `download`, `build` and `tune`."""

from argparse import Namespace
from pathlib import Path

from cutout import installation
from cutout.config import Settings
from cutout.errors import CutoutError, InvalidSetting, ModelsMissing

from .console import print_error


def run(arguments: Namespace) -> int:
    commands = {"list": _list, "download": _download, "build": _build, "tune": _tune}
    try:
        commands[arguments.command](arguments)
    except (CutoutError, OSError) as error:
        return print_error(error, "models")
    return 0


def _list(arguments: Namespace) -> None:
    # Imported inside the functions: the Lambda image does not contain cutout.models.
    from cutout.models import catalogue

    for entry in catalogue.load():
        place = entry.built if entry.built.exists() else "not here"
        size = f"{entry.built_bytes / 1e6:.1f} MB"
        print(f"{entry.name:8}{entry.version:>4}{size:>10}  {entry.licence}  {place}")


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


def _tune(arguments: Namespace) -> None:
    installation.require_extra("build", "tuning a model")
    from cutout import bootstrap
    from cutout.models.tune import tune

    settings = Settings.from_env()
    if not settings.models:
        raise InvalidSetting("CUTOUT_MODELS is not set; it names the folder of your own models")
    models = bootstrap.models(settings)
    if arguments.name in models.names():
        raise InvalidSetting(f"there is a model {arguments.name} already; take another name")
    base = models.path(arguments.model or settings.model)
    folders = arguments.photos, arguments.masks, Path(settings.models)
    path = tune(base, arguments.name, *folders, settings.threads)
    print(f"{arguments.name} is in {path}")
