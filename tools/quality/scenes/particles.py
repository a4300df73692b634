"""The hair of generator B: the tracks of particles that a current carries.

Points    (2, N)       float64   y and x in units of the frame
Numbers   (N,)         float64   a density is flat, or (H, W)
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from .scene import WIDTH, Soft

Points: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = NDArray[np.float64]

DEPTH = 3  # of a hair's middle: 1 - exp(-3) = 0.95 of opacity
STEP_PX = 0.5  # a particle goes at a time
GRID = (64, 86)  # rows and columns in which the current is known
EDDY = 2.5  # of them: sigma of the current's whirls
PULL = 1.6  # downward, where the current has a deviation of 1
STRAY = 0.35  # of a hair from its neighbours
TAPER = 0.3
LIFT, LIFTED = 3, 12  # away from the head at first, and over how many units


def tracks(
    shape: tuple[int, int],
    scale: float,
    strand_px: float,
    roots: Points,
    outward: Points,
    lengths: Numbers,
    rng: np.random.Generator,
) -> Soft:
    """Return the opacity (H, W) of tracks, which thin out towards their ends.

    scale: px in a unit of the frame. strand_px: the width of a track.
    """
    current = _current(rng)
    drift = rng.normal(0, STRAY, roots.shape)
    density = np.zeros(shape[0] * shape[1])
    step = STEP_PX / scale
    places = roots
    for gone in np.arange(0, lengths.max(), step):
        course = _at(current, places) + drift + outward * LIFT * np.exp(-gone / LIFTED)
        places = places + step * course / np.linalg.norm(course, axis=0)
        left = (1 - gone / lengths).clip(0, 1) ** TAPER
        _drop(density, places * scale - 0.5, STEP_PX * left, shape)
    return _opacity(density.reshape(shape), strand_px)


def _current(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a current down and across: whirls without source or sink, and a pull: (2, *GRID)."""
    stream = gaussian_filter(rng.standard_normal(GRID), EDDY)
    whirls = np.stack([np.gradient(stream, axis=1), -np.gradient(stream, axis=0)])
    return np.asarray(whirls / whirls.std() + np.array([PULL, 0])[:, None, None])


def _at(current: NDArray[np.float64], places: Points) -> Points:
    cells = places * GRID[1] / WIDTH
    return np.stack([map_coordinates(part, cells, order=1, mode="nearest") for part in current])


def _drop(density: Numbers, places: Points, weights: Numbers, shape: tuple[int, int]) -> None:
    """Distribute each weight to the four pixels around its place."""
    corner = np.floor(places).astype(int)
    share = places - corner
    for down in (0, 1):
        for across in (0, 1):
            y, x = corner[0] + down, corner[1] + across
            part = weights * np.abs(1 - down - share[0]) * np.abs(1 - across - share[1])
            is_seen = (y >= 0) & (y < shape[0]) & (x >= 0) & (x < shape[1])
            np.add.at(density, y[is_seen] * shape[1] + x[is_seen], part[is_seen])


def _opacity(density: Numbers, width_px: float) -> Soft:
    """Spread lines of density 1 per px over a Gaussian of about this width."""
    sigma = width_px / 2.4
    spread = gaussian_filter(density.astype(np.float32), sigma)
    return np.asarray(1 - np.exp(-DEPTH * sigma * np.sqrt(2 * np.pi) * spread), np.float32)
