"""A pen that draws polygons with hard edges at four times the size; reduced, they become soft.

Points    (N, 2)    float64    x and y in px of the picture, from its top left corner
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
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
STEPS = np.linspace(0, 1, 8)[:, None]  # along a hair
WAVE = 4.0  # radians, from the root to the tip of a hair
TIP = 0.25  # of the width of a hair is left at its tip
OUTLINES = {
    name: np.array([corner.split(",") for corner in corners.split()], np.float64)
    for name, corners in tomllib.loads(
        Path(__file__).with_name("outlines.toml").read_text()
    ).items()
}


@dataclass(frozen=True)
class Fur:
    """Fine strokes in great number: fur, wool, spines and hair."""

    colour: Colour
    count: int
    length: float  # px, give or take a third
    width: float = 1.6  # px at the root
    lay: tuple[float, float] = (0, 0)  # added to the outward direction, whose length is 1
    spread: float = 0.4  # radians, of directions
    curl: float = 0.15  # sideways swing, as a share of the length
    depth: float = 1  # where roots begin: 0 is the middle of the shape, 1 is its outline


@dataclass(frozen=True)
class Pen:
    """Draws relative to an origin and at a scale. Drawing replaces, so CLEAR cuts holes."""

    draw: ImageDraw.ImageDraw
    origin: tuple[float, float] = (0, 0)  # px of the picture
    scale: float = 1
    bends: bool = False  # draw hairs as curves; at many megapixels the corners would show

    def at(self, x: float, y: float, scale: float = 1) -> "Pen":
        origin = (self.origin[0] + x * self.scale, self.origin[1] + y * self.scale)
        return replace(self, origin=origin, scale=self.scale * scale)

    def polygon(self, points: ArrayLike, colour: Colour) -> None:
        fine = (np.asarray(points) * self.scale + self.origin) * FINE
        self.draw.polygon(fine.ravel().tolist(), fill=colour)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        turn = np.linspace(0, 2 * np.pi, 96, endpoint=False)
        self.polygon(np.stack([x + rx * np.cos(turn), y + ry * np.sin(turn)], 1), colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], colour)

    def blob(self, points: ArrayLike, colour: Colour) -> None:
        """Draw a smooth shape through the points."""
        self.polygon(smooth(points), colour)

    def stroke(
        self, points: ArrayLike, width: float, colour: Colour, end: float | None = None
    ) -> None:
        """Draw a line through the points that tapers from `width` to `end`."""
        spine = curve(points)
        along = np.gradient(spine, axis=0)
        side = along[:, ::-1] * (-1, 1) / np.maximum(np.linalg.norm(along, axis=1), 1e-9)[:, None]
        half = np.linspace(width, width if end is None else end, len(spine))[:, None] / 2
        self.polygon(np.concatenate([spine + side * half, (spine - side * half)[::-1]]), colour)

    def text(self, x: float, y: float, words: str, height: float, colour: Colour) -> None:
        """Write around x, y, in the typeface that comes with Pillow."""
        place = ((x * self.scale + self.origin[0]) * FINE, (y * self.scale + self.origin[1]) * FINE)
        font = ImageFont.load_default(height * self.scale * FINE)
        self.draw.text(place, words, fill=colour, font=font, anchor="mm")

    def grow(self, points: ArrayLike, fur: Fur, rng: np.random.Generator) -> None:
        """Draw hairs on the smooth shape through the points."""
        roots, outward = _roots(smooth(points), fur, rng)
        along = _turned(outward, rng.normal(0, fur.spread, fur.count)) + fur.lay
        along *= fur.length / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
        along *= rng.uniform(0.6, 1.3, (fur.count, 1))
        shades = rng.normal(1, 0.12, (fur.count, 1)) * fur.colour
        colours = shades.clip(0, 255).astype(int).tolist()
        for sides, colour in zip(_ribbons(roots, along, fur, rng), colours, strict=True):
            hair = [curve(side) for side in sides] if self.bends else sides
            self.polygon(np.concatenate(hair), tuple(colour))


class Sheet:
    """A transparent sheet for one picture."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.image = Image.new("RGBA", (size[0] * FINE, size[1] * FINE), CLEAR)
        self.pen = Pen(hard_edged(self.image))

    def straight(self, motion_px: int = 0) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return colours (H, W, 3) 0..255 and alpha (H, W) 0..1, moved along x while exposed."""
        fine = np.asarray(self.image.convert("RGBa"))
        rows = _sum([fine[offset::FINE] for offset in range(FINE)])
        if motion_px:
            rows = uniform_filter1d(rows, motion_px * FINE, axis=1, mode="constant")
        mean = _sum([rows[:, offset::FINE] for offset in range(FINE)]) / FINE**2
        alpha = mean[..., 3] / 255
        colours = mean[..., :3] / np.maximum(alpha, EPSILON)[..., None]
        return np.asarray(colours, np.float32), np.asarray(alpha, np.float32)


def drawn(size: tuple[int, int], draw: Callable[..., None], *arguments: Any) -> Sheet:
    """Let a function draw on a new sheet with its pen."""
    sheet = Sheet(size)
    draw(sheet.pen, *arguments)
    return sheet


def hard_edged(image: Image.Image) -> ImageDraw.ImageDraw:
    """Draw text without antialiasing too, which over CLEAR would darken its edges."""
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    return draw


def smooth(points: ArrayLike) -> Points:
    """Return a closed Catmull-Rom curve through the points."""
    return _catmull_rom(np.pad(np.asarray(points, float), ((1, 2), (0, 0)), mode="wrap"))


def curve(points: ArrayLike) -> Points:
    """Return an open Catmull-Rom curve through the points."""
    return _catmull_rom(np.pad(np.asarray(points, float), ((1, 1), (0, 0)), mode="edge"))


def mirrored(points: Points, x: float) -> Points:
    """Mirror points at a vertical line."""
    return np.stack([2 * x - points[:, 0], points[:, 1]], 1)


def _catmull_rom(points: Points) -> Points:
    a, b, c, d = (points[i : len(points) - 3 + i, None] for i in range(4))
    t = np.linspace(0, 1, 12)[:, None]
    cubic = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
    return ((cubic + (3 * b - a - 3 * c + d) * t**3) / 2).reshape(-1, 2)


def _roots(outline: Points, fur: Fur, rng: np.random.Generator) -> tuple[Points, Points]:
    """Choose roots between the middle and the outline, and the direction outward from each."""
    chosen = rng.integers(0, len(outline), fur.count)
    tangent = np.gradient(outline, axis=0)[chosen]
    centre = outline.mean(0)
    outward = tangent[:, ::-1] * (1, -1)
    outward *= np.sign(((outline[chosen] - centre) * outward).sum(1, keepdims=True))
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)
    share = np.sqrt(rng.uniform(fur.depth**2, 1, (fur.count, 1)))
    order = np.argsort(-share[:, 0])  # the outer ones first, so that the inner ones cover them
    return (centre + (outline[chosen] - centre) * share - outward * 2)[order], outward[order]


def _ribbons(
    roots: Points, along: Points, fur: Fur, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return both sides of each tapering, bent hair: (count, 2, steps, 2)."""
    across = along[:, ::-1] * (-1, 1)
    bend = across * fur.curl * rng.uniform(-1.7, 1.7, (fur.count, 1))
    spine = roots[:, None] + along[:, None] * STEPS + bend[:, None] * np.sin(WAVE * STEPS)
    half = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9) * fur.width / 2
    side = half[:, None] * (1 - (1 - TIP) * STEPS)
    return np.stack([spine + side, (spine - side)[:, ::-1]], 1)


def _turned(directions: Points, radians: NDArray[np.float64]) -> Points:
    cos, sin = np.cos(radians), np.sin(radians)
    x, y = directions.T
    return np.stack([x * cos - y * sin, x * sin + y * cos], 1)


def _sum(layers: list[NDArray[Any]]) -> NDArray[np.float32]:
    total = layers[0].astype(np.float32)
    for layer in layers[1:]:
        total += layer
    return total
