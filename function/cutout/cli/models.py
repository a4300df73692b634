"""`cutout models list`, `download` and `build`."""

from argparse import Namespace

from cutout import installation
from cutout.config import Settings
from cutout.errors import CutoutError, ModelsMissing

from .console import print_error


def run(arguments: Namespace) -> int:
    commands = {"list": _list, "download": _download, "build": _build}
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
