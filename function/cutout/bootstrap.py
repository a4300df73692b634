"""The one place where concrete things are chosen and wired together."""

import secrets
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING
from uuid import uuid4

from cutout.config import Settings
from cutout.contract import Result
from cutout.engine import Engine
from cutout.engine.session import Models
from cutout.errors import AuthFailed, InvalidSetting
from cutout.services.accounts import Accounts, Caller
from cutout.services.ledger import Ledger
from cutout.services.meter import Counted, Meter, free
from cutout.services.rate import Rate
from cutout.services.table import Table

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

    authenticate, balance, meter = _money(settings, engine)
    return create_app(
        Ports(
            check=engine.check,
            remove_background=engine.remove_background,
            fetch=Fetcher(settings.max_bytes),
            authenticate=authenticate,
            balance=balance,
            meter=meter,
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


def accounts(table: Table) -> Accounts:
    return Accounts(table, time.time, _digits)


def ledger(table: Table) -> Ledger:
    return Ledger(table, time.time, lambda: uuid4().hex)


def _money(
    settings: Settings, engine: Engine
) -> tuple[Callable[[str], Caller], Callable[[str], int], Meter]:
    """Who calls, what is left to them, and what a call costs."""
    if not settings.ledger_table:
        return _deny, lambda account: 0, free
    if not (settings.state_table and settings.secret):
        raise InvalidSetting("CUTOUT_LEDGER_TABLE needs CUTOUT_STATE_TABLE and CUTOUT_SECRET")
    table = _table(settings.ledger_table)
    rate = Rate(_table(settings.state_table), time.time)
    meter = Counted(ledger(table), rate, engine.measure, settings.secret)
    return accounts(table).authenticate, ledger(table).balance, meter


def _deny(sent: str) -> Caller:
    raise AuthFailed("this route is for callers with an API key, and no keys are given out here")


def _digits(count: int) -> str:
    return secrets.token_hex(count // 2)


@cache
def _table(name: str) -> Table:
    # Here and not above: boto3 is a tenth of a second that most do not need.
    import boto3

    from cutout.adapters.dynamodb import DynamoDbTable

    return DynamoDbTable(boto3.client("dynamodb"), name)
