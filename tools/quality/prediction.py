"""Saliency maps of scenes, for the comparison of edges alone: simulated, or asked of u2net."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, grey_closing, map_coordinates

from cutout import bootstrap
from cutout.config import Settings
from cutout.contract import Options
from cutout.core import saliency
from cutout.core.arrays import Map
from cutout.engine.session import Session

from .dataset import Picture
from .measures.saliency import iou

SIDE = 320  # px of the map, as of all px below
OBJECTNESS = 0.6  # exponent of alpha: glass of a third of opacity is half seen
CLOSED_PX = 3  # holes that are smaller are not seen
LOST_PX = 1.3  # sigma; what is thinner than about twice this falls below the threshold
STEEPNESS = 2.2  # of the threshold
STRAY_PX, STRAY_OVER_PX = 1.2, 10  # how far the outline is off, and over what length it wanders
BLUR_PX = 1.7  # sigma
FAINTEST = 0.5  # maps whose maximum is lower are not stretched to 1
FOUND = 0.8  # IoU from which on u2net has found the subject


def with_map(pictures: Sequence[Picture], kind: str) -> tuple[list[Picture], list[str]]:
    """Give each picture its map, and name those whose subject u2net does not find."""
    found, lost = [], []
    for picture in pictures:
        file = picture.photo.with_suffix(f".{kind}.npy")
        with Image.open(picture.photo) as photo, Image.open(picture.truth) as truth:
            saliency_map = u2net_map(photo) if kind == "u2net" else simulated_map(truth)
            np.save(file, saliency_map)
            if kind == "u2net" and agreement(saliency_map, truth) < FOUND:
                lost.append(f"{picture.category}, {picture.name}: u2net does not find the subject")
            else:
                found.append(replace(picture, saliency_map=file))
    return found, lost


def simulated_map(truth: Image.Image, seed: int = 0) -> Map:
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


def u2net_map(photo: Image.Image) -> Map:
    """Ask u2net, and return its map as the engine has it before it refines edges."""
    return np.asarray(saliency.settle(saliency.stretch(_u2net().predict(photo))), np.float32)


@cache
def _u2net() -> Session:
    return bootstrap.engine(Settings.from_env()).prepare(Options(model="u2net"))


def agreement(saliency_map: Map, truth: Image.Image) -> float:
    """Compute the IoU of a map and a true alpha, at the size of the map."""
    return iou(saliency_map.astype(np.float64), _reduced(truth).astype(np.float64))
