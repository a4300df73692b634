"""Products on a table. Their shadows belong to the table."""

from collections.abc import Iterator

import numpy as np

from . import background
from .pen import CLEAR, OUTLINES, Colour, Pen, drawn
from .scene import Scene, photographed

WIDE, UPRIGHT = (480, 360), (360, 480)
BLUE: Colour = (44, 92, 150)
WHITE: Colour = (238, 236, 230)


def scenes() -> Iterator[Scene]:
    rng = np.random.default_rng(3)

    sheet = drawn(WIDE, lambda pen: mug(pen.at(100, 40), BLUE))
    behind = background.table(WIDE, (214, 208, 196), (150, 108, 72), 230, rng)
    yield photographed("mug", "product", sheet, background.shaded(behind, 236, 300, 130, 20), rng)

    sheet = drawn(UPRIGHT, bottle)
    behind = background.table(UPRIGHT, (226, 224, 220), (196, 190, 182), 330, rng)
    shaded = background.shaded(behind, 210, 432, 130, 22)
    yield photographed("bottle", "product", sheet, shaded, rng)

    sheet = drawn(WIDE, shoe)
    ground = 0.5 * background.photograph(WIDE, "coffee.png", 14) + 60
    yield photographed("shoe", "product", sheet, background.shaded(ground, 246, 292, 200, 14), rng)


def mug(pen: Pen, colour: Colour) -> None:
    """Draw a mug in a frame of 280 x 280 px; its handle shows the table."""
    deep, pale = tuple(int(c * 0.8) for c in colour), tuple(min(255, c + 40) for c in colour)
    pen.ellipse(206, 142, 56, 68, deep)
    pen.ellipse(206, 142, 35, 46, CLEAR)
    pen.polygon([(40, 40), (204, 40), (196, 246), (48, 246)], colour)
    pen.ellipse(122, 246, 74, 18, colour)
    pen.ellipse(122, 40, 82, 22, pale)
    pen.ellipse(122, 41, 74, 17, (60, 40, 30))
    for y in (110, 126):
        pen.stroke([(46, y), (122, y + 20), (198, y)], 8, WHITE)


def bottle(pen: Pen) -> None:
    """Draw a bottle in a frame of 360 x 480 px."""
    glass: Colour = (36, 92, 60)
    pen.polygon(OUTLINES["bottle"], glass)
    pen.ellipse(180, 430, 66, 10, glass)
    pen.box(148, 34, 212, 74, (196, 160, 70))
    pen.box(148, 66, 212, 70, (150, 118, 44))
    pen.stroke([(128, 236), (126, 300), (128, 410)], 6, (112, 168, 136))
    pen.box(110, 260, 250, 384, (240, 232, 212))
    pen.box(110, 268, 250, 272, (160, 40, 44))
    pen.box(110, 372, 250, 376, (160, 40, 44))
    pen.text(180, 310, "OLIO", 44, (60, 70, 40))
    pen.text(180, 346, "extra vergine", 17, (60, 70, 40))


def shoe(pen: Pen) -> None:
    """Draw a shoe in a frame of 480 x 360 px."""
    red: Colour = (186, 46, 48)
    pen.blob(OUTLINES["shoe"], red)
    pen.blob([(84, 132), (96, 124), (148, 134), (136, 150), (100, 152)], (60, 24, 26))
    pen.blob([(352, 218), (392, 226), (416, 246), (418, 264), (366, 268), (346, 244)], WHITE)
    pen.blob([(72, 190), (104, 200), (110, 262), (76, 266)], (140, 30, 36))
    pen.blob(OUTLINES["sole"], WHITE)
    pen.stroke([(66, 276), (240, 282), (428, 274)], 3, (150, 148, 142))
    for x, y in ((178, 146), (206, 162), (234, 178), (262, 190), (290, 200)):
        pen.stroke([(x, y), (x - 14, y + 18), (x - 20, y + 34)], 6, WHITE)
    pen.stroke([(150, 250), (210, 236), (270, 206)], 12, WHITE, end=5)
