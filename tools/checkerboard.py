"""What people look at cutouts on."""

import numpy as np
from PIL import Image

SQUARE = 16  # px
LIGHT, DARK = 255, 224


def checkerboard(width: int, height: int) -> Image.Image:
    y, x = np.mgrid[:height, :width] // SQUARE
    return Image.fromarray(np.where((x + y) % 2, DARK, LIGHT).astype(np.uint8)).convert("RGBA")


def over(cutout: Image.Image, ground: Image.Image) -> Image.Image:
    return Image.alpha_composite(ground, cutout).convert("RGB")
