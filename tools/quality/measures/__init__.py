"""The catalogue of measures, and `measure`, which compares one cutout with its ground truth."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from . import edges, matting, saliency
from .arrays import RGBA8, to_alpha
from .fringe import fringe

# The ground truth that a measure needs. "curve": a mask, and the mean over all pictures.
Needs = Literal["mask", "curve", "alpha", "band", "colours"]


@dataclass(frozen=True)
class Measure:
    key: str
    title: str
    better: Literal["higher", "lower"]
    unit: str  # empty for a ratio of 0..1
    needs: Needs
    function: Callable[..., float] | None  # None for the "curve", which `statistics` reduces
    source: str
    definition: str  # complete enough to implement the measure again

    @property
    def is_of_masks(self) -> bool:
        return self.needs in ("mask", "curve")


@dataclass(frozen=True)
class Scores:
    values: dict[str, float]  # by Measure.key, without those that the ground truth does not allow
    f_curve: list[float]  # F at the thresholds 0, 1 .. 255


ACHANTA = "Achanta et al. 2009, Frequency-tuned salient region detection, CVPR"
RHEMANN = "Rhemann et al. 2009, A perceptually motivated online benchmark for image matting, CVPR"
F = f"(1 + b) P R / (b P + R) with b = {saliency.BETA_SQUARED}, and 0 where P R = 0"

OF_MASKS = (
    Measure(
        "iou", "IoU", "higher", "", "mask", saliency.iou,
        "Jaccard 1912, The distribution of the flora in the alpine zone, New Phytologist",
        "Pixels in both masks by pixels in either; a mask is alpha >= 0.5. 1 if both are empty.",
    ),
    Measure(
        "f_max", "max F", "higher", "", "curve", None, ACHANTA,
        f"Precision P and recall R of alpha * 255 >= t against truth >= 0.5 give F(t) = {F}. The "
        "curves of all pictures are averaged for each t of 0..255; the maximum of the mean counts.",
    ),
    Measure(
        "f_half", "F at half", "higher", "", "mask", saliency.f_half, ACHANTA,
        f"F = {F}, P and R being precision and recall of alpha >= 0.5 against truth >= 0.5.",
    ),
    Measure(
        "mae", "MAE", "lower", "", "mask", saliency.mae,
        "Perazzi et al. 2012, Saliency filters, CVPR",
        "Mean of |alpha - truth| over all pixels, both 0..1 and soft.",
    ),
    Measure(
        "s_measure", "S-measure", "higher", "", "mask", saliency.s_measure,
        "Fan et al. 2017, Structure-measure: A new way to evaluate foreground maps, ICCV",
        "Half the object-aware and half the region-aware similarity of alpha to truth >= 0.5, by "
        "pysodmetrics 1.4.2 without its stretch of alpha to 0..1. The deviation of a single pixel "
        "counts as 0.",
    ),
    Measure(
        "e_measure", "mean E-measure", "higher", "", "mask", saliency.e_measure,
        "Fan et al. 2018, Enhanced-alignment measure for binary foreground map evaluation, IJCAI",
        "The mean of E(t) over t of 0..255, where E(t) is the enhanced alignment of "
        "alpha * 255 >= t with truth >= 0.5, by pysodmetrics 1.4.2 without its stretch of alpha "
        "to 0..1. Perfect is 0.997: at t = 0 all is subject.",
    ),
    Measure(
        "sobel", "Sobel accuracy", "higher", "", "mask", edges.sobel_accuracy,
        "this project: the overlap of Dice 1945 (Ecology 26) of two maps of Sobel gradients",
        "2 sum(min(g, h)) / sum(g + h), where g and h are the magnitudes of the 3 x 3 Sobel "
        "gradients of alpha and truth, both 0..1 and soft, borders replicated. 1 if both are flat.",
    ),
    Measure(
        "boundary_f", "boundary F", "higher", "", "mask", edges.boundary_f,
        "Perazzi et al. 2016, A benchmark dataset and evaluation methodology for video object "
        "segmentation, CVPR (DAVIS)",
        "2 P R / (P + R) of boundary pixels, which differ at 0.5 from their right, lower or lower "
        "right neighbour. One is matched if the other boundary has one within "
        f"{edges.TOLERANCE} of the diagonal, rounded up to whole px. 1 if neither has a boundary, "
        "0 if one has.",
    ),
)  # fmt: skip
OF_ALPHAS = (
    Measure(
        "sad", "SAD", "lower", "1000", "alpha", matting.sad, RHEMANN,
        "Sum of |alpha - truth| over all pixels, both 0..1, divided by 1000.",
    ),
    Measure(
        "mse", "MSE", "lower", "1/1000", "alpha", matting.mse, RHEMANN,
        "Mean of (alpha - truth)^2 over all pixels, both 0..1, times 1000.",
    ),
    Measure(
        "gradient", "gradient error", "lower", "1000", "alpha", matting.gradient_error, RHEMANN,
        "Sum of squared differences of gradient magnitudes, divided by 1000. Gradients are by "
        f"first derivatives of a Gaussian (sigma {matting.SIGMA} px) cut at {matting.RADIUS} px "
        "and scaled to unit L2 norm, borders replicated.",
    ),
    Measure(
        "connectivity", "connectivity error", "lower", "1000", "alpha",
        matting.connectivity_error, RHEMANN,
        "Sum of |phi(alpha) - phi(truth)|, divided by 1000, where phi(a) = 1 - d if d = a - l is "
        f"at least {matting.THETA}, or else 1. l is the highest of 0, 0.1 .. 1 up to which, step "
        "by step, the pixel is in the largest 4-connected part of min(alpha, truth) >= step.",
    ),
)  # fmt: skip
IN_BAND = (
    "The same over the unknown band only: where the true alpha is neither 0 nor 1, and within "
    f"{matting.BAND} px (Euclidean) of there. Absent where the true alpha is 0 or 1 throughout."
)
FRINGE = Measure(
    "fringe", "fringe", "lower", "levels of 255", "colours", fringe,
    "this project",
    "Cutout and truth, each with its own colours and alpha, over white, black and green "
    "(0, 255, 0) on gamma-encoded values: mean absolute difference of the three channels on the "
    "three grounds, in the unknown band. Only for truths whose foreground colours are known.",
)  # fmt: skip
MEASURES = (
    *OF_MASKS,
    *OF_ALPHAS,
    *(
        replace(one, key=f"{one.key}_band", title=f"{one.title}, band", needs="band",
                definition=IN_BAND) for one in OF_ALPHAS
    ),
    FRINGE,
)  # fmt: skip
BY_KEY = {one.key: one for one in MEASURES}


def measure(
    cutout: RGBA8, truth: RGBA8, is_alpha: bool, has_colours: bool, keys: Collection[str] = BY_KEY
) -> Scores:
    """Compute the measures that the ground truth allows, of those in `keys`.

    is_alpha: the truth is a soft alpha, not a mask.
    has_colours: the truth's colours are those of the foreground.
    """
    alpha, true_alpha = to_alpha(cutout), to_alpha(truth)
    arguments: dict[Needs, tuple[np.ndarray, ...]] = {"mask": (alpha, true_alpha)}
    if is_alpha:
        arguments["alpha"] = (alpha, true_alpha, np.ones(alpha.shape, np.bool_))
        if (tile := matting.soft_tile(true_alpha)) is not None:
            band = matting.unknown_band(true_alpha[tile])
            arguments["band"] = (alpha[tile], true_alpha[tile], band)
            if has_colours:
                arguments["colours"] = (cutout[tile], truth[tile], band)
    values = {
        one.key: one.function(*arguments[one.needs])
        for one in MEASURES
        if one.key in keys and one.function and one.needs in arguments
    }
    curve = saliency.f_curve(alpha, true_alpha).tolist() if "f_max" in keys else []
    return Scores(values, curve)
