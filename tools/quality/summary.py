"""Reduce outcomes to tables: means by tool and category, and differences picture by picture."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from . import statistics
from .run import Outcome
from .scenes import LIMITS
from .statistics import Estimate

# Tools to compare picture by picture: the best quality with rembg's and our single look, each with
# rembg on the same network, with the network before quantization, and without refinement of edges.
PAIRS = (
    ("cutout best", "rembg u2net"),
    ("cutout best", "cutout u2net"),
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

NOTABLE = 0.02  # of IoU: what a person sees, and far above rounding


@dataclass(frozen=True)
class Standing:
    """The figures of one tool over a group of pictures."""

    tool: str
    pictures: int
    refused: int
    failed: int
    seconds: float  # median for one picture
    peak_mb: float  # of the tool's process over all pictures
    figures: dict[str, Estimate]  # by Measure.key


@dataclass(frozen=True)
class Cost:
    """The median seconds and the peak memory of one tool for a picture."""

    seconds: float  # median
    peak_mb: float  # of the tool's process over all pictures


@dataclass(frozen=True)
class Gain:
    """The mean of `tool` less `other`, picture by picture."""

    tool: str
    other: str
    figures: dict[str, Estimate]
    worse: int  # pictures of which the IoU differs by more than NOTABLE
    better: int
    costs: tuple[Cost, Cost]  # of `tool` and of `other`


class Summary:
    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self._outcomes = outcomes
        self.tools = list(dict.fromkeys(one.tool for one in outcomes))
        found = dict.fromkeys(one.category for one in outcomes)
        self.categories = [category for category in found if category not in LIMITS]
        self.limits = [category for category in found if category in LIMITS]

    def outcomes(self, tool: str, category: str | None = None) -> list[Outcome]:
        """Select by tool and category; without a category, all but the known limits."""
        categories = [category] if category else self.categories
        return [one for one in self._outcomes if one.tool == tool and one.category in categories]

    def standings(self, category: str | None = None, kind: str | None = None) -> list[Standing]:
        """Summarize each tool over a category, or over the pictures with that kind of truth."""
        groups = [self.outcomes(tool, category) for tool in self.tools]
        if kind:
            groups = [[one for one in group if one.picture.kind == kind] for group in groups]
        return [standing(group) for group in groups if group]

    def gains(self, category: str | None = None) -> list[Gain]:
        """Compare each of PAIRS that was run, over a category or over all but the known limits."""
        return [
            gain(self.outcomes(tool, category), self.outcomes(other, category))
            for tool, other in PAIRS
            if {tool, other} <= set(self.tools)
        ]

    def gains_by_category(self) -> Iterator[tuple[Gain, ...]]:
        """Yield each of PAIRS that was run, compared over each category."""
        yield from zip(*(self.gains(one) for one in self.categories), strict=True)


def standing(outcomes: Sequence[Outcome]) -> Standing:
    """Summarize the outcomes of one tool. A measure that pictures lack is averaged without them."""
    figures = {key: statistics.mean(_column(outcomes, key)) for key in _keys(outcomes)}
    if outcomes[0].scores.f_curve:
        figures["f_max"] = statistics.f_max([one.scores.f_curve for one in outcomes])
    answers = [one.answer for one in outcomes if one.answer]
    cost = _cost(outcomes)
    return Standing(
        tool=outcomes[0].tool,
        pictures=len(outcomes),
        refused=sum(bool(answer.refused) for answer in answers),
        failed=len(outcomes) - len(answers),
        seconds=cost.seconds,
        peak_mb=cost.peak_mb,
        figures=figures,
    )


def gain(outcomes: Sequence[Outcome], others: Sequence[Outcome]) -> Gain:
    """Compare two tools over the same pictures in the same order."""
    figures = {
        key: statistics.mean(np.subtract(_column(outcomes, key), _column(others, key)))
        for key in _keys(outcomes)
    }
    curves, other_curves = ([one.scores.f_curve for one in side] for side in (outcomes, others))
    figures["f_max"] = statistics.f_max(curves, other_curves)
    iou = np.subtract(_column(outcomes, "iou"), _column(others, "iou"))
    return Gain(
        outcomes[0].tool,
        others[0].tool,
        figures,
        worse=int((iou < -NOTABLE).sum()),
        better=int((iou > NOTABLE).sum()),
        costs=(_cost(outcomes), _cost(others)),
    )


def _cost(outcomes: Sequence[Outcome]) -> Cost:
    answers = [one.answer for one in outcomes if one.answer]
    return Cost(
        seconds=median([answer.cut_seconds for answer in answers] or [math.nan]),
        peak_mb=max((answer.peak_mb for answer in answers), default=math.nan),
    )


def _column(outcomes: Sequence[Outcome], key: str) -> list[float]:
    return [one.scores.values[key] for one in outcomes if key in one.scores.values]


def _keys(outcomes: Sequence[Outcome]) -> list[str]:
    return list(dict.fromkeys(key for one in outcomes for key in one.scores.values))
