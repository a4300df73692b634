"""Head and shoulders, with hair that a pixel does not hold."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from . import background
from .fur import Fur, grow
from .scene import Scene, photographed
from .sheet import Colour, Pen, Sheet, mirrored

UPRIGHT = (360, 480)
MIDDLE = 180  # px, what a face is symmetrical about

HEAD = [(118, 170), (123, 222), (146, 262), (180, 277), (214, 262), (237, 222), (242, 170)]
HEAD += [(228, 122), (180, 102), (132, 122)]
NECK = [(150, 240), (210, 240), (222, 322), (180, 346), (138, 322)]
SHOULDERS = [(-14, 520), (12, 405), (66, 352), (142, 318), (180, 330), (218, 318), (294, 352)]
SHOULDERS += [(348, 405), (374, 520)]
LONG_HAIR = [(180, 76), (122, 92), (94, 155), (88, 260), (78, 352), (120, 376), (240, 376)]
LONG_HAIR += [(282, 352), (272, 260), (266, 155), (238, 92)]
LOCK = [(188, 84), (140, 92), (106, 140), (98, 230), (114, 236), (126, 176), (156, 132)]
LOCK += [(190, 112)]
CROP = [(116, 186), (108, 140), (124, 94), (180, 72), (236, 94), (252, 140), (244, 186)]
CROP += [(236, 152), (214, 128), (180, 122), (146, 128), (124, 152)]
CURLS = [(180, 46), (112, 66), (74, 128), (78, 200), (112, 236), (248, 236), (282, 200)]
CURLS += [(286, 128), (248, 66)]
FOREHEAD = [(118, 172), (112, 130), (136, 92), (180, 82), (224, 92), (248, 130), (242, 172)]
FOREHEAD += [(228, 138), (180, 120), (132, 138)]
BEARD = [(119, 200), (124, 238), (148, 276), (180, 290), (212, 276), (236, 238), (241, 200)]
BEARD += [(226, 226), (204, 230), (180, 226), (156, 230), (134, 226)]


@dataclass(frozen=True)
class Look:
    skin: Colour
    hair: Colour
    clothes: Colour
    style: str  # "long", "short" or "curly"


ANN = Look((232, 190, 165), (70, 42, 28), (60, 96, 150), "long")
BEN = Look((205, 152, 118), (40, 34, 32), (150, 52, 48), "short")
CLEO = Look((141, 94, 68), (34, 24, 22), (226, 178, 62), "curly")


def scenes() -> Iterator[Scene]:
    rng = np.random.default_rng(1)
    backgrounds = {
        "long-hair": (ANN, background.bokeh(UPRIGHT, (58, 74, 84), rng)),
        "beard": (BEN, background.room(UPRIGHT, (206, 204, 190), rng)),
        "curls": (CLEO, background.gradient(UPRIGHT, (196, 214, 222), (142, 166, 180))),
    }
    for name, (look, behind) in backgrounds.items():
        sheet = Sheet(UPRIGHT)
        person(sheet.pen, look, rng)
        yield photographed(name, "portrait", sheet, behind, rng)


def person(pen: Pen, look: Look, rng: np.random.Generator) -> None:
    """In a frame of 360 x 480 px."""
    _hair_behind(pen, look, rng)
    pen.blob(SHOULDERS, look.clothes)
    pen.polygon(NECK, _dark(look.skin, 0.85))
    for ear in (117, 243):
        pen.ellipse(ear, 192, 9, 17, _dark(look.skin, 0.9))
    pen.blob(HEAD, look.skin)
    _hair_before(pen, look, rng)
    _face(pen, look)


def _hair_behind(pen: Pen, look: Look, rng: np.random.Generator) -> None:
    if look.style == "long":
        pen.blob(LONG_HAIR, _dark(look.hair, 0.8))
        grow(pen, LONG_HAIR, Fur(look.hair, 420, 46, 1.8, (0, 3), 0.25, 0.1, 0.8), rng)
        grow(pen, LONG_HAIR, Fur(look.hair, 150, 42, 1.3, (0, 1.1), 0.5, 0.25, 0.95), rng)
    if look.style == "curly":
        pen.blob(CURLS, _dark(look.hair, 0.8))
        grow(pen, CURLS, Fur(look.hair, 900, 20, 1.7, (0, 0), 0.8, 0.35, 0.7), rng)


def _hair_before(pen: Pen, look: Look, rng: np.random.Generator) -> None:
    if look.style == "long":
        for lock in (LOCK, mirrored(LOCK, MIDDLE)):
            pen.blob(lock, look.hair)
            grow(pen, lock, Fur(look.hair, 110, 26, 1.5, (0, 3), 0.15, 0.1, 0.5), rng)
    elif look.style == "short":
        pen.blob(CROP, look.hair)
        grow(pen, CROP, Fur(look.hair, 420, 13, 1.4, (0.3, -0.4), 0.4, 0.2, 0.7), rng)
        pen.blob(BEARD, look.hair)
        grow(pen, BEARD, Fur(look.hair, 380, 6, 1.2, (0, 1.6), 0.3, 0.2, 0.5), rng)
    else:
        pen.blob(FOREHEAD, look.hair)
        grow(pen, FOREHEAD, Fur(look.hair, 260, 9, 1.7, (0, 0), 1.2, 0.35, 0.6), rng)


def _face(pen: Pen, look: Look) -> None:
    shadow, lips = _dark(look.skin, 0.78), (176, 84, 80)
    for x in (153, 207):
        pen.ellipse(x, 186, 12, 6.5, (244, 240, 236))
        pen.ellipse(x, 186, 6, 6, (82, 62, 44))
        pen.ellipse(x, 186, 2.8, 2.8, (14, 12, 12))
        pen.stroke([(x - 14, 182), (x, 177), (x + 14, 182)], 2, (50, 36, 30))
        pen.stroke([(x - 17, 168), (x, 163), (x + 17, 168)], 4, look.hair)
    pen.stroke([(184, 186), (190, 218), (181, 223), (172, 219)], 2.5, shadow)
    pen.blob([(156, 244), (174, 239), (180, 241), (186, 239), (204, 244), (180, 255)], lips)
    pen.stroke([(158, 244), (180, 247), (202, 244)], 1.6, _dark(lips, 0.6))


def _dark(colour: Colour, share: float) -> Colour:
    return tuple(int(c * share) for c in colour)
