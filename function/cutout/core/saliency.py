"""Input and output of U2-Net (Qin et al. 2020, Pattern Recognition 106)."""

import numpy as np
from numpy.typing import NDArray

from .arrays import RGB8, Map, Tensor
from .geometry import VISIBLE

# U2-Net's own code divides by the image's maximum, not by 255; its weights have seen nothing else.
EPSILON = 1e-6
HAZE = 0.02  # 5 of 255: invisible, but it would keep the background's colours

# Of subject_mean, which a single bright pixel does not raise. Plain, noisy and
# shaded grounds reach 0.11 with either network. Of 239 photographs two have less than this with
# u2netp, and the others 0.39 or more; an icon of 8 px has 0.17 with u2net and 0.2 with u2netp.
FAINTEST = 0.25
# Reduced to a preview, photos' mean moves by 0.03; reduced to a thumbnail, some lose it all.
CERTAIN = 0.75


def to_tensor(square: RGB8, mean: NDArray[np.float32], std: NDArray[np.float32]) -> Tensor:
    """Return the network's input, normalised by the (3,) mean and std of its card."""
    scaled = square / max(float(square.max()), EPSILON)
    return ((scaled - mean) / std).transpose(2, 0, 1)[None].astype(np.float32)


def stretch(prediction: Map) -> Map:
    """Return the prediction stretched to 0..1, as U2-Net's own code does."""
    low, high = float(prediction.min()), float(prediction.max())
    return ((prediction - low) / max(high - low, EPSILON)).astype(np.float32)


def remove_haze(saliency: Map) -> Map:
    """Move values within HAZE of 0 or 1 there, which a sigmoid never reaches."""
    return ((saliency - HAZE) / (1 - 2 * HAZE)).clip(0, 1)


def has_subject(prediction: Map) -> bool:
    """Whether a prediction that is not stretched yet has a subject; the stretch would turn noise
    into one."""
    return subject_mean(prediction) >= FAINTEST


def is_certain(prediction: Map) -> bool:
    """Whether a prediction that is not stretched yet has a subject beyond doubt."""
    return subject_mean(prediction) >= CERTAIN


def is_visible(saliency: Map) -> bool:
    """Whether a map that is stretched, and limited by a photo's alpha, shows anything."""
    return float(saliency.max()) * 255 >= VISIBLE


def subject_mean(prediction: Map) -> float:
    """Return the mean of the subject in a prediction that is not stretched yet, 0..1: how sure the
    network is. confidence.estimate turns it into a probability."""
    return float(prediction[prediction >= prediction.max() / 2].mean())
