"""The hair of generator B: the tracks of particles that a current carries.

Points    (2, N)       float64   y and x in units of the frame
Numbers   (N,)         float64   a density is flat, or (H, W)
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from .frame import Frame
from .scene import WIDTH, Soft

Points: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = NDArray[np.float64]

DEPTH = 3  # gives the middle of a hair an opacity of 1 - exp(-3) = 0.95
STEP_PX = 0.5  # the step of a particle
GRID = (64, 86)  # rows and columns of the current
EDDY = 2.5  # cells of the grid: sigma of the whirls
PULL = 1.6  # downward, in standard deviations of the whirls
STRAY = 0.35  # deviation of a hair from its neighbours
TAPER = 0.3  # exponent of the thickness along a hair
LIFT, LIFTED = 3, 12  # push away from the head, and the units over which it fades


def tracks(
    frame: Frame, roots: Points, outward: Points, lengths: Numbers, rng: np.random.Generator
) -> Soft:
    """Return the opacity (H, W) of tracks, which thin out towards their ends."""
    current = _current(rng)
    drift = rng.normal(0, STRAY, roots.shape)
    density = np.zeros(frame.shape[0] * frame.shape[1])
    step = STEP_PX / frame.scale
    places = roots
    for gone in np.arange(0, lengths.max(), step):
        course = _at(current, places) + drift + outward * LIFT * np.exp(-gone / LIFTED)
        places = places + step * course / np.linalg.norm(course, axis=0)
        left = (1 - gone / lengths).clip(0, 1) ** TAPER
        _drop(density, places * frame.scale - 0.5, STEP_PX * left, frame.shape)
    return _opacity(density.reshape(frame.shape), frame.strand_px)


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
