"""Animals, whose outline is fur."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from . import background
from .pen import OUTLINES, Colour, Fur, Pen, drawn, mirrored
from .scene import Scene, photographed

UPRIGHT, WIDE = (360, 480), (480, 360)
GINGER: Colour = (206, 128, 62)
GREY: Colour = (128, 126, 130)
CAT_EARS = (OUTLINES["cat_ear"], mirrored(OUTLINES["cat_ear"], 180))


def scenes() -> Iterator[Scene]:
    rng = np.random.default_rng(2)

    sheet = drawn(UPRIGHT, cat, GINGER, rng)
    room = background.room(UPRIGHT, (176, 196, 190), rng)
    yield photographed("cat", "animal", sheet, background.shaded(room, 190, 442, 120, 14), rng)

    sheet = drawn(WIDE, sheep, rng)
    yield photographed("sheep", "animal", sheet, background.meadow(WIDE, 150), rng)

    sheet = drawn(WIDE, hedgehog, rng)
    gravel = 0.6 * background.photograph(WIDE, "gravel.png", 3) + np.array((70, 58, 40), np.float32)
    shaded = background.shaded(gravel, 240, 272, 170, 16)
    yield photographed("hedgehog", "animal", sheet, shaded, rng)


def cat(pen: Pen, coat: Colour, rng: np.random.Generator) -> None:
    """Draw a cat that sits and faces us, in a frame of 360 x 480 px."""
    pale: Colour = (238, 222, 204)
    _furry(pen, OUTLINES["cat_tail"], Fur(coat, 500, 14, 1.4, (0, 0), 0.5, 0.2, 0.6), rng)
    _furry(pen, OUTLINES["cat_body"], Fur(coat, 1300, 17, 1.5, (0, 0.9), 0.4, 0.15, 0.2), rng)
    _furry(pen, OUTLINES["cat_chest"], Fur(pale, 350, 16, 1.5, (0, 1.2), 0.4, 0.2, 0.2), rng)
    for x in (148, 212):
        paw = [(x, 330), (x - 17, 380), (x - 24, 436), (x, 450), (x + 24, 436), (x + 17, 380)]
        _furry(pen, paw, Fur(coat, 200, 8, 1.3, (0, 1), 0.4, 0.2, 0.5), rng)
        pen.blob([(x - 22, 436), (x, 426), (x + 22, 436), (x, 452)], pale)
    for ear in CAT_EARS:
        _furry(pen, ear, Fur(coat, 160, 9, 1.2, (0, -0.5), 0.4, 0.2, 0.5), rng)
        pen.blob(0.55 * ear + 0.45 * np.mean(ear, 0), (214, 150, 136))
    _furry(pen, OUTLINES["cat_head"], Fur(coat, 900, 13, 1.4, (0, 0.2), 0.4, 0.2, 0.2), rng)
    _furry(pen, OUTLINES["cat_muzzle"], Fur(pale, 160, 7, 1.3, (0, 0.4), 0.5, 0.2, 0.3), rng)
    for x in (148, 212):
        pen.ellipse(x, 146, 14, 12, (40, 30, 24))
        pen.ellipse(x, 146, 12, 10, (150, 178, 70))
        pen.ellipse(x, 146, 3.5, 9, (10, 10, 10))
        pen.ellipse(x - 4, 142, 2, 2, (250, 250, 250))
    pen.blob([(170, 170), (190, 170), (180, 181)], (204, 116, 112))
    pen.stroke([(180, 180), (178, 190), (164, 194)], 1.6, (90, 60, 50))
    pen.stroke([(180, 180), (182, 190), (196, 194)], 1.6, (90, 60, 50))
    for rise in (-12, 0, 12):
        whisker = np.array([(158, 186), (110, 180 + rise), (66, 186 + 2 * rise)])
        pen.stroke(whisker, 1.6, (250, 248, 244), end=0.5)
        pen.stroke(mirrored(whisker, 180), 1.6, (250, 248, 244), end=0.5)


def sheep(pen: Pen, rng: np.random.Generator) -> None:
    """Draw a sheep from the side, in a frame of 480 x 360 px."""
    for x, shade in ((160, 40), (300, 40), (186, 56), (326, 56)):
        pen.polygon([(x - 9, 230), (x + 9, 230), (x + 7, 320), (x - 7, 320)], (shade,) * 3)
    wool = Fur((232, 226, 212), 2400, 13, 2.2, (0, 0.1), 0.9, 0.35, 0)
    _furry(pen, OUTLINES["wool"], wool, rng)
    pen.blob([(346, 136), (316, 142), (308, 158), (334, 160)], (78, 66, 62))
    face = Fur((56, 48, 46), 260, 5, 1.2, (0, 0.6), 0.4, 0.1, 0.3)
    _furry(pen, OUTLINES["sheep_head"], face, rng)
    crown = Fur((236, 230, 216), 220, 9, 2, (0, 0), 0.9, 0.35, 0.2)
    _furry(pen, OUTLINES["sheep_crown"], crown, rng)
    pen.ellipse(372, 156, 4.5, 4, (230, 200, 120))
    pen.ellipse(373, 156, 2, 3, (10, 10, 10))
    pen.stroke([(378, 200), (390, 196), (398, 188)], 1.5, (24, 20, 20))


def hedgehog(pen: Pen, rng: np.random.Generator) -> None:
    """Draw a hedgehog from the side, in a frame of 480 x 360 px."""
    for x in (170, 210, 290, 322):
        pen.blob([(x - 14, 244), (x + 10, 244), (x + 20, 272), (x - 10, 274)], (104, 78, 60))
    spines, snout = OUTLINES["spines"], OUTLINES["snout"]
    _furry(pen, spines, Fur((84, 66, 52), 900, 24, 2.2, (-1.1, 0), 0.3, 0.05, 0), rng)
    pen.grow(spines, Fur((196, 178, 148), 900, 24, 1.5, (-1.1, -0.1), 0.3, 0.05, 0), rng)
    _furry(pen, snout, Fur((150, 120, 92), 700, 11, 1.3, (-0.7, 0.3), 0.4, 0.2, 0.1), rng)
    pen.ellipse(334, 178, 13, 15, (120, 92, 72))
    pen.ellipse(368, 204, 5.5, 5.5, (16, 12, 12))
    pen.ellipse(366, 202, 1.6, 1.6, (250, 250, 250))
    pen.ellipse(417, 233, 8, 7, (24, 18, 18))
    pen.stroke([(404, 244), (386, 244), (372, 238)], 1.6, (80, 58, 44))


def _furry(pen: Pen, shape: ArrayLike, fur: Fur, rng: np.random.Generator) -> None:
    pen.blob(shape, tuple(int(c * 0.85) for c in fur.colour))
    pen.grow(shape, fur, rng)
