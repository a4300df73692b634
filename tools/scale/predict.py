"""Hours and dollars of a case, and what stands in its way."""

from dataclasses import dataclass

from tools.cost.bill import GB, HOURS_A_DAY

from . import ramp
from .book import Book
from .case import Case, call_s, gather_s, picture_s, plan_s, start_s
from .limits import flow, limits

HOUR_S = 3600


@dataclass(frozen=True)
class Prediction:
    case: Case
    seconds: float
    parts: dict[str, float]  # dollars
    limits: dict[str, float]  # pictures a second

    @property
    def hours(self) -> float:
        return self.seconds / HOUR_S

    @property
    def dollars(self) -> float:
        return sum(self.parts.values())


def predict(case: Case, book: Book) -> Prediction:
    seconds = plan_s(case, book) + _worked_s(case, book) + gather_s(case, book)
    parts = dict.fromkeys((price.part for price in book.prices.values()), 0.0)
    for name, units in _units(case, seconds, book).items():
        price = book.prices[name]
        parts[price.part] += price.dollars(units)
    return Prediction(case, seconds, parts, limits(case, book))


def at_work(case: Case, book: Book) -> float:
    """How many are in the end, which whatever binds decides."""
    return min(flow(case, book).values()) * picture_s(case, book)


def _worked_s(case: Case, book: Book) -> float:
    work, room = case.pictures * picture_s(case, book), at_work(case, book)
    growths = [book.growths[name] for name in case.way.growths]
    return start_s(case) + max(ramp.seconds(work, room, growth) for growth in growths)


def _units(case: Case, seconds: float, book: Book) -> dict[str, float]:
    """Of each price."""
    units = case.way.prices.of(case.pictures, case.calls)
    gb_seconds = f"gb_second_{case.run.architecture}"
    return units | {
        gb_seconds: case.run.memory_mb / 1024 * _lambda_s(case, book),
        "log_gb": _log_bytes(case, units, book) / GB,
        "trace": _traces(units["lambda_request"], seconds, book),
        **_bytes(case, book),
    }


def _lambda_s(case: Case, book: Book) -> float:
    """Of all functions, in seconds that are billed. A busy environment is replaced now and then.
    Plan and Gather are taken to be as large as the worker, whose image they have."""
    worked = case.calls * call_s(case, book)
    hours = worked / HOUR_S
    starts = at_work(case, book) + hours / book.cost.assumed.environment_hours
    door = case.pictures * case.way.door_ms / 1000
    around = plan_s(case, book) + gather_s(case, book)
    return worked + starts * start_s(case) + door + around


def _log_bytes(case: Case, units: dict[str, float], book: Book) -> float:
    assumed = book.cost.assumed
    of_calls = units["lambda_request"] * assumed.platform_log_bytes
    of_door = units.get("api_call", 0) * assumed.access_log_bytes
    return case.pictures * case.run.log_bytes + of_calls + of_door


def _traces(calls: float, seconds: float, book: Book) -> float:
    """The first call of a second, and a share of the others."""
    first = min(calls, seconds)
    return first + book.cost.assumed.traced_share * (calls - first)


def _bytes(case: Case, book: Book) -> dict[str, float]:
    """GB that move or lie, where they are not in their owner's buckets."""
    if not case.way.kept_hours:
        return {}
    into = case.pictures * case.run.in_bytes / GB
    out = case.pictures * case.run.out_bytes / GB
    months = case.way.kept_hours / HOURS_A_DAY / book.cost.assumed.days_a_month
    return {
        "cloudfront_gb_in": into,
        "s3_gb_out": out,
        "s3_gb_month": (into + out) * months,
    }
