"""Fine strokes in great number: fur, wool, spines and hair."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .sheet import Colour, Pen, Points, smooth

STEPS = np.linspace(0, 1, 8)[:, None]  # along a hair
WAVE = 4.0  # radians, from a hair's root to its end
TIP = 0.25  # of a hair's width is left at its end


@dataclass(frozen=True)
class Fur:
    colour: Colour
    count: int
    length: float  # px, give or take a third
    width: float = 1.6  # px at the root
    lay: tuple[float, float] = (0, 0)  # added to the outward direction, whose length is 1
    spread: float = 0.4  # radians, of directions
    curl: float = 0.15  # sideways swing, as a share of the length
    depth: float = 1  # where roots begin: 0 is the middle of the shape, 1 is its outline


def grow(pen: Pen, shape: ArrayLike, fur: Fur, rng: np.random.Generator) -> None:
    """Hairs on the blob through the points of `shape`."""
    roots, outward = _roots(smooth(shape), fur, rng)
    along = _turned(outward, rng.normal(0, fur.spread, fur.count)) + fur.lay
    along *= fur.length / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    along *= rng.uniform(0.6, 1.3, (fur.count, 1))
    shades = rng.normal(1, 0.12, (fur.count, 1)) * fur.colour
    colours = shades.clip(0, 255).astype(int).tolist()
    for hair, colour in zip(_ribbons(roots, along, fur, rng), colours, strict=True):
        pen.polygon(hair, tuple(colour))


def _roots(outline: Points, fur: Fur, rng: np.random.Generator) -> tuple[Points, Points]:
    """Points between the middle and the outline, and the direction outward from each."""
    chosen = rng.integers(0, len(outline), fur.count)
    tangent = np.gradient(outline, axis=0)[chosen]
    centre = outline.mean(0)
    outward = tangent[:, ::-1] * (1, -1)
    outward *= np.sign(((outline[chosen] - centre) * outward).sum(1, keepdims=True))
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)
    share = np.sqrt(rng.uniform(fur.depth**2, 1, (fur.count, 1)))
    order = np.argsort(-share[:, 0])  # the outer ones first, so that the inner ones lie on them
    return (centre + (outline[chosen] - centre) * share - outward * 2)[order], outward[order]


def _ribbons(
    roots: Points, along: Points, fur: Fur, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Outlines of tapering, bent hairs: (count, 2 x steps, 2)."""
    across = along[:, ::-1] * (-1, 1)
    bend = across * fur.curl * rng.uniform(-1.7, 1.7, (fur.count, 1))
    spine = roots[:, None] + along[:, None] * STEPS + bend[:, None] * np.sin(WAVE * STEPS)
    half = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9) * fur.width / 2
    side = half[:, None] * (1 - (1 - TIP) * STEPS)
    return np.concatenate([spine + side, (spine - side)[:, ::-1]], 1)


def _turned(directions: Points, radians: NDArray[np.float64]) -> Points:
    cos, sin = np.cos(radians), np.sin(radians)
    x, y = directions.T
    return np.stack([x * cos - y * sin, x * sin + y * cos], 1)
