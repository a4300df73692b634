"""Confidence: the probability that a cutout is good, estimated from the network's prediction.

Logistic regression on the logit of saliency.subject_mean (Platt 1999, "Probabilistic outputs for
support vector machines"). `python -m tools.quality.confidence DATA` fits it and prints the
constants; no test can hold them, because DATA is not part of this repository.

Tried and left out, because none improved the cross-validated Brier score of both networks together
by 0.002: the share of unsure pixels by area and by perimeter, the gradient at the contour, touching
the border, area, compactness, number and shares of parts, the maximum, and the photo's contrast
and colours across the contour. Nor does the agreement with a mirror image or a crop. So the
first look's prediction is used where a cutout is made of two: the mean of u2net's merged map
predicts worse than that of its first (AUC 0.85 against 0.90). The agreement of the two networks
improves the Brier score (0.100 against 0.110), for the price of the other network's inference.
"""

import math

from .arrays import Map
from .saliency import subject_mean

GOOD = 0.8  # intersection over union with the true mask, from which a cutout counts as good
# Of 94 pictures, each with u2net and u2netp. One line for both: fitted apart, they predict no
# better (Brier score 0.111 against 0.107), and a user's own networks share it, uncalibrated.
INTERCEPT = -5.44
SLOPE = 1.95
# u2net's means end at 0.992; greater ones were never compared with a truth.
CEILING = 0.995


def estimate(prediction: Map) -> float:
    """Return the probability, 0..1, that the cutout's IoU with the truth is at least GOOD.

    `prediction` is the network's first map of the photo, not stretched, (S, S).
    """
    return from_mean(subject_mean(prediction))


def from_mean(mean: float) -> float:
    """Return the probability for a prediction whose subject has this mean, 0..1."""
    sure = min(max(mean, 1 - CEILING), CEILING)
    logit = math.log(sure / (1 - sure))
    return 1 / (1 + math.exp(-(INTERCEPT + SLOPE * logit)))
