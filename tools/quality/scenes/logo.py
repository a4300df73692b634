"""Flat shapes with sharp edges and holes that show the background."""

from collections.abc import Iterator

import numpy as np

from . import background
from .pen import CLEAR, Pen, Points, drawn
from .scene import Scene, composed

WIDE = (480, 360)


def scenes() -> Iterator[Scene]:
    rng = np.random.default_rng(4)
    drawings = {
        "ring": (ring, background.gradient(WIDE, (236, 238, 242), (198, 206, 218))),
        "letters": (letters, background.textured(WIDE, (226, 216, 196), rng)),
        "badge": (badge, background.photograph(WIDE, "rocket.jpg", 9)),
    }
    for name, (drawing, behind) in drawings.items():
        colours, alpha = drawn(WIDE, drawing).straight()
        yield composed(name, "logo", alpha, colours, behind)


def ring(pen: Pen) -> None:
    pen.ellipse(240, 180, 140, 140, (228, 84, 40))
    pen.ellipse(240, 180, 104, 104, CLEAR)
    pen.polygon(star(240, 180, 92, 38), (36, 60, 120))


def letters(pen: Pen) -> None:
    pen.text(240, 168, "B8R", 210, (28, 88, 92))
    pen.box(72, 270, 428, 286, (214, 70, 62))


def badge(pen: Pen) -> None:
    sides = np.deg2rad(np.arange(30, 390, 60))
    hexagon = np.stack([np.cos(sides), np.sin(sides)], 1)
    pen.polygon(hexagon * 150 + (240, 180), (250, 196, 46))
    pen.polygon(hexagon * 128 + (240, 180), (32, 36, 52))
    bolt = [(262, 74), (178, 196), (232, 196), (216, 288), (304, 158), (248, 158)]
    pen.polygon(bolt, CLEAR)


def star(x: float, y: float, outer: float, inner: float) -> Points:
    turn = np.deg2rad(np.arange(-90, 270, 36))
    radius = np.where(np.arange(10) % 2, inner, outer)
    return np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], 1)
