"""Generator A, on which our edges were tuned: outlines and strokes, drawn at four times the size.

A drawing has two bands: alpha, and lightness, which shades the photograph that the subject is made
of. A drawing function gets the width of a hair in units of the frame.
"""

from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, uniform_filter1d

from .animal import CAT_EARS
from .background import Photograph, texture
from .hard import BOWL, below
from .pen import FINE, OUTLINES, Colour, Fur, Pen, hard_edged
from .portrait import LOCKS
from .scene import KINDS, WIDTH, Scene, Soft, composed, levels, size, strand_px

LENS_PX = 0.55  # sigma; with the pixel's own width an edge rises over 1.5 px
BAND = 512  # rows drawn at a time: at 12 MP all of them would take 768 MB
SHUTTER = 22  # units that a moving subject travels while exposed
EPSILON = 1e-6

CLEAR: Colour = (0, 0)
MIDDLE: Colour = (128, 255)  # leaves the photograph as it is
DARK: Colour = (84, 255)
LIGHT: Colour = (190, 255)
STRAND: Colour = (128, 10_000)  # strands vary in both bands, and are opaque all the same
GLASS: Colour = (176, 88)
RIM: Colour = (200, 190)

Draw = Callable[[Pen, float, np.random.Generator], None]


def scenes(megapixels: float) -> Iterator[Scene]:
    """Yield a scene of each kind."""
    frame = size(megapixels)
    for index, kind in enumerate(KINDS):
        rng = np.random.default_rng(index)
        draw, made_of, behind = SUBJECTS[kind]
        shade, alpha = _drawn(draw, megapixels)
        if kind == "motion":
            motion_px = round(SHUTTER * frame[0] / WIDTH)
            shade = uniform_filter1d(shade, motion_px, axis=1, mode="constant")
            alpha = uniform_filter1d(alpha, motion_px, axis=1, mode="constant")
        light = shade / np.maximum(alpha, EPSILON) * (255 / MIDDLE[0])
        foreground = levels(texture(made_of, frame, rng) * light[..., None])
        category = f"A, {megapixels:g} MP"
        yield composed(kind, category, alpha, foreground, texture(behind, frame, rng))


def _drawn(draw: Draw, megapixels: float) -> tuple[Soft, Soft]:
    """Return lightness times alpha, and alpha, both 0..1 and blurred as by a lens."""
    width, height = size(megapixels)
    scale = width / WIDTH
    bands = []
    for top in range(0, height, BAND):
        image = Image.new("LA", (width * FINE, min(BAND, height - top) * FINE), CLEAR)
        pen = Pen(hard_edged(image), (0, -top), scale, bends=True)
        draw(pen, strand_px(megapixels) / scale, np.random.default_rng(1))
        bands.append(np.asarray(image.reduce(FINE)))
    sheet = np.concatenate(bands)
    alpha = sheet[..., 1] / np.float32(255)
    shade = sheet[..., 0] / np.float32(255) * alpha
    return gaussian_filter(shade, LENS_PX), gaussian_filter(alpha, LENS_PX)


def hair(pen: Pen, thin: float, rng: np.random.Generator) -> None:
    """Draw long and loose hair around a head."""
    body, thin = pen.at(110, 20, 0.72), thin / 0.72
    body.blob(OUTLINES["long_hair"], DARK)
    for fur in (
        Fur(STRAND, 900, 46, thin, (0, 3), 0.25, 0.1, 0.8),
        Fur(STRAND, 420, 60, thin, (0, 0.9), 0.6, 0.3, 0.95),
    ):
        body.grow(OUTLINES["long_hair"], fur, rng)
    body.blob(OUTLINES["shoulders"], LIGHT)
    body.blob(OUTLINES["head"], LIGHT)
    for lock in LOCKS:
        body.blob(lock, MIDDLE)
        body.grow(lock, Fur(STRAND, 160, 26, thin, (0, 3), 0.15, 0.1, 0.5), rng)


def fur(pen: Pen, thin: float, rng: np.random.Generator) -> None:
    """Draw a cat."""
    body, thin = pen.at(110, 10, 0.72), thin / 0.72
    tail, torso, head = (OUTLINES[f"cat_{part}"] for part in ("tail", "body", "head"))
    for shape in (tail, torso, *CAT_EARS, head):
        body.blob(shape, MIDDLE)
        body.grow(shape, Fur(STRAND, 1500, 13, thin, (0, 0.5), 0.5, 0.2, 0.6), rng)


def mesh(pen: Pen, thin: float, rng: np.random.Generator) -> None:
    """Draw a racket."""
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
    """Draw a wine glass, half full."""
    cup = pen.at(110, 0, 0.74)
    cup.polygon([(176, 250), (184, 250), (188, 420), (172, 420)], RIM)
    cup.ellipse(180, 428, 66, 13, GLASS)
    cup.stroke([(114, 428), (140, 439), (180, 441), (220, 439), (246, 428)], 3, RIM)
    cup.polygon(below(BOWL, 84), GLASS)
    cup.polygon(below(BOWL, 176), (100, 235))
    cup.stroke(OUTLINES["bowl"], 3, RIM)
    cup.ellipse(180, 84, 69.5, 11.5, RIM)
    cup.ellipse(180, 84, 67, 9.5, GLASS)
    cup.stroke([(128, 110), (124, 150), (134, 200)], 7, (240, 220), end=2)


def motion(pen: Pen, thin: float, rng: np.random.Generator) -> None:
    pen.blob(OUTLINES["rabbit"], MIDDLE)
    pen.ellipse(352, 172, 5, 5, DARK)


def straps(pen: Pen, thin: float, rng: np.random.Generator) -> None:
    """Draw a bag with two straps and a string."""
    pen.blob(OUTLINES["bag"], MIDDLE)
    pen.box(140, 236, 340, 244, DARK)
    pen.stroke([(160, 204), (176, 90), (240, 40), (304, 90), (320, 204)], 4, MIDDLE)
    pen.stroke([(186, 202), (200, 130), (240, 100), (280, 130), (294, 202)], 2, DARK)
    pen.stroke([(340, 230), (390, 120), (430, 60), (470, -10)], 1.2, LIGHT)
    pen.stroke([(140, 230), (96, 300), (60, 320)], 1.2, LIGHT)


def letters(pen: Pen, thin: float, rng: np.random.Generator) -> None:
    """Draw holes of all sizes, a ring and a handle."""
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

# By kind: the drawing, the photograph that the subject is made of, and the background.
SUBJECTS: dict[str, tuple[Draw, Photograph, Photograph]] = {
    "hair": (hair, COFFEE, ROOM),
    "fur": (fur, CAT, GRAVEL),
    "mesh": (mesh, SUIT, BRICK),
    "glass": (glass, COFFEE, GRAVEL),
    "motion": (motion, CAT, SHUTTLE),
    "straps": (straps, SUIT, GRAVEL),
    "letters": (letters, SUIT, SHUTTLE),
}
