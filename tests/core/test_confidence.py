import numpy as np
import pytest

from cutout.core import confidence
from cutout.core.arrays import Map

SIDE = 64


def disc(softness_px: float, height: float = 0.99) -> Map:
    """A disc of radius 20 px whose edge rises over about this many px."""
    down, across = np.mgrid[:SIDE, :SIDE] - SIDE / 2 + 0.5
    distance = np.hypot(down, across) - 20
    return (height / (1 + np.exp(distance / softness_px * 4))).astype(np.float32)


def test_a_sharp_subject_is_trusted_more_than_a_blurred_one():
    sharp, soft, blurred = (confidence.estimate(disc(px)) for px in (1, 6, 20))

    assert sharp > soft > blurred


def test_a_faint_subject_is_trusted_less_than_a_clear_one():
    assert confidence.estimate(disc(1, 0.8)) < 0.1 < 0.7 < confidence.estimate(disc(1))


def test_a_bright_spot_does_not_make_a_faint_subject_trusted():
    faint = disc(1, 0.8)
    spotted = faint.copy()
    spotted[SIDE // 2, SIDE // 2] = 0.99

    assert confidence.estimate(spotted) == pytest.approx(confidence.estimate(faint), abs=0.02)


def test_confidence_is_a_probability_that_rises_with_the_mean():
    probabilities = [confidence.from_mean(mean) for mean in np.linspace(0, 1, 101)]

    assert all(0 < one < 1 for one in probabilities)
    assert (np.diff(probabilities) >= 0).all()


def test_the_network_is_never_trusted_beyond_what_was_compared_with_a_truth():
    assert confidence.from_mean(1) == confidence.from_mean(confidence.CEILING) < 0.995


@pytest.mark.parametrize("level", [0, 0.4, 1])
def test_maps_without_any_contrast_have_a_confidence_too(level):
    assert 0 < confidence.estimate(np.full((SIDE, SIDE), level, np.float32)) < 1


def test_place_and_number_of_subjects_change_nothing():
    one = disc(1)
    aside = np.roll(one, 30, 1)

    assert confidence.estimate(aside) == pytest.approx(confidence.estimate(one))
    assert confidence.estimate(np.hstack([one, one])) == pytest.approx(confidence.estimate(one))
