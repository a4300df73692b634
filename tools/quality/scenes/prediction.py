"""Saliency maps of scenes, simulated from their truth, for the comparison of edges alone."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, grey_closing, map_coordinates

from .scene import Soft

SIDE = 320  # px of the map, as of all px below
OBJECTNESS = 0.6  # exponent of alpha: glass of a third of opacity is half seen
CLOSED_PX = 3  # holes that are smaller are not seen
LOST_PX = 1.3  # sigma; what is thinner than about twice this falls below the threshold
STEEPNESS = 2.2  # of the threshold
STRAY_PX, STRAY_OVER_PX = 1.2, 10  # how far the outline is off, and over what length it wanders
BLUR_PX = 1.7  # sigma
FAINTEST = 0.5  # maps whose maximum is lower are not stretched to 1


def simulated_map(truth: Image.Image, seed: int = 0) -> Soft:
    """Simulate the map of a network that sees things rather than their opacity: (SIDE, SIDE)."""
    rng = np.random.default_rng(seed)
    seen = _reduced(truth) ** OBJECTNESS
    solid = gaussian_filter(grey_closing(seen, CLOSED_PX), LOST_PX)
    sure = ((solid - 0.5) * STEEPNESS + 0.5).clip(0, 1)
    soft = gaussian_filter(_displaced(sure, rng), BLUR_PX)
    return np.asarray((soft / max(float(soft.max()), FAINTEST)).clip(0, 1), np.float32)


def _reduced(truth: Image.Image) -> NDArray[np.float32]:
    alpha = truth.getchannel("A").resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(alpha, np.float32) / np.float32(255)


def _displaced(values: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    noise = rng.standard_normal((2, SIDE, SIDE))
    offsets = gaussian_filter(noise, (0, STRAY_OVER_PX, STRAY_OVER_PX))
    places = np.mgrid[:SIDE, :SIDE] + STRAY_PX * offsets / offsets.std()
    return np.asarray(map_coordinates(values, places, order=1, mode="nearest"))
