"""Where a subject is drawn: hard edges at four times its size, which become soft ones of it.

Points    (N, 2)    float64    x and y in px of the picture, from its top left corner
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import uniform_filter1d

FINE = 4  # drawn px to one of the picture, along each side
Colour: TypeAlias = tuple[int, ...]  # red, green, blue and, where it is not opaque, alpha
Points: TypeAlias = NDArray[np.float64]
CLEAR: Colour = (0, 0, 0, 0)
EPSILON = 1e-6


@dataclass(frozen=True)
class Pen:
    """Draws relative to an origin and at a scale. What it draws replaces, so CLEAR cuts holes."""

    draw: ImageDraw.ImageDraw
    origin: tuple[float, float] = (0, 0)  # px of the picture
    scale: float = 1

    def at(self, x: float, y: float, scale: float = 1) -> "Pen":
        place = (self.origin[0] + x * self.scale, self.origin[1] + y * self.scale)
        return Pen(self.draw, place, self.scale * scale)

    def polygon(self, points: ArrayLike, colour: Colour) -> None:
        fine = (np.asarray(points) * self.scale + self.origin) * FINE
        self.draw.polygon(fine.ravel().tolist(), fill=colour)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        turn = np.linspace(0, 2 * np.pi, 96, endpoint=False)
        self.polygon(np.stack([x + rx * np.cos(turn), y + ry * np.sin(turn)], 1), colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], colour)

    def blob(self, points: ArrayLike, colour: Colour) -> None:
        self.polygon(smooth(points), colour)

    def stroke(
        self, points: ArrayLike, width: float, colour: Colour, end: float | None = None
    ) -> None:
        """A line through the points that tapers from `width` to `end`."""
        spine = curve(points)
        along = np.gradient(spine, axis=0)
        side = along[:, ::-1] * (-1, 1) / np.maximum(np.linalg.norm(along, axis=1), 1e-9)[:, None]
        half = np.linspace(width, width if end is None else end, len(spine))[:, None] / 2
        self.polygon(np.concatenate([spine + side * half, (spine - side * half)[::-1]]), colour)

    def text(self, x: float, y: float, words: str, height: float, colour: Colour) -> None:
        """Centred at x, y, in the typeface that comes with Pillow."""
        place = ((x * self.scale + self.origin[0]) * FINE, (y * self.scale + self.origin[1]) * FINE)
        font = ImageFont.load_default(height * self.scale * FINE)
        self.draw.text(place, words, fill=colour, font=font, anchor="mm")


class Sheet:
    """Transparent paper for one picture."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.image = Image.new("RGBA", (size[0] * FINE, size[1] * FINE), CLEAR)
        draw = ImageDraw.Draw(self.image)
        draw.fontmode = "1"  # hard edges here too, for antialiasing over CLEAR would darken them
        self.pen = Pen(draw)

    def straight(self, motion_px: int = 0) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Colours (H, W, 3) 0..255 and alpha (H, W) 0..1, after a move along x while exposed."""
        fine = np.asarray(self.image.convert("RGBa"))
        rows = _added([fine[offset::FINE] for offset in range(FINE)])
        if motion_px:
            rows = uniform_filter1d(rows, motion_px * FINE, axis=1, mode="constant")
        mean = _added([rows[:, offset::FINE] for offset in range(FINE)]) / FINE**2
        alpha = mean[..., 3] / 255
        colours = mean[..., :3] / np.maximum(alpha, EPSILON)[..., None]
        return np.asarray(colours, np.float32), np.asarray(alpha, np.float32)


def _added(layers: list[NDArray[Any]]) -> NDArray[np.float32]:
    total = layers[0].astype(np.float32)
    for layer in layers[1:]:
        total += layer
    return total


def smooth(points: ArrayLike) -> Points:
    """A closed Catmull-Rom curve through the points."""
    return _catmull_rom(np.pad(np.asarray(points, float), ((1, 2), (0, 0)), mode="wrap"))


def curve(points: ArrayLike) -> Points:
    """An open one."""
    return _catmull_rom(np.pad(np.asarray(points, float), ((1, 1), (0, 0)), mode="edge"))


def _catmull_rom(points: Points) -> Points:
    a, b, c, d = (points[i : len(points) - 3 + i, None] for i in range(4))
    t = np.linspace(0, 1, 12)[:, None]
    cubic = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
    return ((cubic + (3 * b - a - 3 * c + d) * t**3) / 2).reshape(-1, 2)


def mirrored(points: Sequence[tuple[float, float]], x: float) -> list[tuple[float, float]]:
    """The other half of what is symmetrical about a vertical line at x."""
    return [(2 * x - px, py) for px, py in points]
