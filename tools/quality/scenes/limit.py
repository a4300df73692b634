"""Known limits of tools. The number in a name counts subjects, levels of colour or px."""

from collections.abc import Iterator

import numpy as np

from . import animal, background, portrait, product
from .pen import OUTLINES, Colour, Pen, drawn
from .scene import RGB, Scene, Soft, composed, photographed

WIDE = (480, 360)
DELTAS = (4, 8, 16, 32)  # levels by which the subject is lighter than the background
MOTIONS_PX = (8, 16, 24, 48)
EXTENTS_PX = (8, 12, 20, 28)


def scenes() -> Iterator[Scene]:
    yield from several_subjects()
    yield from similar_colours()
    yield from motion_blur()
    yield from tiny_subject()


def several_subjects() -> Iterator[Scene]:
    rng = np.random.default_rng(6)
    for name, subjects, behind in (
        ("2-people", _people, background.photograph(WIDE, "rocket.jpg", 8)),
        ("2-cats", _cats, background.room(WIDE, (204, 196, 180), rng)),
        ("3-mugs", _mugs, background.table(WIDE, (206, 210, 212), (166, 126, 88), 190, rng)),
        ("4-apples", _apples, background.table(WIDE, (120, 140, 150), (206, 198, 184), 130, rng)),
    ):
        sheet = drawn(WIDE, subjects, rng)
        yield photographed(name, "several subjects", sheet, behind, rng)


def _people(pen: Pen, rng: np.random.Generator) -> None:
    for x, look in ((12, portrait.ANN), (262, portrait.BEN)):
        portrait.person(pen.at(x, 91, 0.56), look, rng)


def _cats(pen: Pen, rng: np.random.Generator) -> None:
    for x, coat in ((-2, animal.GINGER), (226, animal.GREY)):
        animal.cat(pen.at(x, 30, 0.7), coat, rng)


def _mugs(pen: Pen, rng: np.random.Generator) -> None:
    for x, colour in ((6, product.BLUE), (164, (170, 58, 50)), (322, (70, 120, 76))):
        product.mug(pen.at(x, 130, 0.56), colour)


def _apples(pen: Pen, rng: np.random.Generator) -> None:
    red, green = (184, 40, 40), (122, 160, 56)
    for x, y, colour in ((84, 150, red), (196, 250, green), (296, 140, green), (398, 240, red)):
        _apple(pen.at(x, y), colour)


def _apple(pen: Pen, colour: Colour) -> None:
    pen.stroke([(0, -30), (2, -46), (10, -58)], 4, (86, 60, 38))
    pen.blob([(6, -48), (22, -62), (40, -58), (24, -46)], (88, 132, 60))
    pen.blob(OUTLINES["apple"], colour)
    pen.blob([(-30, -20), (-24, -28), (-20, -12), (-28, 2)], tuple(c + 50 for c in colour))


def similar_colours() -> Iterator[Scene]:
    """Yield a rabbit with the texture of the background, lighter by more levels each time."""
    rng = np.random.default_rng(7)
    _, alpha = drawn(WIDE, lambda pen: pen.blob(OUTLINES["rabbit"], (0, 0, 0))).straight()
    behind, fur = _level(_moss(rng), alpha), _level(_moss(rng), alpha)
    for delta in DELTAS:
        yield composed(f"delta-{delta}", "similar colours", alpha, fur + delta, behind)


def _moss(rng: np.random.Generator) -> RGB:
    return 7 * background.noise(WIDE, rng, 1.2) + 4 * background.noise(WIDE, rng, 6)


def _level(texture: RGB, alpha: Soft) -> RGB:
    """Give a texture a fixed mean over the area of the subject."""
    return np.asarray(texture - texture[alpha == 1].mean(0) + (122, 114, 92), np.float32)


def motion_blur() -> Iterator[Scene]:
    """Yield a van that moves faster each time."""
    sheet = drawn(WIDE, _van)
    behind = background.shaded(_street(np.random.default_rng(8)), 240, 282, 170, 12)
    for motion_px in MOTIONS_PX:
        colours, alpha = sheet.straight(motion_px)
        yield composed(f"blur-{motion_px}px", "motion blur", alpha, colours, behind)


def _street(rng: np.random.Generator) -> RGB:
    trees = background.meadow(WIDE, 120)
    trees[240:] = background.textured(WIDE, (112, 112, 116), rng)[240:]
    trees[234:240] = (176, 174, 168)
    return trees


def _van(pen: Pen) -> None:
    pen.polygon(OUTLINES["van_cab"], (200, 62, 44))
    pen.polygon(OUTLINES["van_box"], (228, 226, 220))
    pen.polygon([(316, 132), (342, 134), (360, 178), (316, 178)], (70, 88, 104))
    pen.box(104, 198, 312, 216, (200, 62, 44))
    pen.text(208, 150, "FRESH", 46, (44, 84, 60))
    pen.ellipse(380, 224, 6, 9, (250, 232, 160))
    for x in (156, 334):
        pen.ellipse(x, 260, 28, 28, (30, 30, 32))
        pen.ellipse(x, 260, 13, 13, (170, 172, 176))


def tiny_subject() -> Iterator[Scene]:
    """Yield a boat that is larger each time."""
    rng = np.random.default_rng(9)
    sea = _sea(rng)
    for extent_px in EXTENTS_PX:
        sheet = drawn(WIDE, _boat, extent_px)
        yield photographed(f"boat-{extent_px}px", "tiny subject", sheet, sea, rng)


def _boat(pen: Pen, height_px: float) -> None:
    pen = pen.at(212, 190, height_px)
    pen.polygon([(0.06, 0.8), (0.9, 0.8), (0.78, 0.999), (0.2, 0.999)], (150, 36, 34))
    pen.polygon([(0.44, 0), (0.5, 0), (0.5, 0.8), (0.44, 0.8)], (70, 50, 40))
    pen.polygon([(0.5, 0.04), (0.88, 0.72), (0.5, 0.72)], (246, 244, 236))
    pen.polygon([(0.42, 0.12), (0.42, 0.72), (0.12, 0.72)], (240, 150, 50))


def _sea(rng: np.random.Generator) -> RGB:
    sea = background.gradient(WIDE, (190, 214, 232), (226, 234, 238))
    waves = background.table(WIDE, (0, 0, 0), (62, 112, 146), 0, rng)
    sea[180:] = waves[180:]
    return sea
