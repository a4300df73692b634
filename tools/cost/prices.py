"""tools/prices.toml: prices, and what is assumed of a service."""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tools.contenders.catalogue import ROOT

FILE = ROOT / "tools" / "prices.toml"


@dataclass(frozen=True)
class Price:
    part: str
    unit: str
    tiers: tuple[tuple[float, float], ...]  # up to how many units a month, dollars for each
    page: str
    seen: str

    def dollars(self, units: float) -> float:
        """Of so many units in a month."""
        total = start = 0.0
        for end, each in self.tiers:
            total += max(0.0, min(units, end) - start) * each
            start = end
        return total


@dataclass(frozen=True)
class Door:
    """What a picture needs by this way in."""

    mark: str
    why: str
    calls: int
    s3_puts: int
    s3_gets: int
    dynamodb_writes: int
    dynamodb_reads: int


@dataclass(frozen=True)
class Assumptions:
    memory_mb: int
    days_a_month: float
    peak_factor: float
    covered: float
    keep_warm_s: float
    environment_hours: float
    upload_call_ms: float
    stored_hours: float
    platform_log_bytes: float
    access_log_bytes: float
    traced_share: float


@dataclass(frozen=True)
class Fixed:
    """What stands there whatever the load."""

    each: float  # dollars a month
    count: float


@dataclass(frozen=True)
class Book:
    region: str
    date: date
    prices: dict[str, Price]
    fixed: dict[str, Fixed]
    direct: Door
    upload: Door
    assumed: Assumptions
    reasons: dict[str, str]  # of what is assumed

    @property
    def monthly(self) -> float:
        """Dollars for all that is fixed."""
        return sum(item.each * item.count for item in self.fixed.values())


def load(file: Path) -> Book:
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    assumptions = tables["assumptions"]
    return Book(
        region=tables["region"],
        date=tables["date"],
        prices={name: price(table) for name, table in tables["prices"].items()},
        fixed={name: Fixed(**table) for name, table in tables["monthly"].items()},
        direct=Door(**tables["doors"]["direct"]),
        upload=Door(**tables["doors"]["upload"]),
        assumed=Assumptions(**{name: item["is"] for name, item in assumptions.items()}),
        reasons={name: item["why"] for name, item in assumptions.items()},
    )


def price(table: dict[str, Any]) -> Price:
    tiers = tuple((end, each) for end, each in table["tiers"])
    return Price(**table | {"tiers": tiers})
