"""Quality against time, as places in an SVG."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .summary import Standing

LEFT, RIGHT, TOP, BOTTOM = 56, 720, 32, 340  # px, of the axes
WIDTH, HEIGHT = 760, 390
TIMES = [step * 10.0**power for power in range(-4, 3) for step in (1, 3)]  # s


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class Point:
    number: int
    tool: str
    x: float
    y: float


@dataclass(frozen=True)
class Scatter:
    title: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    points: list[Point]
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = BOTTOM
    width: int = WIDTH
    height: int = HEIGHT


def scatter(standings: Sequence[Standing], key: str, title: str) -> Scatter:
    standings = [one for one in standings if one.pictures > one.failed]  # others took no time
    seconds = [min(max(one.seconds, TIMES[0]), TIMES[-1]) for one in standings]
    first = max(time for time in TIMES if time <= min(seconds, default=1))
    last = min(time for time in TIMES if time >= max(seconds, default=1))
    lowest = min((one.figures[key].mean for one in standings), default=0.9)
    low = min(0.9, math.floor(lowest * 10) / 10)

    def x(time: float) -> float:
        return LEFT + (RIGHT - LEFT) * math.log(time / first) / math.log(max(last / first, 3))

    def y(value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (value - low) / (1 - low)

    points = [
        Point(number, one.tool, x(time), y(one.figures[key].mean))
        for number, (one, time) in enumerate(zip(standings, seconds, strict=True), start=1)
    ]
    tenths = range(round(low * 10), 11)
    return Scatter(
        title=title,
        x_ticks=[Tick(x(time), f"{time:g}") for time in TIMES if first <= time <= last],
        y_ticks=[Tick(y(tenth / 10), f"{tenth / 10:.1f}") for tenth in tenths],
        points=points,
    )
