"""What a generator makes: a photo, and the alpha and colours that are in it.

Soft      (H, W)       float32   0..1, mostly an alpha
RGB8      (H, W, 3)    uint8     0..255, gamma-encoded
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Soft: TypeAlias = NDArray[np.floating[Any]]
RGB8: TypeAlias = NDArray[np.uint8]

KINDS = ("hair", "fur", "mesh", "glass", "motion", "straps", "letters")
ASPECT = 4 / 3
STRIP = 256  # rows at a time: floats of a whole picture are 144 MB at 12 MP


@dataclass(frozen=True)
class Scene:
    kind: str
    megapixels: float
    photo: Image.Image  # RGB
    truth: Image.Image  # RGBA, straight: no colour where alpha is 0

    @property
    def name(self) -> str:
        return f"{self.kind} {self.megapixels:g} MP"


def size(megapixels: float) -> tuple[int, int]:
    """(width, height)"""
    height = round((megapixels * 1e6 / ASPECT) ** 0.5)
    return round(height * ASPECT), height


def strand_px(megapixels: float) -> float:
    """How wide a hair is. More pixels show it wider, but a finer photo shows finer hairs too."""
    return float(1.1 * (megapixels / 0.5) ** 0.36)


def composed(
    kind: str, megapixels: float, alpha: Soft, foreground: RGB8, background: RGB8
) -> Scene:
    """Everything is rounded first, so that the photo holds exactly what the truth says."""
    truth = np.empty((*alpha.shape, 4), np.uint8)
    photo = np.empty((*alpha.shape, 3), np.uint8)
    for rows in strips(len(alpha)):
        opacity = levels(alpha[rows] * 255)
        visible = foreground[rows] * (opacity > 0)[..., None]
        weight = opacity[..., None] / np.float32(255)
        photo[rows] = levels(visible * weight + background[rows] * (1 - weight))
        truth[rows] = np.dstack([visible, opacity])
    return Scene(kind, megapixels, Image.fromarray(photo), Image.fromarray(truth))


def strips(height: int) -> Iterator[slice]:
    return (slice(top, min(top + STRIP, height)) for top in range(0, height, STRIP))


def levels(values: Soft) -> NDArray[np.uint8]:
    """Of values 0..255."""
    return np.round(values).clip(0, 255).astype(np.uint8)
