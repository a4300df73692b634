"""Reads tools/prices.toml, whose comments explain each field: prices, limits, durations."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "prices.toml"


@dataclass(frozen=True)
class Price:
    part: str
    tiers: list[list[float]]

    def dollars(self, units: float) -> float:
        """Return what this many units in one month cost."""
        total = start = 0.0
        for end, each in self.tiers:
            total += max(0.0, min(units, end) - start) * each
            start = end
        return total


@dataclass(frozen=True)
class Way:
    units: Mapping[str, float]
    requests: Mapping[str, float] = field(default_factory=dict)
    worker_calls: float = 1
    waits: Mapping[str, float] = field(default_factory=dict)
    api_ms: float = 0
    serial_ms: float = 0
    bytes_in: str = ""
    bytes_out: str = ""
    streams: bool = False  # the cutout, from Lambda through API Gateway
    kept_hours: float = 0
    concurrency: Any = None  # None where the clients decide


@dataclass(frozen=True)
class Run:
    model: str
    megapixels: float
    init_ms: float
    first_ms: float
    warm_ms: float
    in_bytes: int
    out_bytes: int
    log_bytes: int  # written by a warm call, without Lambda's own lines


@dataclass(frozen=True)
class Inputs:
    source: str  # where and when prices and durations were found
    prices: Mapping[str, Price]
    monthly_dollars: float  # charged whatever the load is
    ways: Mapping[str, Way]
    limits: Mapping[str, Any]
    assumed: Mapping[str, float]
    streaming: Mapping[str, int]  # of responses
    runs: list[Run]


def tables() -> dict[str, Any]:
    """Return the tables of tools/prices.toml as they are written."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def monthly(*names: str) -> float:
    """Return the dollars a month of charges that do not depend on the load; of all by default."""
    charges = tables()["monthly"]
    return sum(float(charges[name]["each"] * charges[name]["count"]) for name in names or charges)


def load() -> Inputs:
    written = tables()
    measured = written["measured"]
    return Inputs(
        source=f"durations of {measured['source']}, and prices of {written['source']}",
        prices={name: Price(it["part"], it["tiers"]) for name, it in written["prices"].items()},
        monthly_dollars=monthly(),
        ways={name: Way(**it) for name, it in written["ways"].items()},
        limits=written["limits"],
        assumed=written["assumptions"],
        streaming=written["streaming"],
        runs=[Run(**row) for row in measured["runs"]],
    )
