"""What a network says of a scene: simulated from its truth, or really asked."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, grey_closing, map_coordinates

from cutout import bootstrap
from cutout.config import Settings
from cutout.core import saliency
from cutout.core.arrays import Map
from cutout.engine.session import Session
from cutout.options.record import Options
from tools.evaluate.measures.saliency import iou

SIDE = 320  # px of the map, as all below
OBJECTNESS = 0.6  # exponent: glass of a third of opacity is half seen
CLOSED_PX = 3  # holes that are smaller are not seen
LOST_PX = 1.3  # sigma; what is thinner than about twice this falls below the threshold
STEEPNESS = 2.2  # of the threshold
STRAY_PX, STRAY_OVER_PX = 1.2, 10  # how far the outline is off, and over what length it wanders
BLUR_PX = 1.7  # sigma
FAINTEST = 0.5  # what is fainter is not stretched to 1


def simulated_map(truth: Image.Image, seed: int = 0) -> Map:
    """Of a network that sees things rather than their opacity. Stretched and settled."""
    rng = np.random.default_rng(seed)
    seen = _reduced(truth) ** OBJECTNESS
    solid = gaussian_filter(grey_closing(seen, CLOSED_PX), LOST_PX)
    sure = ((solid - 0.5) * STEEPNESS + 0.5).clip(0, 1)
    soft = gaussian_filter(_strayed(sure, rng), BLUR_PX)
    return np.asarray((soft / max(float(soft.max()), FAINTEST)).clip(0, 1), np.float32)


def _reduced(truth: Image.Image) -> NDArray[np.float32]:
    alpha = truth.getchannel("A").resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(alpha, np.float32) / np.float32(255)


def _strayed(values: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    wander = gaussian_filter(
        rng.standard_normal((2, SIDE, SIDE)), (0, STRAY_OVER_PX, STRAY_OVER_PX)
    )
    places = np.mgrid[:SIDE, :SIDE] + STRAY_PX * wander / wander.std()
    return np.asarray(map_coordinates(values, places, order=1, mode="nearest"))


def u2net_map(photo: Image.Image) -> Map:
    """As our engine has it, before any edge is looked at."""
    return np.asarray(saliency.settle(saliency.stretch(_u2net().predict(photo))), np.float32)


@cache
def _u2net() -> Session:
    return bootstrap.engine(Settings.from_env()).prepare(Options(model="u2net"))


def agreement(map: Map, truth: Image.Image) -> float:
    """IoU, at the size of the map."""
    return iou(map.astype(np.float64), _reduced(truth).astype(np.float64))
