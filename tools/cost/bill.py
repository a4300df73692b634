"""From one measured run to dollars: what a month of it uses, and what that costs."""

from dataclasses import dataclass
from math import ceil

from cutout.config import LAMBDA_RESULT_BYTES
from tools.container.run import Run

from . import capacity
from .prices import Book, Door

GB = 1024**3  # AWS counts so, of memory and of bytes
HOURS_A_DAY = 24


@dataclass(frozen=True)
class Case:
    run: Run
    architecture: str
    pictures_a_day: float
    is_uploaded: bool = False  # by way of S3, although Lambda could carry it


@dataclass(frozen=True)
class Bill:
    """Dollars for 1,000 pictures."""

    parts: dict[str, float]
    at_once: int

    @property
    def total(self) -> float:
        return sum(self.parts.values())


def bill(case: Case, book: Book) -> Bill:
    thousands = case.pictures_a_day * book.assumed.days_a_month / 1000
    parts = dict.fromkeys((price.part for price in book.prices.values()), 0.0)
    for name, units in month(case, book).items():
        price = book.prices[name]
        parts[price.part] += price.dollars(units) / thousands
    return Bill(parts, at_once(case, book))


def at_once(case: Case, book: Book) -> int:
    return capacity.at_once(case.pictures_a_day, case.run.warm_ms / 1000, book.assumed)


def door(case: Case, book: Book) -> Door:
    """Lambda takes in about what it gives out."""
    fits = max(case.run.in_bytes, case.run.out_bytes) <= LAMBDA_RESULT_BYTES
    return book.direct if fits and not case.is_uploaded else book.upload


def month(case: Case, book: Book) -> dict[str, float]:
    """Units of each price."""
    way = door(case, book)
    pictures = case.pictures_a_day * book.assumed.days_a_month
    each = {
        "lambda_request": way.calls,
        f"gb_second_{case.architecture}": gb_seconds(case, book),
        "api_call": way.calls,
        "s3_put": way.s3_puts,
        "s3_get": way.s3_gets,
        "dynamodb_write": way.dynamodb_writes,
        "dynamodb_read": way.dynamodb_reads,
        "log_gb": _log_bytes(case.run, way, book) / GB,
        "trace": capacity.traces(case.pictures_a_day, book.assumed) / case.pictures_a_day,
        "cloudfront_request": way.calls,
        **_bytes(case.run, way, book),
    }
    return {name: units * pictures for name, units in each.items()}


def gb_seconds(case: Case, book: Book) -> float:
    """Of a picture: init is billed too, and each time to the next whole millisecond."""
    run, assumed = case.run, book.assumed
    cold = capacity.cold_share(case.pictures_a_day, at_once(case, book), assumed)
    ms = cold * ceil(run.init_ms + run.first_ms) + (1 - cold) * ceil(run.warm_ms)
    ms += (door(case, book).calls - 1) * assumed.upload_call_ms
    return run.memory_mb / 1024 * ms / 1000


def _log_bytes(run: Run, way: Door, book: Book) -> float:
    around = book.assumed.platform_log_bytes + book.assumed.access_log_bytes
    return run.log_bytes + way.calls * around


def _bytes(run: Run, way: Door, book: Book) -> dict[str, float]:
    """GB that move or lie. Into S3 they come for nothing."""
    if way is book.direct:
        return {"cloudfront_gb_in": run.in_bytes / GB, "cloudfront_gb_out": run.out_bytes / GB}
    months = book.assumed.stored_hours / HOURS_A_DAY / book.assumed.days_a_month
    stored = (run.in_bytes + run.out_bytes) / GB * months
    return {"s3_gb_out": run.out_bytes / GB, "s3_gb_month": stored}
