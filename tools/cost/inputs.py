"""Reads tools/prices.toml, whose comments explain each field: prices, limits, durations."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "prices.toml"


@dataclass(frozen=True)
class Price:
    part: str
    tiers: list[list[float]]
    free: float = 0  # units a month that AWS charges to no account, however old

    def dollars(self, units: float, *, counts_free: bool = False) -> float:
        """Return what this many units in one month cost, of which the first may be free."""
        if counts_free:
            return self.dollars(units) - self.dollars(min(units, self.free))
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
    format: str = "png"  # of the cutout
    streams: bool = False  # the cutout, from Lambda through API Gateway
    kept_hours: float = 0
    traces_first: bool = False  # X-Ray records the first call of each second in any case
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
class Plan:
    """A flat-rate plan of CloudFront: one price a month for all parts of a distribution."""

    dollars: float  # a month
    gigabytes: float  # to callers, a month
    requests: float  # a month
    accepts_site: bool  # as infra/site.yaml and infra/firewall.yaml are written


@dataclass(frozen=True)
class Inputs:
    source: str  # where and when prices and durations were found
    prices: Mapping[str, Price]
    plans: Mapping[str, Plan]
    formats: Mapping[str, Mapping[str, Mapping[str, float]]]  # by format and megapixels
    monthly_dollars: float  # charged whatever the load is
    ways: Mapping[str, Way]
    limits: Mapping[str, Any]
    assumed: Mapping[str, float]
    streaming: Mapping[str, int]  # of responses
    runs: list[Run]

    def runs_of(self, way: Way) -> list[Run]:
        """Return the runs, which were measured with PNG, as they are with the format of a way; of
        the sizes for which the format was measured."""
        if way.format == "png":
            return self.runs
        measured = self.formats[way.format]
        return [
            replace(
                run,
                out_bytes=round(run.out_bytes * measured[size]["share"]),
                first_ms=run.first_ms + measured[size]["more_ms"],
                warm_ms=run.warm_ms + measured[size]["more_ms"],
            )
            for run in self.runs
            if (size := f"{run.megapixels:g}") in measured
        ]


def tables() -> dict[str, Any]:
    """Return the tables of tools/prices.toml as they are written."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def merged(table: Any, other: Any) -> Any:
    """Return a table with the values of another one in place of its own, in all their depth."""
    if not (isinstance(table, dict) and isinstance(other, dict)):
        return other
    return table | {name: merged(table.get(name), value) for name, value in other.items()}


def monthly(*names: str) -> float:
    """Return the dollars a month of charges that do not depend on the load; of all by default."""
    charges = tables()["monthly"]
    return sum(float(charges[name]["each"] * charges[name]["count"]) for name in names or charges)


def load() -> Inputs:
    return parse(tables())


def parse(written: Mapping[str, Any]) -> Inputs:
    """Return the inputs that tables like those of tools/prices.toml describe."""
    measured = written["measured"]
    return Inputs(
        source=f"durations of {measured['source']}, and prices of {written['source']}",
        prices={
            name: Price(it["part"], it["tiers"], it.get("free", 0))
            for name, it in written["prices"].items()
        },
        plans={name: Plan(**it) for name, it in written["plans"]["tiers"].items()},
        formats=written["formats"]["measured"],
        monthly_dollars=monthly(),
        ways={name: Way(**it) for name, it in written["ways"].items()},
        limits=written["limits"],
        assumed=written["assumptions"],
        streaming=written["streaming"],
        runs=[Run(**row) for row in measured["runs"]],
    )
