"""What is measured of a cutout whose truth is known: the catalogue, and all of it at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from . import edges, fringe, matting, saliency
from .arrays import RGBA8, Alpha, Mask, to_alpha


@dataclass(frozen=True)
class Measure:
    key: str
    title: str
    better: Literal["higher", "lower"]
    unit: str  # empty for a ratio of 0..1
    source: str
    definition: str  # enough to compute it again
    needs: Literal["mask", "alpha"]  # the kind of truth; an alpha serves as a mask too


@dataclass(frozen=True)
class Scores:
    values: dict[str, float]  # by the keys of MEASURES; absent where the truth does not give it
    f_curve: list[float]  # at thresholds 0, 1 .. 255


ACHANTA = "Achanta et al. 2009, Frequency-tuned salient region detection, CVPR"
RHEMANN = "Rhemann et al. 2009, A perceptually motivated online benchmark for image matting, CVPR"
F = f"(1 + b) P R / (b P + R) with b = {saliency.BETA_SQUARED}, and 0 where P R = 0"
IN_BAND = (
    "The same over the unknown band only: where the true alpha is neither 0 nor 1, and within "
    f"{matting.BAND} px (Euclidean) of there. Absent where the true alpha is 0 or 1 throughout."
)

MEASURES = (
    Measure(
        "iou", "IoU", "higher", "",
        "Jaccard 1912, The distribution of the flora in the alpine zone, New Phytologist",
        "Pixels in both masks by pixels in either; a mask is alpha >= 0.5. 1 if both are empty.",
        "mask",
    ),
    Measure(
        "f_max", "max F", "higher", "", ACHANTA,
        "Precision P and recall R of alpha * 255 >= t against truth >= 0.5 give F(t) = "
        f"{F}. The curves of all pictures are averaged for each t of 0..255, and the highest point "
        "of the mean is taken.",
        "mask",
    ),
    Measure(
        "f_half", "F at half", "higher", "", ACHANTA,
        f"F = {F}, P and R being precision and recall of alpha >= 0.5 against truth >= 0.5.",
        "mask",
    ),
    Measure(
        "mae", "MAE", "lower", "",
        "Perazzi et al. 2012, Saliency filters, CVPR",
        "Mean of |alpha - truth| over all pixels, both 0..1 and soft.",
        "mask",
    ),
    Measure(
        "s_measure", "S-measure", "higher", "",
        "Fan et al. 2017, Structure-measure: A new way to evaluate foreground maps, ICCV",
        "Half the object-aware and half the region-aware similarity of alpha to truth >= 0.5, by "
        "pysodmetrics 1.4.2 without its stretch of alpha to 0..1. The deviation of a single pixel "
        "counts as 0.",
        "mask",
    ),
    Measure(
        "e_measure", "mean E-measure", "higher", "",
        "Fan et al. 2018, Enhanced-alignment measure for binary foreground map evaluation, IJCAI",
        "The mean of E(t) over t of 0..255, where E(t) is the enhanced alignment of "
        "alpha * 255 >= t with truth >= 0.5, by pysodmetrics 1.4.2 without its stretch of alpha "
        "to 0..1. Perfect is 0.997: at t = 0 all is subject.",
        "mask",
    ),
    Measure(
        "sobel", "Sobel accuracy", "higher", "",
        "this project: the overlap of Dice 1945 (Ecology 26) of two maps of Sobel gradients",
        "2 sum(min(g, h)) / sum(g + h), where g and h are the magnitudes of the 3 x 3 Sobel "
        "gradients of alpha and truth, both 0..1 and soft, borders replicated. 1 if both are flat.",
        "mask",
    ),
    Measure(
        "boundary_f", "boundary F", "higher", "",
        "Perazzi et al. 2016, A benchmark dataset and evaluation methodology for video object "
        "segmentation, CVPR (DAVIS)",
        "2 P R / (P + R) of boundary pixels, which differ at 0.5 from their right, lower or lower "
        "right neighbour. One is matched if the other boundary has one within "
        f"{edges.TOLERANCE} of the diagonal, rounded up to whole px. 1 if neither has a boundary, "
        "0 if one has.",
        "mask",
    ),
    Measure(
        "sad", "SAD", "lower", "1000", RHEMANN,
        "Sum of |alpha - truth| over all pixels, both 0..1, divided by 1000.",
        "alpha",
    ),
    Measure(
        "mse", "MSE", "lower", "1/1000", RHEMANN,
        "Mean of (alpha - truth)^2 over all pixels, both 0..1, times 1000.",
        "alpha",
    ),
    Measure(
        "gradient", "gradient error", "lower", "1000", RHEMANN,
        "Sum of squared differences of gradient magnitudes, divided by 1000. Gradients are by "
        f"first derivatives of a Gaussian (sigma {matting.SIGMA} px) cut at {matting.RADIUS} px "
        "and scaled to unit L2 norm, borders replicated.",
        "alpha",
    ),
    Measure(
        "connectivity", "connectivity error", "lower", "1000", RHEMANN,
        "Sum of |phi(alpha) - phi(truth)|, divided by 1000, where phi(a) = 1 - d if d = a - l is "
        f"at least {matting.THETA}, or else 1. l is the highest of 0, 0.1 .. 1 up to which, step "
        "by step, the pixel is in the largest 4-connected part of min(alpha, truth) >= step.",
        "alpha",
    ),
    Measure("sad_band", "SAD, band", "lower", "1000", RHEMANN, IN_BAND, "alpha"),
    Measure("mse_band", "MSE, band", "lower", "1/1000", RHEMANN, IN_BAND, "alpha"),
    Measure("gradient_band", "gradient error, band", "lower", "1000", RHEMANN, IN_BAND, "alpha"),
    Measure(
        "connectivity_band", "connectivity error, band", "lower", "1000", RHEMANN, IN_BAND, "alpha"
    ),
    Measure(
        "fringe", "fringe", "lower", "levels of 255",
        "this project",
        "Cutout and truth, each with its own colours and alpha, over white, black and green "
        "(0, 255, 0) on gamma-encoded values: mean absolute difference of the three channels on "
        "the three grounds, in the unknown band. Only for truths whose foreground colours are "
        "known.",
        "alpha",
    ),
)  # fmt: skip

_OF_MASKS: dict[str, Callable[[Alpha, Alpha], float]] = {
    "iou": saliency.iou,
    "f_half": saliency.f_half,
    "mae": saliency.mae,
    "s_measure": saliency.s_measure,
    "e_measure": saliency.e_measure,
    "sobel": edges.sobel_accuracy,
    "boundary_f": edges.boundary_f,
}
_OF_ALPHAS: dict[str, Callable[[Alpha, Alpha, Mask], float]] = {
    "sad": matting.sad,
    "mse": matting.mse,
    "gradient": matting.gradient_error,
    "connectivity": matting.connectivity_error,
}


def measure(cutout: RGBA8, truth: RGBA8, is_alpha: bool, has_colours: bool) -> Scores:
    """All that the truth allows; has_colours says that its colours are the foreground's own."""
    alpha, true_alpha = to_alpha(cutout), to_alpha(truth)
    values = {key: of(alpha, true_alpha) for key, of in _OF_MASKS.items()}
    if is_alpha:
        band = matting.unknown_band(true_alpha)
        values |= _of_opacity(alpha, true_alpha, band)
        if has_colours and band.any():
            values["fringe"] = fringe.fringe(cutout, truth, band)
    return Scores(values, saliency.f_curve(alpha, true_alpha).tolist())


def _of_opacity(alpha: Alpha, truth: Alpha, band: Mask) -> dict[str, float]:
    """Without the rows of the band if that is empty."""
    whole = np.ones_like(band)
    values = {key: of(alpha, truth, whole) for key, of in _OF_ALPHAS.items()}
    if band.any():
        values |= {f"{key}_band": of(alpha, truth, band) for key, of in _OF_ALPHAS.items()}
    return values
