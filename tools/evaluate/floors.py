"""What our own tools may not fall under: tools/floors.toml, by data set."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .dataset import DataError
from .measures import MEASURES
from .summary import Summary

FILE = Path(__file__).parents[1] / "floors.toml"
HIGHER = {measure.key for measure in MEASURES if measure.better == "higher"}

Bounds = dict[str, dict[str, float]]  # by tool, and by the measure's key


@dataclass(frozen=True)
class Floors:
    pictures: int  # that they were measured on
    least: Bounds  # of the mean; of an error the most
    losses: Bounds  # by quantizing: the upper end of the interval, picture by picture

    @property
    def tools(self) -> set[str]:
        return {*self.least, *self.losses, *map(original, self.losses)}

    def missed(self, summary: Summary) -> list[str]:
        """A sentence for each figure that is not what it has to be."""
        return [*self._uncounted(summary), *self._low(summary), *self._lost(summary)]

    def _uncounted(self, summary: Summary) -> Iterator[str]:
        for tool in sorted(self.tools):
            if (have := len(summary.rows(tool))) != self.pictures:
                yield f"{tool} has cut out {have} pictures, and the floors hold for {self.pictures}"

    def _low(self, summary: Summary) -> Iterator[str]:
        for standing in summary.standings():
            for key, floor in self.least.get(standing.tool, {}).items():
                value = standing.figures[key].mean
                if value < floor if key in HIGHER else value > floor:
                    yield f"{standing.tool}: {key} is {value:.4f}, and has to be {floor} or better"

    def _lost(self, summary: Summary) -> Iterator[str]:
        for gain in summary.gains():
            bounds = self.losses.get(gain.tool, {}) if gain.other == original(gain.tool) else {}
            for key, limit in bounds.items():
                found = gain.figures[key]
                loss = -found.low if key in HIGHER else found.high
                if loss > limit:
                    yield f"{gain.tool}: int8 costs up to {loss:.4f} {key}, and may cost {limit}"


def original(tool: str) -> str:
    """The same tool with the network as it was before it was quantized."""
    model, comma, options = tool.partition(",")
    return f"{model} fp32{comma}{options}"


def load(data_set: str, file: Path) -> Floors:
    tables = tomllib.loads(file.read_text())
    if data_set not in tables:
        raise DataError(f"{file.name} has no floors for {data_set}, only for {', '.join(tables)}")
    return Floors(**tables[data_set])
