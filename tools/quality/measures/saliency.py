"""Measures of how well the subject is found. All but `mae` use the truth as a mask, cut at half.

pysodmetrics stretches every alpha to 0..1 first, which would forgive a faint cutout. Its formulas
get the alpha without that stretch here.
"""

import numpy as np
from numpy.typing import NDArray
from py_sod_metrics import Emeasure, FmeasureHandler, FmeasureV2, Smeasure

from .arrays import Alpha, Mask, to_mask

BETA_SQUARED = 0.3  # Achanta et al. 2009: precision counts for more than recall


def iou(alpha: Alpha, truth: Alpha) -> float:
    """Compute the Jaccard index of the masks; 1 where both are empty."""
    is_subject, is_fg = to_mask(alpha), to_mask(truth)
    union = np.count_nonzero(is_subject | is_fg)
    return float(np.count_nonzero(is_subject & is_fg) / union) if union else 1.0


def f_curve(alpha: Alpha, truth: Alpha) -> NDArray[np.float64]:
    """Compute F of the masks alpha * 255 >= 0, 1 .. 255 (Achanta et al. 2009, CVPR): (256,).

    F is 0 where the mask and the truth share no pixel, as with a truth without a subject.
    """
    f = FmeasureHandler(with_dynamic=True, with_adaptive=False, beta=BETA_SQUARED)
    metrics = FmeasureV2({"f": f})
    metrics.step(alpha, to_mask(truth), normalize=False)
    falling: NDArray[np.float64] = metrics.get_results()["f"]["dynamic"]
    return falling[::-1]


def f_half(alpha: Alpha, truth: Alpha) -> float:
    """Compute F of the mask alpha >= 0.5."""
    return float(f_curve(to_mask(alpha).astype(np.float64), truth)[-1])


def mae(alpha: Alpha, truth: Alpha) -> float:
    """Compute the mean absolute error against the soft truth."""
    return float(np.abs(alpha - truth).mean())


def s_measure(alpha: Alpha, truth: Alpha) -> float:
    """Compute the S-measure, half by objects and half by regions (Fan et al. 2017, ICCV).

    It is 1 - mean alpha for a truth without a subject, and mean alpha for one without background.
    """
    return float(_Structure().cal_sm(alpha, to_mask(truth)))


def e_measure(alpha: Alpha, truth: Alpha) -> float:
    """Compute the mean enhanced alignment of the masks of f_curve (Fan et al. 2018, IJCAI).

    The best value is about 0.997, because the mask of threshold 0 is all subject.
    """
    is_fg = to_mask(truth)
    metric = Emeasure()
    # Emeasure.step() sets these two, and would stretch alpha.
    metric.gt_fg_numel, metric.gt_size = np.count_nonzero(is_fg), is_fg.size
    return float(metric.cal_changeable_em(alpha, is_fg).mean())


class _Structure(Smeasure):  # type: ignore[misc]  # the package is not typed
    """The S-measure, defined for parts of less than two pixels, for which the package gives NaN."""

    def s_object(self, x: NDArray[np.float64]) -> float:
        return float(super().s_object(x if x.size > 1 else x.repeat(2)))  # a deviation of 0

    def ssim(self, pred: Alpha, gt: Mask) -> float:
        if pred.size < 2:  # equal like two flat parts; a part without pixels has no weight
            return 1.0
        return float(super().ssim(pred, gt))
