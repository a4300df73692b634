"""The frame of generator B: the place of each pixel, and distances from plain shapes.

Field     (H, W)       float32   distances in units of the frame, negative inside
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from .scene import WIDTH, Soft, size, strand_px

Field: TypeAlias = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Frame:
    """The place of each pixel in units, and the number of px in a unit."""

    x: Field  # (1, W)
    y: Field  # (H, 1)
    scale: float
    strand_px: float

    @classmethod
    def of_size(cls, megapixels: float) -> "Frame":
        width, height = size(megapixels)
        scale = width / WIDTH
        x = (np.arange(width, dtype=np.float32)[None] + 0.5) / scale
        y = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / scale
        return cls(x, y, scale, strand_px(megapixels))

    @property
    def shape(self) -> tuple[int, int]:
        return self.y.shape[0], self.x.shape[1]

    def inside(self, distance: Field) -> Soft:
        """Return the share of each pixel that is on the inner side."""
        return np.asarray((0.5 - distance * self.scale).clip(0, 1), np.float32)

    def disc(self, x: float, y: float, rx: float, ry: float) -> Field:
        """Return the distance from an ellipse, which is exact at the ends of its axes."""
        reach: Field = np.hypot((self.x - x) / rx, (self.y - y) / ry)
        return (reach - 1) * min(rx, ry)

    def slab(self, x: float, y: float, half_w: float, half_h: float, round_by: float = 0) -> Field:
        """Return the distance from a rectangle with round corners."""
        across = np.maximum(np.abs(self.x - x) - half_w + round_by, 0)
        down = np.maximum(np.abs(self.y - y) - half_h + round_by, 0)
        inner = np.maximum(np.abs(self.x - x) - half_w, np.abs(self.y - y) - half_h)
        return np.asarray(np.where(inner < -round_by, inner, np.hypot(across, down) - round_by))

    def rod(self, start: tuple[float, float], end: tuple[float, float], radius: float) -> Field:
        """Return the distance from a line with round ends."""
        along = (end[0] - start[0], end[1] - start[1])
        share = (self.x - start[0]) * along[0] + (self.y - start[1]) * along[1]
        share = (share / (along[0] ** 2 + along[1] ** 2)).clip(0, 1)
        across, down = self.x - start[0] - share * along[0], self.y - start[1] - share * along[1]
        distance: Field = np.hypot(across, down)
        return distance - radius

    def glyphs(self, words: str, height: float, middle: tuple[float, float]) -> Soft:
        """Write in the typeface that comes with Pillow, with the soft edges of FreeType."""
        image = Image.new("L", self.shape[::-1])
        font = ImageFont.load_default(height * self.scale)
        place = (middle[0] * self.scale, middle[1] * self.scale)
        ImageDraw.Draw(image).text(place, words, fill=255, font=font, anchor="mm")
        return np.asarray(image) / np.float32(255)


def joined(*alphas: Soft) -> Soft:
    """Join alphas that cover each other by chance."""
    clear: Soft = np.ones(1, np.float32)
    for alpha in alphas:
        clear = clear * (1 - alpha)
    return np.asarray(1 - clear, np.float32)
