"""What large amounts need besides: the tables under `scale` in tools/prices.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutout.credits.accounts import MEGAPIXELS_PER_MINUTE
from tools.cost import prices
from tools.cost.prices import Price

from . import template

MINUTE_S = 60
DOOR = ("calls", "megapixels")  # rates of our own, which a stack and a key are given


@dataclass(frozen=True)
class Limit:
    what: str
    page: str
    seen: str


@dataclass(frozen=True)
class Room(Limit):
    """So many at work at a time."""

    size: int


@dataclass(frozen=True)
class Growth(Limit):
    """At work from the start, and so many more each second."""

    start: float
    each_s: float


@dataclass(frozen=True)
class Rate(Limit):
    """So many each second, after as many as may come at once."""

    each_s: float
    burst: float

    def seconds(self, count: float) -> float:
        return max(0.0, count - self.burst) / self.each_s


@dataclass(frozen=True)
class Needs:
    """Of a picture, and of a call of the worker; by the names of prices or rates."""

    picture: Mapping[str, float]
    call: Mapping[str, float]

    def of(self, pictures: float, calls: float) -> dict[str, float]:
        names = [*self.picture, *(name for name in self.call if name not in self.picture)]
        return {
            name: pictures * self.picture.get(name, 0) + calls * self.call.get(name, 0)
            for name in names
        }


@dataclass(frozen=True)
class Way:
    name: str
    concurrency: str  # the template's parameter
    items: int  # pictures in a call of the worker
    s3_waits: int  # of the worker for a picture, as the next
    dynamodb_waits: int
    s3_waits_a_call: int
    door_ms: float  # of the API's function, for a picture
    kept_hours: float  # photo and cutout in our bucket, which they reach and leave by the internet
    is_planned: bool  # a list is made before, and another of the outcomes after
    prices: Needs
    rates: Needs
    growths: tuple[str, ...]


@dataclass(frozen=True)
class Assumptions:
    s3_ms: float
    dynamodb_ms: float
    list_ms: float
    line_us: float


@dataclass(frozen=True)
class Book:
    cost: prices.Book
    own: dict[str, Price]  # which `make cost` does not ask
    rooms: dict[str, Room]
    growths: dict[str, Growth]
    rates: dict[str, Rate]
    ways: dict[str, Way]
    assumed: Assumptions
    reasons: dict[str, str]  # of what is assumed

    @property
    def prices(self) -> dict[str, Price]:
        return self.cost.prices | self.own

    @property
    def limits(self) -> list[Limit]:
        return [*self.rooms.values(), *self.growths.values(), *self.rates.values()]


def load(file: Path) -> Book:
    tables = tomllib.loads(file.read_text(encoding="utf-8"))["scale"]
    assumptions = tables["assumptions"]
    return Book(
        cost=prices.load(file),
        own={name: prices.price(table) for name, table in tables["prices"].items()},
        rooms={name: _room(table) for name, table in tables["rooms"].items()},
        growths={name: Growth(**table) for name, table in tables["growths"].items()},
        rates=_door() | {name: Rate(**table) for name, table in tables["rates"].items()},
        ways={name: _way(name, table) for name, table in tables["ways"].items()},
        assumed=Assumptions(**{name: item["is"] for name, item in assumptions.items()}),
        reasons={name: item["why"] for name, item in assumptions.items()},
    )


def _room(table: dict[str, Any]) -> Room:
    return Room(table["what"], table["page"], table["seen"], size=table["is"])


def _way(name: str, table: dict[str, Any]) -> Way:
    needs = {kind: Needs(**table[kind]) for kind in ("prices", "rates")}
    items = template.default("BatchItems") if table["is_planned"] else 1
    given = {"name": name, "items": items, "growths": tuple(table["growths"])}
    return Way(**table | needs | given)


def _door() -> dict[str, Rate]:
    calls, burst = template.default("RequestsPerSecond"), template.default("RequestBurst")
    megapixels = MEGAPIXELS_PER_MINUTE / MINUTE_S
    rates = (
        Rate("`RequestsPerSecond`", "template.yaml", "ours", calls, burst),
        Rate("a key's megapixels", "credits/accounts.py", "ours", megapixels, 0),
    )
    return dict(zip(DOOR, rates, strict=True))
