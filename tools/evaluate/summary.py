"""From rows to the tables of the report: means by category, and differences picture by picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from . import statistics
from .scenes import LIMITS
from .score import Row
from .statistics import Estimate

ALL = "all"  # but the known limits
# Each with whom it is compared picture by picture: rembg on the same network, and itself before
# the network was quantized.
PAIRS = (
    ("cutout u2net", "rembg u2net"),
    ("cutout u2netp", "rembg u2netp"),
    ("cutout u2net", "rembg u2net -a"),
    ("cutout u2netp", "rembg u2netp -a"),
    ("cutout u2net", "cutout u2net fp32"),
    ("cutout u2netp", "cutout u2netp fp32"),
)


@dataclass(frozen=True)
class Standing:
    """A tool over the pictures of a category."""

    tool: str
    pictures: int
    refused: int
    seconds: float  # median a picture
    peak_mb: float
    figures: dict[str, Estimate]  # by the measure's key


@dataclass(frozen=True)
class Gain:
    """What tool has more of than other, over the pictures that both cut out."""

    tool: str
    other: str
    figures: dict[str, Estimate]


class Summary:
    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self.tools = list(dict.fromkeys(row.tool for row in rows))
        found = dict.fromkeys(row.category for row in rows)
        self.categories = [category for category in found if category not in LIMITS]
        self.limits = [category for category in found if category in LIMITS]

    def rows(self, tool: str, category: str = ALL) -> list[Row]:
        return [row for row in self._rows if row.tool == tool and _is_in(row.category, category)]

    def standings(self, category: str = ALL) -> list[Standing]:
        chosen = ((tool, self.rows(tool, category)) for tool in self.tools)
        return [standing(tool, rows) for tool, rows in chosen if rows]

    def gains(self, category: str = ALL) -> list[Gain]:
        return [
            gain(tool, other, self.rows(tool, category), self.rows(other, category))
            for tool, other in PAIRS
            if {tool, other} <= set(self.tools)
        ]


def _is_in(category: str, chosen: str) -> bool:
    return category not in LIMITS if chosen == ALL else category == chosen


def standing(tool: str, rows: Sequence[Row]) -> Standing:
    figures = {key: statistics.mean(column(rows, key)) for key in _keys(rows)}
    figures["f_max"] = statistics.f_max([row.scores.f_curve for row in rows])
    return Standing(
        tool=tool,
        pictures=len(rows),
        refused=sum(bool(row.outcome.answer.refused) for row in rows),
        seconds=median(row.outcome.answer.seconds for row in rows),
        peak_mb=max(row.outcome.answer.peak_mb for row in rows),
        figures=figures,
    )


def gain(tool: str, other: str, rows: Sequence[Row], other_rows: Sequence[Row]) -> Gain:
    key_of = {row.outcome.picture.key: row for row in other_rows}
    mine = [row for row in rows if row.outcome.picture.key in key_of]
    if not mine:
        return Gain(tool, other, {})
    others = [key_of[row.outcome.picture.key] for row in mine]
    figures = {
        key: statistics.mean(
            [a - b for a, b in zip(column(mine, key), column(others, key), strict=True)]
        )
        for key in _keys(mine)
    }
    figures["f_max"] = statistics.f_max_gain(
        [row.scores.f_curve for row in mine], [row.scores.f_curve for row in others]
    )
    return Gain(tool, other, figures)


def column(rows: Sequence[Row], key: str) -> list[float]:
    return [row.scores.values[key] for row in rows if key in row.scores.values]


def _keys(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in row.scores.values))
