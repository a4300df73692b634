"""Builds engines of the settings: models, threads and limits. Knows no AWS, no HTTP, no credits."""

from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from cutout import installation
from cutout.config import Settings
from cutout.engine.models import Models
from cutout.errors import InvalidSetting, ModelsMissing
from cutout.options.record import Options

# What needs NumPy, Pillow and ONNX Runtime is imported inside the functions: most programs do
# without, and a model can be loaded meanwhile.

if TYPE_CHECKING:
    from cutout.engine.pipeline import Engine
    from cutout.engine.watched import WatchedEngine
    from cutout.workers.engine import WorkerEngine


def engine(settings: Settings, first: Options | None = None) -> "Engine":
    """Build an engine that runs in this process.

    `first` has the options of the first picture, whose model a thread loads while this function and
    its caller go on. Raises InvalidSetting.
    """
    return _engine(settings, _begun(models(settings), first))


def watched_engine(settings: Settings, first: Options | None = None) -> "WatchedEngine":
    """Build an engine that runs in this process, which must end once the engine is_stuck.

    `first` is as for `engine`. Raises InvalidSetting.
    """
    found = _begun(models(settings), first)
    from cutout.engine.watched import WatchedEngine

    return WatchedEngine(found, settings.max_bytes, settings.max_pixels, settings.threads)


def engine_in_workers(settings: Settings, workers: int) -> "WorkerEngine":
    """Build an engine that runs in at most `workers` processes, which it can end."""
    from cutout.workers.engine import WorkerEngine

    limits = settings.max_bytes, settings.max_pixels
    return WorkerEngine(models(settings), *limits, settings.threads, workers)


def default_engine(first: Options | None) -> "Engine":
    """For a program that imports cutout: an engine of the models that the process keeps.

    `first` is as for `engine`. Raises InvalidSetting.
    """
    settings, found = _default()
    return _engine(settings, _begun(found, first))


@cache
def _default() -> tuple[Settings, Models]:
    settings = Settings.from_env()
    return settings, models(settings)


def models(settings: Settings) -> Models:
    """Find the models of the settings. Raises InvalidSetting."""
    further = [Path(settings.models)] if settings.models else []
    for folder in further:
        if not folder.is_dir():
            raise InvalidSetting(f"CUTOUT_MODELS: there is no folder {folder}")
    if installation.is_distribution():
        folders = [*_added(), *further]
        return Models(folders, settings.model, settings.threads, _at_first_use(settings))
    return Models([installation.MODELS, *further], settings.model, settings.threads)


def _begun(models: Models, first: Options | None) -> Models:
    if first and not first.alpha:
        models.load_ahead(first.effective_model)
    return models


def _engine(settings: Settings, models: Models) -> "Engine":
    from cutout.engine.pipeline import Engine

    return Engine(models, settings.max_bytes, settings.max_pixels, settings.threads)


def _added() -> list[Path]:
    """The folder where `cutout models add` puts models, if the user has a home folder."""
    from cutout.models import catalogue

    with suppress(ModelsMissing):
        return [catalogue.folder()]
    return []


def _at_first_use(settings: Settings) -> dict[str, Callable[[], Path]]:
    """The path of each model of MODELS.toml, by its name."""
    # Imported inside the function: the Lambda image does not contain cutout.models.
    from cutout.models import catalogue, release

    address = settings.models_url or catalogue.release()
    return {entry.name: partial(release.find, entry, address) for entry in catalogue.load()}
