"""Builds engines of the settings: models, threads and limits. Knows no AWS, no HTTP, no credits."""

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from cutout import installation
from cutout.config import Settings
from cutout.engine.models import Models
from cutout.errors import InvalidSetting, ModelsMissing, UnknownModel
from cutout.options.record import Options

# NumPy, Pillow and ONNX Runtime are imported inside the functions: `cutout models` does not need
# them, and a network is loaded while Python imports them.

if TYPE_CHECKING:
    from cutout.engine.pipeline import Engine
    from cutout.engine.watched import WatchedEngine
    from cutout.workers.engine import WorkerEngine

PIPELINE = "cutout.engine.pipeline"


def engine(settings: Settings, first: Options | None = None) -> "Engine":
    """Build an engine that runs in this process.

    `first` has the options of the first picture, whose network is loaded while Python imports the
    engine. Raises InvalidSetting, and ModelsMissing or UnusableModel for that network.
    """
    return _engine(settings, models(settings), first)


def watched_engine(settings: Settings) -> "WatchedEngine":
    """Build an engine that runs in this process, which must end once the engine is_stuck."""
    from cutout.engine.watched import WatchedEngine

    limits = settings.max_bytes, settings.max_pixels
    return WatchedEngine(models(settings), *limits, settings.threads)


def engine_in_workers(settings: Settings, workers: int) -> "WorkerEngine":
    """Build an engine that runs in at most `workers` processes, which it can end."""
    from cutout.workers.engine import WorkerEngine

    limits = settings.max_bytes, settings.max_pixels
    return WorkerEngine(models(settings), *limits, settings.threads, workers)


def default_engine(first: Options) -> "Engine":
    """Build an engine for a program that imports cutout, with the models that the process keeps.

    `first` and the errors are those of `engine`.
    """
    settings, found = _default()
    return _engine(settings, found, first)


@cache
def _default() -> tuple[Settings, Models]:
    settings = Settings.from_env()
    return settings, models(settings)


def models(settings: Settings) -> Models:
    """Find the models of the settings. Raises InvalidSetting."""
    folder = further_models(settings)
    further = [folder] if folder else []
    if installation.is_distribution():
        folders = [*_added(), *further]
        return Models(folders, settings.model, settings.threads, _at_first_use(settings))
    return Models([installation.MODELS, *further], settings.model, settings.threads)


def further_models(settings: Settings) -> Path | None:
    """Return the folder of CUTOUT_MODELS, or None if it is not set. Raises InvalidSetting if there
    is no such folder."""
    if not settings.models:
        return None
    folder = Path(settings.models)
    if not folder.is_dir():
        raise InvalidSetting(f"CUTOUT_MODELS: there is no folder {folder}")
    return folder


def _engine(settings: Settings, models: Models, first: Options | None) -> "Engine":
    if first and not first.alpha and PIPELINE not in sys.modules:
        _load_while_importing(models, first.effective_model)
    from cutout.engine.pipeline import Engine

    return Engine(models, settings.max_bytes, settings.max_pixels, settings.threads)


def _load_while_importing(models: Models, name: str) -> None:
    """Load a network in this thread while another imports the engine.

    ONNX Runtime loads without the GIL: 30 ms (u2netp) or 130 (u2net), against 40 of imports. Not
    the other way round, since glibc keeps for a thread what it frees: 34 MB of u2net's weights.
    """
    # First, so that no two threads import the same module.
    from cutout.engine import session  # noqa: F401

    importing = Thread(target=import_module, args=(PIPELINE,))
    importing.start()
    with suppress(UnknownModel):  # the engine raises it again, for the picture
        models.session(name)
    importing.join()


def _added() -> list[Path]:
    """Return the folder where `cutout models add` puts models; none without a home folder."""
    from cutout.models import catalogue

    with suppress(ModelsMissing):
        return [catalogue.folder()]
    return []


def _at_first_use(settings: Settings) -> dict[str, Callable[[], Path]]:
    """Return functions that find the file of each model of MODELS.toml, by the model's name."""
    # Imported inside the function: the Lambda image does not contain cutout.models.
    from cutout.models import catalogue, release

    address = settings.models_url or catalogue.release()
    return {entry.name: partial(release.find, entry, address) for entry in catalogue.load()}
