"""A subject drawn in front of a background, and the alpha and colours that a remover should find.

RGB       (H, W, 3)    float32   0..255, gamma-encoded
Map       (H, W)       float32   0..1
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from .sheet import Sheet

RGB: TypeAlias = NDArray[np.float32]
Map: TypeAlias = NDArray[np.float32]

LIGHT = (0.5, 0.8)  # comes from the upper left
ROUNDNESS_PX = 14  # how far inside its edge a lit subject looks curved
CONTRAST = 0.9  # of a slope's light and dark sides
GRAIN = 2.5  # levels, of the camera's noise


@dataclass(frozen=True)
class Scene:
    name: str
    category: str
    photo: Image.Image  # RGB
    truth: Image.Image  # RGBA, straight: no colour where alpha is 0


def photographed(
    name: str, category: str, sheet: Sheet, background: RGB, rng: np.random.Generator
) -> Scene:
    """The drawn subject with light on it and a camera's grain over it."""
    colours, alpha = sheet.straight()
    lit = colours * lighting(alpha)[..., None] + grain(colours.shape, rng)
    return composed(name, category, lit, alpha, background + grain(background.shape, rng))


def composed(name: str, category: str, colours: RGB, alpha: Map, background: RGB) -> Scene:
    """Everything is rounded first, so that the photo holds exactly what the truth says."""
    opacity = np.round(alpha * 255).clip(0, 255).astype(np.uint8)
    visible = levels(colours) * (opacity > 0)[..., None]
    weight = opacity[..., None] / 255
    photo = levels(visible * weight + levels(background) * (1 - weight))
    truth = np.dstack([visible, opacity])
    return Scene(name, category, Image.fromarray(photo), Image.fromarray(truth))


def lighting(alpha: Map) -> Map:
    """A factor for the colours, as if the flat subject were raised in its middle."""
    relief = gaussian_filter(alpha, ROUNDNESS_PX)
    down, right = np.gradient(relief)
    slope = ROUNDNESS_PX * (LIGHT[0] * right + LIGHT[1] * down)
    return np.asarray(1 + CONTRAST * slope, np.float32)


def grain(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    return GRAIN * rng.standard_normal(shape, np.float32)


def levels(colours: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.round(colours).clip(0, 255).astype(np.uint8)
