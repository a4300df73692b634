"""What goes into U2-Net and what comes out (Qin et al. 2020, Pattern Recognition 106)."""

import numpy as np
from numpy.typing import NDArray

from .arrays import RGB8, Map, Tensor

# U2-Net's own code divides by the image's maximum, not by 255; its weights have seen nothing else.
EPSILON = 1e-6
HAZE = 0.02  # 5 of 255: unseen by itself, yet it keeps the colours of a whole background

# Plain, noisy and shaded grounds reach 0.11 with either network; of 160 photographs one reaches
# less than this with u2net and two with u2netp.
FAINTEST = 0.25


def to_tensor(square: RGB8, mean: NDArray[np.float32], std: NDArray[np.float32]) -> Tensor:
    scaled = square / max(float(square.max()), EPSILON)
    return ((scaled - mean) / std).transpose(2, 0, 1)[None].astype(np.float32)


def stretch(prediction: Map) -> Map:
    """To 0..1, as U2-Net's own code does."""
    low, high = float(prediction.min()), float(prediction.max())
    return ((prediction - low) / max(high - low, EPSILON)).astype(np.float32)


def remove_haze(saliency: Map) -> Map:
    """What is all but 0 or 1 becomes it: a sigmoid never gets there, and leaves a haze behind."""
    return ((saliency - HAZE) / (1 - 2 * HAZE)).clip(0, 1)


def has_subject(prediction: Map) -> bool:
    """Asked before the stretch, which makes a subject out of any noise."""
    return float(prediction.max()) >= FAINTEST


def confidence(prediction: Map) -> float:
    """0..1: how sure the network is of what it takes for the subject, before the stretch."""
    return float(prediction[prediction >= prediction.max() / 2].mean())
