"""The one place where concrete things are chosen and wired together."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from cutout.config import Settings
from cutout.contract import Result
from cutout.engine import Engine
from cutout.engine.session import Models
from cutout.errors import InvalidSetting

if TYPE_CHECKING:
    from fastapi import FastAPI

MODELS = Path(__file__).parents[1] / "models"


def engine(settings: Settings) -> Engine:
    further = [Path(settings.models)] if settings.models else []
    for folder in further:
        if not folder.is_dir():
            raise InvalidSetting(f"CUTOUT_MODELS: there is no folder {folder}")
    models = Models([MODELS, *further], settings.model, settings.threads)
    return Engine(models, settings.max_bytes, settings.max_pixels, settings.threads)


@cache
def default_engine() -> Engine:
    """For a program that imports cutout: one engine in the process."""
    return engine(Settings.from_env())


def app(settings: Settings, engine: Engine, record: Callable[[Result], None]) -> "FastAPI":
    # Here and not above: the command line does without FastAPI.
    from cutout.adapters.fetch import Fetcher
    from cutout.adapters.http import create_app
    from cutout.adapters.ports import Ports

    return create_app(
        Ports(
            check=engine.check,
            remove_background=engine.remove_background,
            fetch=Fetcher(settings.max_bytes),
            is_ready=engine.is_ready,
            record=record,
            slots=BoundedSemaphore(settings.threads),
            max_bytes=settings.max_bytes,
            max_result_bytes=settings.max_result_bytes,
            deadline_s=settings.deadline_s,
            ask_for_keys=settings.ask_for_keys,
            open_rembg_door=settings.open_rembg_door,
        )
    )
