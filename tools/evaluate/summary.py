"""From rows to the tables of the report: means by category, and differences picture by picture."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

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
    ("cutout u2net, edges off", "cutout u2net fp32, edges off"),
    ("cutout u2netp, edges off", "cutout u2netp fp32, edges off"),
    ("cutout u2net", "cutout u2net, edges off"),
    ("cutout u2netp", "cutout u2netp, edges off"),
)


@dataclass(frozen=True)
class Standing:
    """A tool over the pictures of a category."""

    tool: str
    pictures: int
    refused: int
    failed: int
    seconds: float  # median a picture
    peak_mb: float  # of the tool's process, over all pictures
    figures: dict[str, Estimate]  # by the measure's key


@dataclass(frozen=True)
class Gain:
    """What tool has more of than other, picture by picture."""

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
    answers = [row.outcome.answer for row in rows if row.outcome.answer]
    figures["f_max"] = statistics.f_max([row.scores.f_curve for row in rows])
    return Standing(
        tool=tool,
        pictures=len(rows),
        refused=sum(bool(answer.refused) for answer in answers),
        failed=len(rows) - len(answers),
        seconds=median([answer.seconds for answer in answers] or [math.nan]),
        peak_mb=max((answer.peak_mb for answer in answers), default=math.nan),
        figures=figures,
    )


def gain(tool: str, other: str, rows: Sequence[Row], other_rows: Sequence[Row]) -> Gain:
    """Both rows are of the same pictures, in the same order."""
    figures = {
        key: statistics.mean(np.subtract(column(rows, key), column(other_rows, key)))
        for key in _keys(rows)
    }
    curves, other_curves = ([row.scores.f_curve for row in side] for side in (rows, other_rows))
    figures["f_max"] = statistics.f_max_gain(curves, other_curves)
    return Gain(tool, other, figures)


def column(rows: Sequence[Row], key: str) -> list[float]:
    return [row.scores.values[key] for row in rows if key in row.scores.values]


def _keys(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in row.scores.values))
