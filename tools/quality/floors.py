"""The figures that our own tools have to reach on each data set: tools/floors.toml."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .dataset import DataError
from .measures import BY_KEY
from .summary import Summary

FILE = Path(__file__).parents[1] / "floors.toml"

Bounds = dict[str, dict[str, float]]  # by tool or pair of tools, and by Measure.key
LESS = " less "  # between the tools of a pair
# How far a floor lies beyond what was measured: the least that the floors have had since they were
# first set, within which no processor and no harmless change has moved a mean.
MARGINS = {"mae": 0.0015, "fringe": 0.5}
MARGIN = 0.006  # of all other measures


@dataclass(frozen=True)
class Floors:
    pictures: int  # the number of pictures that the floors were measured on
    least: Bounds  # of a tool's mean; the most, where lower is better
    losses: Bounds  # the most that the first of a pair may lose, by the worse end of the interval

    @property
    def tools(self) -> set[str]:
        return {*self.least, *(tool for pair in self.losses for tool in pair.split(LESS))}

    def missed(self, summary: Summary) -> list[str]:
        """Return a sentence for each figure that does not reach its floor."""
        return [*self._wrong_counts(summary), *self._low(summary), *self._lost(summary)]

    def proposed(self, summary: Summary) -> str:
        """Write the table `least` as it would be for the figures of a run, in TOML."""
        lines = [
            f'least."{one.tool}" = {{ '
            + ", ".join(f"{key} = {_floor(key, one.figures[key].mean)}"
                        for key in self.least[one.tool])
            + " }\n"
            for one in summary.standings() if one.tool in self.least
        ]  # fmt: skip
        return "".join(lines)

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
            for key, limit in self.losses.get(f"{gain.tool}{LESS}{gain.other}", {}).items():
                figure = gain.figures[key]
                loss = -figure.low if BY_KEY[key].better == "higher" else figure.high
                if loss > limit:
                    yield (
                        f"{gain.tool} loses up to {loss:.4f} {key} to {gain.other}, "
                        f"and may lose {limit}"
                    )


def _floor(key: str, mean: float) -> float:
    margin = MARGINS.get(key, MARGIN)
    return round(mean - margin if BY_KEY[key].better == "higher" else mean + margin, 4)


def load(data_set: str, file: Path) -> Floors:
    """Read the floors of a data set; raise DataError if it has none."""
    tables = tomllib.loads(file.read_text())
    if data_set not in tables:
        raise DataError(f"{file.name} has no floors for {data_set}, only for {', '.join(tables)}")
    return Floors(**tables[data_set])
