"""Head and shoulders, with hair finer than a pixel."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from . import background
from .pen import OUTLINES, Colour, Fur, Pen, drawn, mirrored
from .scene import Scene, photographed

UPRIGHT = (360, 480)
LOCKS = (OUTLINES["lock"], mirrored(OUTLINES["lock"], 180))


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
        sheet = drawn(UPRIGHT, person, look, rng)
        yield photographed(name, "portrait", sheet, behind, rng)


def person(pen: Pen, look: Look, rng: np.random.Generator) -> None:
    """Draw a person in a frame of 360 x 480 px."""
    _hair_behind(pen, look, rng)
    pen.blob(OUTLINES["shoulders"], look.clothes)
    pen.polygon(OUTLINES["neck"], _dark(look.skin, 0.85))
    for ear in (117, 243):
        pen.ellipse(ear, 192, 9, 17, _dark(look.skin, 0.9))
    pen.blob(OUTLINES["head"], look.skin)
    _hair_in_front(pen, look, rng)
    _face(pen, look)


def _hair_behind(pen: Pen, look: Look, rng: np.random.Generator) -> None:
    if look.style == "long":
        pen.blob(OUTLINES["long_hair"], _dark(look.hair, 0.8))
        for fur in (
            Fur(look.hair, 420, 46, 1.8, (0, 3), 0.25, 0.1, 0.8),
            Fur(look.hair, 150, 42, 1.3, (0, 1.1), 0.5, 0.25, 0.95),
        ):
            pen.grow(OUTLINES["long_hair"], fur, rng)
    if look.style == "curly":
        pen.blob(OUTLINES["curls"], _dark(look.hair, 0.8))
        pen.grow(OUTLINES["curls"], Fur(look.hair, 900, 20, 1.7, (0, 0), 0.8, 0.35, 0.7), rng)


def _hair_in_front(pen: Pen, look: Look, rng: np.random.Generator) -> None:
    hair = look.hair
    parts = {
        "long": [(lock, Fur(hair, 110, 26, 1.5, (0, 3), 0.15, 0.1, 0.5)) for lock in LOCKS],
        "short": [
            (OUTLINES["crop"], Fur(hair, 420, 13, 1.4, (0.3, -0.4), 0.4, 0.2, 0.7)),
            (OUTLINES["beard"], Fur(hair, 380, 6, 1.2, (0, 1.6), 0.3, 0.2, 0.5)),
        ],
        "curly": [(OUTLINES["forehead"], Fur(hair, 260, 9, 1.7, (0, 0), 1.2, 0.35, 0.6))],
    }
    for shape, fur in parts[look.style]:
        pen.blob(shape, hair)
        pen.grow(shape, fur, rng)


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
