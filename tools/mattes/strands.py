"""Generator A, to tune on: outlines and strokes, drawn hard at four times the size.

A sheet of two bands: lightness, which shades the photograph that the subject is made of, and alpha.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter, uniform_filter1d

from tools.evaluate.scenes.animal import CAT_BODY, CAT_EAR, CAT_HEAD, CAT_TAIL
from tools.evaluate.scenes.fur import Fur, grow
from tools.evaluate.scenes.hard import BOWL
from tools.evaluate.scenes.limit import RABBIT
from tools.evaluate.scenes.portrait import HEAD, LOCK, LONG_HAIR, SHOULDERS
from tools.evaluate.scenes.sheet import FINE, Colour, Pen, Points, curve, mirrored

from .brush import Brush
from .photograph import Photograph, texture
from .scene import KINDS, RGB8, Scene, Soft, composed, levels, size, strand_px, strips

WIDTH = 480  # units across the frame in which everything is drawn; 360 down
BAND = 512  # rows drawn at a time: at 12 MP all of them would be 768 MB
LENS_PX = 0.55  # sigma; with the pixel's own width an edge rises over 1.5 px
SHUTTER = 22  # units that a moving subject goes while exposed
EPSILON = 1e-6

CLEAR: Colour = (0, 0)
MIDDLE: Colour = (128, 255)  # leaves the photograph as it is
DARK: Colour = (84, 255)
LIGHT: Colour = (190, 255)
STRAND: Colour = (128, 10_000)  # strands vary in both: so none is less than opaque
GLASS: Colour = (176, 88)
RIM: Colour = (200, 190)

BAG = [(150, 200), (240, 192), (330, 200), (352, 300), (330, 326), (240, 332), (150, 326)]
BAG += [(128, 300)]

Draw = Callable[[Pen, float, np.random.Generator], None]  # with the width of a hair in units


@dataclass(frozen=True)
class Subject:
    draw: Draw
    made_of: Photograph
    behind: Photograph


def scenes(megapixels: float, kinds: Sequence[str] = KINDS) -> Iterator[Scene]:
    """The same ones each time, whatever is asked for besides."""
    width, height = size(megapixels)
    for kind in kinds:
        subject, rng = SUBJECTS[kind], np.random.default_rng(KINDS.index(kind))
        shade, alpha = _drawn(subject.draw, megapixels)
        if kind == "motion":
            shade, alpha = _moved(shade, alpha, round(SHUTTER * width / WIDTH))
        foreground = texture(subject.made_of, (width, height), rng)
        _shade(foreground, shade, alpha)
        behind = texture(subject.behind, (width, height), rng)
        yield composed(kind, megapixels, alpha, foreground, behind)


def _drawn(draw: Draw, megapixels: float) -> tuple[Soft, Soft]:
    """Lightness times alpha, blurred as by a lens, and alpha; both 0..1."""
    width, height = size(megapixels)
    scale = width / WIDTH
    sheet = np.empty((height, width, 2), np.uint8)
    for top in range(0, height, BAND):
        bottom = min(top + BAND, height)
        image = Image.new("LA", (width * FINE, (bottom - top) * FINE), CLEAR)
        canvas = ImageDraw.Draw(image)
        canvas.fontmode = "1"  # hard edges here too, for antialiasing over CLEAR would darken them
        pen, thin = Brush(canvas, (0, -top), scale), strand_px(megapixels) / scale
        draw(pen, thin, np.random.default_rng(1))
        sheet[top:bottom] = np.asarray(image.reduce(FINE))
    alpha = sheet[..., 1] / np.float32(255)
    shade = sheet[..., 0] / np.float32(255) * alpha
    return gaussian_filter(shade, LENS_PX), gaussian_filter(alpha, LENS_PX)


def _moved(shade: Soft, alpha: Soft, motion_px: int) -> tuple[Soft, Soft]:
    return (
        uniform_filter1d(shade, motion_px, axis=1, mode="constant"),
        uniform_filter1d(alpha, motion_px, axis=1, mode="constant"),
    )


def _shade(foreground: RGB8, shade: Soft, alpha: Soft) -> None:
    for rows in strips(len(foreground)):
        light = shade[rows] / np.maximum(alpha[rows], EPSILON) * (255 / MIDDLE[0])
        foreground[rows] = levels(foreground[rows] * light[..., None])


def hair(pen: Pen, thin: float, rng: np.random.Generator) -> None:
    """Long and loose, around a head in a frame of 360 x 480."""
    body, thin = pen.at(110, 20, 0.72), thin / 0.72
    body.blob(LONG_HAIR, DARK)
    grow(body, LONG_HAIR, Fur(STRAND, 900, 46, thin, (0, 3), 0.25, 0.1, 0.8), rng)
    grow(body, LONG_HAIR, Fur(STRAND, 420, 60, thin, (0, 0.9), 0.6, 0.3, 0.95), rng)
    body.blob(SHOULDERS, LIGHT)
    body.blob(HEAD, LIGHT)
    for lock in (LOCK, mirrored(LOCK, 180)):
        body.blob(lock, MIDDLE)
        grow(body, lock, Fur(STRAND, 160, 26, thin, (0, 3), 0.15, 0.1, 0.5), rng)


def fur(pen: Pen, thin: float, rng: np.random.Generator) -> None:
    """A cat in a frame of 360 x 480."""
    body, thin = pen.at(110, 10, 0.72), thin / 0.72
    shapes: list[ArrayLike] = [CAT_TAIL, CAT_BODY, CAT_EAR, mirrored(CAT_EAR, 180), CAT_HEAD]
    for shape in shapes:
        body.blob(shape, MIDDLE)
        grow(body, shape, Fur(STRAND, 1500, 13, thin, (0, 0.5), 0.5, 0.2, 0.6), rng)


def mesh(pen: Pen, thin: float, rng: np.random.Generator) -> None:
    """A racket."""
    pen.ellipse(220, 150, 132, 122, DARK)
    pen.ellipse(220, 150, 122, 112, CLEAR)
    for x in np.arange(-115, 116, 10):
        reach = 113 * np.sqrt(1 - (x / 123) ** 2)
        pen.stroke([(220 + x, 150 - reach), (223 + x, 150), (220 + x, 150 + reach)], 1.0, LIGHT)
    for y in np.arange(-105, 106, 10):
        reach = 123 * np.sqrt(1 - (y / 113) ** 2)
        pen.stroke([(220 - reach, 150 + y), (220, 147 + y), (220 + reach, 150 + y)], 1.0, LIGHT)
    pen.stroke([(300, 236), (340, 280), (390, 340)], 24, MIDDLE)


def glass(pen: Pen, thin: float, rng: np.random.Generator) -> None:
    """One with wine in it, in a frame of 360 x 480."""
    cup = pen.at(110, 0, 0.74)
    cup.polygon([(176, 250), (184, 250), (188, 420), (172, 420)], RIM)
    cup.ellipse(180, 428, 66, 13, GLASS)
    cup.stroke([(114, 428), (140, 439), (180, 441), (220, 439), (246, 428)], 3, RIM)
    cup.polygon(_below(84), GLASS)
    cup.polygon(_below(176), (100, 235))
    cup.stroke(BOWL, 3, RIM)
    cup.ellipse(180, 84, 69.5, 11.5, RIM)
    cup.ellipse(180, 84, 67, 9.5, GLASS)
    cup.stroke([(128, 110), (124, 150), (134, 200)], 7, (240, 220), end=2)


def _below(top: float) -> Points:
    side = curve(BOWL)
    return side[side[:, 1] >= top]


def motion(pen: Pen, thin: float, rng: np.random.Generator) -> None:
    pen.blob(RABBIT, MIDDLE)
    pen.ellipse(352, 172, 5, 5, DARK)


def straps(pen: Pen, thin: float, rng: np.random.Generator) -> None:
    """A bag with two straps and a string."""
    pen.blob(BAG, MIDDLE)
    pen.box(140, 236, 340, 244, DARK)
    pen.stroke([(160, 204), (176, 90), (240, 40), (304, 90), (320, 204)], 4, MIDDLE)
    pen.stroke([(186, 202), (200, 130), (240, 100), (280, 130), (294, 202)], 2, DARK)
    pen.stroke([(340, 230), (390, 120), (430, 60), (470, -10)], 1.2, LIGHT)
    pen.stroke([(140, 230), (96, 300), (60, 320)], 1.2, LIGHT)


def letters(pen: Pen, thin: float, rng: np.random.Generator) -> None:
    """Holes of all sizes, a ring and a handle."""
    pen.text(200, 96, "BOA%8", 110, MIDDLE)
    pen.text(150, 190, "Regatta & Adobe", 34, DARK)
    pen.ellipse(390, 230, 62, 62, MIDDLE)
    pen.ellipse(390, 230, 48, 48, CLEAR)
    pen.ellipse(210, 275, 44, 38, DARK)
    pen.ellipse(210, 275, 26, 22, CLEAR)
    pen.polygon([(90, 228), (206, 228), (198, 330), (98, 330)], MIDDLE)


CAT = Photograph("chelsea.png", (0.25, 0.05, 0.75, 0.7))
COFFEE = Photograph("coffee.png")
SUIT = Photograph("astronaut.png", (0.05, 0.5, 0.6, 1))
SHUTTLE = Photograph("rocket.jpg", lift=(30, 30, 30))
GRAVEL = Photograph("gravel.png", (0, 0, 0.5, 0.5), gain=(0.7, 0.85, 0.9), lift=(10, 24, 40))
BRICK = Photograph("brick.png", (0, 0, 0.6, 0.6), gain=(0.8, 0.55, 0.45), lift=(40, 20, 10))
ROOM = Photograph("astronaut.png", (0.5, 0, 1, 0.5))

SUBJECTS = {
    "hair": Subject(hair, COFFEE, ROOM),
    "fur": Subject(fur, CAT, GRAVEL),
    "mesh": Subject(mesh, SUIT, BRICK),
    "glass": Subject(glass, COFFEE, GRAVEL),
    "motion": Subject(motion, CAT, SHUTTLE),
    "straps": Subject(straps, SUIT, GRAVEL),
    "letters": Subject(letters, SUIT, SHUTTLE),
}
