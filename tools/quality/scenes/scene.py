"""A subject in front of a background, with the alpha and colours that a tool should find.

RGB       (H, W, 3)    float32   0..255, gamma-encoded
RGB8      (H, W, 3)    uint8     0..255, gamma-encoded
Soft      (H, W)       float32   0..1, mostly an alpha
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from .pen import Sheet

RGB: TypeAlias = NDArray[np.float32]
RGB8: TypeAlias = NDArray[np.uint8]
Soft: TypeAlias = NDArray[np.floating[Any]]

KINDS = ("hair", "fur", "mesh", "glass", "motion", "straps", "letters")  # of generated scenes
WIDTH, ASPECT = 480, 4 / 3  # units across the frame of a generated scene, and its shape
LIGHT = (0.5, 0.8)  # the direction of the light, from the upper left
ROUNDNESS_PX = 14  # how far inside its edge a lit subject looks curved
CONTRAST = 0.9  # between the light and the dark side of a slope
GRAIN = 2.5  # levels, of the camera's noise


@dataclass(frozen=True)
class Scene:
    name: str
    category: str
    photo: Image.Image  # RGB
    truth: Image.Image  # RGBA, straight alpha, black where alpha is 0


def photographed(
    name: str, category: str, sheet: Sheet, background: RGB, rng: np.random.Generator
) -> Scene:
    """Compose a drawn subject, lit, and with the grain of a camera."""
    colours, alpha = sheet.straight()
    lit = colours * _lighting(alpha)[..., None] + _grain(colours.shape, rng)
    return composed(name, category, alpha, lit, background + _grain(background.shape, rng))


def composed(
    name: str, category: str, alpha: Soft, foreground: RGB | RGB8, background: RGB | RGB8
) -> Scene:
    """Compose a photo of exactly the alpha and the colours that its truth has after rounding."""
    opacity = levels(alpha * 255)
    visible = levels(foreground) * (opacity > 0)[..., None]
    weight = opacity[..., None] / np.float32(255)
    photo = levels(visible * weight + levels(background) * (1 - weight))
    truth = np.dstack([visible, opacity])
    return Scene(name, category, Image.fromarray(photo), Image.fromarray(truth))


def _lighting(alpha: Soft) -> RGB:
    """Return a factor for the colours, as if the flat subject were raised in its middle."""
    relief = gaussian_filter(alpha, ROUNDNESS_PX)
    down, right = np.gradient(relief)
    slope = ROUNDNESS_PX * (LIGHT[0] * right + LIGHT[1] * down)
    return np.asarray(1 + CONTRAST * slope, np.float32)


def _grain(shape: tuple[int, ...], rng: np.random.Generator) -> RGB:
    return np.asarray(GRAIN * rng.standard_normal(shape, np.float32))


def levels(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Round values of 0..255."""
    return np.round(values).clip(0, 255).astype(np.uint8)


def size(megapixels: float) -> tuple[int, int]:
    """Return (width, height) of a generated scene."""
    height = round((megapixels * 1e6 / ASPECT) ** 0.5)
    return round(height * ASPECT), height


def strand_px(megapixels: float) -> float:
    """Return the width of a hair. A finer photo shows hairs wider, and finer hairs too."""
    return float(1.1 * (megapixels / 0.5) ** 0.36)
