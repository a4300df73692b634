"""The reliability curve as an SVG drawing: predicted against observed shares of good cutouts."""

from collections.abc import Mapping, Sequence

from .confidence_fit import Bin

SIDE, MARGIN = 320, 48  # px
COLOURS = "#b45309", "#1d4ed8", "#15803d"
TICKS = 0.0, 0.2, 0.4, 0.6, 0.8, 1.0


def draw(curves: Mapping[str, Sequence[Bin]]) -> str:
    """Return the drawing of at most three curves by their names. A dot's area is its count."""
    size = SIDE + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size}" '
        f'height="{size}" font-family="sans-serif" font-size="11">',
        f'<rect width="{size}" height="{size}" fill="white"/>',
        *(_tick(one) for one in TICKS),
        f'<path d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}" stroke="#888" stroke-dasharray="4"/>',
        f'<text x="{size / 2}" y="{size - 12}" text-anchor="middle">confidence</text>',
        f'<text x="{MARGIN}" y="24">share of cutouts with an IoU of at least 0.8</text>',
    ]
    for row, ((name, bins), colour) in enumerate(zip(curves.items(), COLOURS, strict=False)):
        parts += _curve(name, bins, colour, MARGIN + 14 + 16 * row)
    return "\n".join([*parts, "</svg>", ""])


def _tick(value: float) -> str:
    return (
        f'<path d="M{_x(value)} {_y(0)}V{_y(1)}M{_x(0)} {_y(value)}H{_x(1)}" stroke="#e5e5e5"/>'
        f'<text x="{_x(value)}" y="{_y(0) + 16}" text-anchor="middle">{value:g}</text>'
        f'<text x="{_x(0) - 8}" y="{_y(value) + 4}" text-anchor="end">{value:g}</text>'
    )


def _curve(name: str, bins: Sequence[Bin], colour: str, label_px: float) -> list[str]:
    points = [(_x(one.predicted), _y(one.observed), one.count**0.5) for one in bins]
    path = "L".join(f"{x} {y}" for x, y, _ in points)
    return [
        f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>',
        *(f'<circle cx="{x}" cy="{y}" r="{r:.1f}" fill="{colour}" fill-opacity=".6"/>'
          for x, y, r in points),
        f'<text x="{MARGIN + 10}" y="{label_px}" fill="{colour}">{name}</text>',
    ]  # fmt: skip


def _x(value: float) -> float:
    return round(MARGIN + SIDE * value, 1)


def _y(value: float) -> float:
    return round(MARGIN + SIDE * (1 - value), 1)
