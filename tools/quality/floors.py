"""The figures that our own tools have to reach on each data set: tools/floors.toml."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .dataset import DataError
from .measures import BY_KEY
from .summary import Summary

FILE = Path(__file__).parents[1] / "floors.toml"

Bounds = dict[str, dict[str, float]]  # by tool, and by Measure.key


@dataclass(frozen=True)
class Floors:
    pictures: int  # the number of pictures that the floors were measured on
    least: Bounds  # of a mean; the most, where lower is better
    losses: Bounds  # the most that quantizing may cost, by the upper end of the interval

    @property
    def tools(self) -> set[str]:
        return {*self.least, *self.losses, *map(original, self.losses)}

    def missed(self, summary: Summary) -> list[str]:
        """Return a sentence for each figure that does not reach its floor."""
        return [*self._wrong_counts(summary), *self._low(summary), *self._lost(summary)]

    def _wrong_counts(self, summary: Summary) -> Iterator[str]:
        for tool in sorted(self.tools):
            if (count := len(summary.outcomes(tool))) != self.pictures:
                yield f"{tool} has cut out {count} pictures, and the floors are for {self.pictures}"

    def _low(self, summary: Summary) -> Iterator[str]:
        for standing in summary.standings():
            for key, floor in self.least.get(standing.tool, {}).items():
                value = standing.figures[key].mean
                if value < floor if BY_KEY[key].better == "higher" else value > floor:
                    yield f"{standing.tool}: {key} is {value:.4f}, and has to be {floor} or better"

    def _lost(self, summary: Summary) -> Iterator[str]:
        for gain in summary.gains():
            limits = self.losses.get(gain.tool, {}) if gain.other == original(gain.tool) else {}
            for key, limit in limits.items():
                figure = gain.figures[key]
                loss = -figure.low if BY_KEY[key].better == "higher" else figure.high
                if loss > limit:
                    yield f"{gain.tool}: int8 costs up to {loss:.4f} {key}, and may cost {limit}"


def original(tool: str) -> str:
    """Name the same tool with the network before quantization."""
    model, comma, options = tool.partition(",")
    return f"{model} fp32{comma}{options}"


def load(data_set: str, file: Path) -> Floors:
    """Read the floors of a data set; raise DataError if it has none."""
    tables = tomllib.loads(file.read_text())
    if data_set not in tables:
        raise DataError(f"{file.name} has no floors for {data_set}, only for {', '.join(tables)}")
    return Floors(**tables[data_set])
