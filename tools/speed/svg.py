"""Small drawings as SVG that follow the reader's light or dark colours."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 680  # px
LEFT, RIGHT, TOP, BOTTOM = 64, 168, 44, 44  # px around a plot; names of lines are at its right
LINE_PX = 15  # between two names
# On white and on dark. They are near those of Okabe and Ito, which the colour-blind can tell apart.
COLOURS = {
    "ours": ("#0072b2", "#56b4e9"), "peer": ("#b34700", "#f0883e"),
    "variant": ("#007a59", "#3fc495"), "fine": ("#9a4a7d", "#e08bc0"),
    "earlier": ("#6e7781", "#9198a1"),
    # Stages, bright enough for dark numbers on them in both.
    "s0": ("#9ecae1",) * 2, "s1": ("#4a9bd9",) * 2, "s2": ("#e8762b",) * 2,
    "s3": ("#f2b134",) * 2, "s4": ("#d99ac0",) * 2, "s5": ("#3fbf95",) * 2,
}  # fmt: skip


@dataclass(frozen=True)
class Axis:
    """A scale from the values low to high onto the pixels first to last, with ticks."""

    name: str
    low: float
    high: float
    first_px: float
    last_px: float
    ticks: Sequence[float]
    is_log: bool = False
    form: str = ",g"  # of the ticks' numbers

    def px(self, value: float) -> float:
        """Return the pixel of a value."""
        scale: Callable[[float], float] = math.log if self.is_log else float
        share = (scale(value) - scale(self.low)) / (scale(self.high) - scale(self.low))
        return round(self.first_px + share * (self.last_px - self.first_px), 1)


@dataclass(frozen=True)
class Series:
    """Points in one colour; a line joins them if it is one."""

    name: str
    colour: str  # a key of COLOURS
    points: Sequence[tuple[float, float]]
    is_line: bool = True


def log_axis(name: str, values: Sequence[float], first_px: float, last_px: float) -> Axis:
    """Return a logarithmic axis with ticks at 1, 2 and 5 times powers of ten."""
    lowest, highest = min(values) / 1.25, max(values) * 1.25
    steps = [step * 10.0**power for power in range(-3, 4) for step in (1, 2, 5)]
    ticks = [step for step in steps if lowest <= step <= highest]
    return Axis(name, lowest, highest, first_px, last_px, ticks, is_log=True)


def even_axis(
    name: str, low: float, high: float, step: float, first_px: float, last_px: float
) -> Axis:
    """Return a linear axis from a multiple of the step to another one."""
    first, last = math.floor(low / step), math.ceil(high / step)
    ticks = [round(number * step, 6) for number in range(first, last + 1)]
    form = ",g" if step >= 1 else ".2f"
    return Axis(name, ticks[0], ticks[-1], first_px, last_px, ticks, form=form)


def page(height: int, title: str, parts: Sequence[str]) -> str:
    """Return a file with a drawing, on a background of its own."""
    light = "".join(f".{name}{{color:{colours[0]}}}" for name, colours in COLOURS.items())
    dark = "".join(f".{name}{{color:{colours[1]}}}" for name, colours in COLOURS.items())
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" font-family="system-ui,sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        "<style>.page{fill:#fff;stroke:#fff}text{fill:#1f2328}.grid{stroke:#d8dee4}"
        f"{light}@media(prefers-color-scheme:dark){{.page{{fill:#0d1117;stroke:#0d1117}}"
        f"text{{fill:#e6edf3}}.grid{{stroke:#30363d}}{dark}}}"
        ".name{fill:currentColor}.on{fill:#10151c}</style>",
        f'<rect class="page" width="{WIDTH}" height="{height}"/>',
        text(16, 24, title, size=14),
        *parts,
        "</svg>",
        "",
    ])  # fmt: skip


def plot(x: Axis, y: Axis, series: Sequence[Series]) -> list[str]:
    """Return axes, and each series with its name beside its last point."""
    names = [(name.points[-1], name) for name in series]
    places = _spread([y.px(point[1]) for point, _ in names])
    parts = [*_grid(x, y)]
    for (last, one), place in zip(names, places, strict=True):
        points = [(x.px(a), y.px(b)) for a, b in one.points]
        parts.append(f'<g class="{one.colour}">')
        if one.is_line:
            path = "L".join(f"{a} {b}" for a, b in points)
            parts.append(f'<path d="M{path}" fill="none" stroke="currentColor" stroke-width="2"/>')
        parts += [f'<circle cx="{a}" cy="{b}" r="4" fill="currentColor"/>' for a, b in points]
        name_px = x.last_px + 12 if one.is_line else x.px(last[0]) + 9
        parts += [text(name_px, (place if one.is_line else y.px(last[1])) + 4, one.name, "name"),
                  "</g>"]  # fmt: skip
    return parts


def bar(top_px: float, height_px: float, values: Sequence[float]) -> list[str]:
    """Return a bar over the plot's width, divided in the ratio of the values, which it shows."""
    parts, place, width = [], float(LEFT), WIDTH - LEFT - RIGHT / 2
    for number, value in enumerate(values):
        wide = width * value / sum(values)
        parts.append(
            f'<rect class="s{number}" x="{place:.1f}" y="{top_px}" width="{wide:.1f}" '
            f'height="{height_px}" fill="currentColor"/>'
        )
        if wide > 34:  # px that three digits need
            parts.append(text(place + wide / 2, top_px + height_px / 2 + 4, f"{value:,.0f}",
                              "on", "middle"))  # fmt: skip
        place += wide
    return parts


def text(
    x: float, y: float, words: str, kind: str = "", anchor: str = "start", size: int = 0
) -> str:
    """Return a text at (x, y) px; `kind` is a class of page's style, `size` in px or 0."""
    style = f' class="{kind}"' if kind else ""
    style += f' text-anchor="{anchor}"' if anchor != "start" else ""
    style += f' font-size="{size}"' if size else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{style}>{escape(words)}</text>'


def _grid(x: Axis, y: Axis) -> list[str]:
    parts = []
    for tick in x.ticks:
        px = x.px(tick)
        parts += [f'<path class="grid" d="M{px} {y.first_px}V{y.last_px}"/>',
                  text(px, y.first_px + 18, format(tick, x.form), anchor="middle")]  # fmt: skip
    for tick in y.ticks:
        px = y.px(tick)
        parts += [f'<path class="grid" d="M{x.first_px} {px}H{x.last_px}"/>',
                  text(x.first_px - 8, px + 4, format(tick, y.form), anchor="end")]  # fmt: skip
    middle = (x.first_px + x.last_px) / 2
    return [*parts, text(middle, y.first_px + 36, x.name, anchor="middle"),
            text(x.first_px, y.last_px - 8, y.name)]  # fmt: skip


def _spread(places: Sequence[float]) -> list[float]:
    """Move places down, in their order, until each is LINE_PX below the one above it."""
    moved = dict.fromkeys(range(len(places)), 0.0)
    least = -math.inf
    for number in sorted(moved, key=lambda number: places[number]):
        least = moved[number] = max(places[number], least + LINE_PX)
    return [moved[number] for number in range(len(places))]
