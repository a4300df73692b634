"""Subjects that show the background: spokes, glass and strings."""

from collections.abc import Iterator

import numpy as np

from . import background
from .pen import CLEAR, OUTLINES, Colour, Pen, Points, curve, drawn
from .scene import Scene, photographed

WIDE, UPRIGHT = (480, 360), (360, 480)
CLEAR_GLASS: Colour = (214, 228, 234, 102)  # an opacity of 40 %
THICK_GLASS: Colour = (236, 244, 248, 190)
MORTAR = np.array((70, 40, 28), np.float32)
WINE: Colour = (120, 18, 40, 235)
BOWL = curve(OUTLINES["bowl"])


def scenes() -> Iterator[Scene]:
    rng = np.random.default_rng(5)

    sheet = drawn(WIDE, wheel)
    bricks = 0.7 * background.photograph(WIDE, "brick.png", 1.5) + MORTAR
    yield photographed("wheel", "hard", sheet, bricks, rng)

    sheet = drawn(UPRIGHT, glass)
    behind = background.table(UPRIGHT, (96, 110, 118), (120, 84, 58), 340, rng)
    yield photographed("glass", "hard", sheet, background.shaded(behind, 200, 436, 90, 12), rng)

    sheet = drawn(UPRIGHT, racket)
    yield photographed("racket", "hard", sheet, background.clutter(UPRIGHT, rng), rng)


def wheel(pen: Pen) -> None:
    hub = pen.at(240, 180)
    hub.ellipse(0, 0, 158, 158, (34, 34, 36))
    hub.ellipse(0, 0, 142, 142, (186, 190, 196))
    hub.ellipse(0, 0, 132, 132, CLEAR)
    for index, turn in enumerate(np.arange(0, 2 * np.pi, 2 * np.pi / 28)):
        foot = turn + (0.9 if index % 2 else -0.9)
        inner, outer = 16 * np.exp(1j * foot), 134 * np.exp(1j * turn)
        hub.stroke([(inner.real, inner.imag), (outer.real, outer.imag)], 1.6, (212, 216, 222))
    hub.ellipse(0, 0, 19, 19, (120, 124, 132))
    hub.ellipse(0, 0, 7, 7, (40, 40, 44))


def glass(pen: Pen) -> None:
    """Draw a wine glass, half full."""
    pen.polygon([(176, 250), (184, 250), (188, 420), (172, 420)], THICK_GLASS)
    pen.ellipse(180, 428, 66, 13, CLEAR_GLASS)
    pen.stroke([(114, 428), (140, 439), (180, 441), (220, 439), (246, 428)], 3, THICK_GLASS)
    pen.polygon([(172, 400), (188, 400), (206, 426), (154, 426)], THICK_GLASS)
    pen.polygon(below(BOWL, 84), CLEAR_GLASS)
    pen.polygon(below(BOWL, 176), WINE)
    pen.ellipse(180, 177, 71, 11, (150, 34, 56, 235))
    pen.stroke(OUTLINES["bowl"], 3, THICK_GLASS)
    pen.ellipse(180, 84, 69.5, 11.5, THICK_GLASS)
    pen.ellipse(180, 84, 67, 9.5, CLEAR_GLASS)
    pen.stroke([(128, 110), (124, 150), (134, 200)], 7, (250, 252, 255, 220), end=2)


def below(points: Points, top: float) -> Points:
    return points[points[:, 1] >= top]


def racket(pen: Pen) -> None:
    frame: Colour = (232, 66, 40)
    pen.ellipse(180, 158, 112, 140, frame)
    pen.ellipse(180, 158, 101, 129, CLEAR)
    for x in np.arange(-92, 93, 11.5):
        reach = 130 * np.sqrt(1 - (x / 103) ** 2)
        pen.stroke([(180 + x, 158 - reach), (180 + x, 158 + reach)], 1.4, (240, 240, 232))
    for y in np.arange(-119, 120, 11.5):
        reach = 102 * np.sqrt(1 - (y / 131) ** 2)
        pen.stroke([(180 - reach, 158 + y), (180 + reach, 158 + y)], 1.4, (240, 240, 232))
    pen.stroke([(132, 276), (158, 310), (172, 346)], 12, frame)
    pen.stroke([(228, 276), (202, 310), (188, 346)], 12, frame)
    pen.box(168, 336, 192, 384, frame)
    pen.box(163, 378, 197, 472, (38, 40, 48))
    for y in range(388, 470, 12):
        pen.stroke([(163, y + 6), (197, y - 4)], 2, (84, 88, 98))
