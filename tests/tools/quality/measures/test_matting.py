import math

import numpy as np
import pytest

from tools.quality.measures.matting import (
    connectivity_error,
    gradient_error,
    mse,
    sad,
    soft_tile,
    unknown_band,
)

ERRORS = [sad, mse, gradient_error, connectivity_error]


def everywhere(alpha):
    return np.ones(alpha.shape, np.bool_)


def disc():
    y, x = np.mgrid[:60, :60]
    return np.clip((20 - np.hypot(x - 30, y - 30)) / 4 + 0.5, 0, 1)


def test_the_band_reaches_10_px_around_soft_pixels():
    truth = np.zeros((50, 50))
    truth[:, 30:] = 1
    truth[20, 20] = 0.5

    band = unknown_band(truth)

    assert band[20, 10:31].all()
    assert not band[20, [9, 31]].any()
    assert band[10:31, 20].all()
    assert not band[[9, 31], 20].any()
    assert band[26, 28]  # 6 down and 8 across are 10
    assert not band[27, 28]
    assert band.sum() == 317  # the whole points in a circle of radius 10


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_binary_truth_has_no_band(level):
    assert not unknown_band(np.full((8, 8), level)).any()


def test_the_faintest_alpha_counts_as_soft():
    assert unknown_band(np.full((2, 2), 1 / 255)).all()
    assert unknown_band(np.full((2, 2), 254 / 255)).all()


def test_sad_is_in_thousands_and_mse_in_thousandths():
    truth = np.zeros((10, 10))
    alpha = truth.copy()
    alpha[0] = 0.5
    alpha[1] = 0.25

    assert sad(alpha, truth, everywhere(truth)) == pytest.approx(0.0075)
    assert mse(alpha, truth, everywhere(truth)) == pytest.approx((2.5 + 0.625) / 100 * 1000)


@pytest.mark.parametrize("error", ERRORS)
def test_only_the_selected_pixels_count(error):
    alpha, truth, where = disc(), disc(), np.zeros((60, 60), np.bool_)
    alpha[25:35, 25:35] = 0
    where[:, :10] = True

    assert error(alpha, truth, everywhere(truth)) > 0
    assert error(alpha, truth, where) == 0


def test_mse_is_the_mean_of_the_selected_pixels():
    truth, where = np.zeros((10, 10)), np.zeros((10, 10), np.bool_)
    alpha = truth.copy()
    alpha[0] = 0.5
    where[:2] = True

    assert mse(alpha, truth, where) == pytest.approx(125)


@pytest.mark.parametrize("across", [False, True])
def test_the_gradient_error_of_a_missing_step_equals_its_closed_form(across):
    truth = np.zeros((30, 40))
    truth[:, 20:] = 1
    truth = truth.T if across else truth

    error = gradient_error(np.zeros_like(truth), truth, everywhere(truth))

    # By filters of unit norm a step's magnitude is sqrt(8 pi) sigma^2 times a Gaussian, of which
    # the integral of the square is 4 sqrt(pi) sigma^3 a px of the step's length. Sampling the
    # filters at whole px and cutting them at 4 moves that by less than a percent.
    assert error == pytest.approx(30 * 4 * math.sqrt(math.pi) * 1.4**3 / 1000, rel=0.01)


def test_the_gradient_error_compares_magnitudes():
    ramp = np.tile(np.arange(40) / 100, (40, 1))
    inner = np.zeros((40, 40), np.bool_)
    inner[10:30, 10:30] = True

    assert gradient_error(ramp.T, ramp, inner) == pytest.approx(0)
    assert gradient_error(ramp[:, ::-1], ramp, inner) == pytest.approx(0)


def test_gradient_errors_grow_quadratically_without_normalization():
    truth = disc()

    whole = gradient_error(truth * 0, truth, everywhere(truth))
    half = gradient_error(truth / 2, truth, everywhere(truth))

    assert half == pytest.approx(whole / 4)


def strip(*pieces):
    """Return an alpha of one row, made of (length, opacity) pieces."""
    return np.repeat([opacity for _, opacity in pieces], [length for length, _ in pieces])[None]


def test_only_a_detached_blob_adds_a_connectivity_error():
    whole = strip((6, 1.0), (4, 0.5))
    near = strip((6, 1.0), (4, 0.6))
    parted = strip((6, 1.0), (1, 0.0), (3, 0.5))
    far = strip((6, 1.0), (1, 0.0), (3, 0.6))

    # Attached, 0.5 of either is connected, and the 0.1 above is less than theta. Detached, nothing
    # is, and the 0.1 counts.
    assert connectivity_error(near, whole, everywhere(whole)) == 0
    assert connectivity_error(far, parted, everywhere(parted)) == pytest.approx(3 * 0.1 / 1000)


def test_parts_cut_off_in_both_alphas_add_no_connectivity_error():
    truth = strip((10, 1.0))
    alpha = strip((6, 1.0), (1, 0.0), (3, 1.0))

    assert connectivity_error(alpha, truth, everywhere(truth)) == pytest.approx(1 / 1000)


@pytest.mark.parametrize(("opacity", "cost"), [(0.64, 0), (0.66, 0.16)])
def test_an_excess_counts_from_theta_upwards(opacity, cost):
    truth = strip((6, 1.0), (1, 0.5))
    alpha = strip((6, 1.0), (1, opacity))

    assert connectivity_error(alpha, truth, everywhere(truth)) == pytest.approx(cost / 1000)


@pytest.mark.parametrize(("true", "opacity", "cost"), [(0.7, 0.88, 0.18), (0.75, 0.86, 0.16)])
def test_connectivity_is_computed_in_steps_of_a_tenth(true, opacity, cost):
    truth = strip((6, 1.0), (1, true))
    alpha = strip((6, 1.0), (1, opacity))

    # Connected up to 0.7: more than theta is above it in alpha, and less in the truth.
    assert connectivity_error(alpha, truth, everywhere(truth)) == pytest.approx(cost / 1000)


def test_corners_do_not_connect():
    truth, alpha = np.eye(4), np.eye(4)
    truth[:2, :2] = alpha[:2, :2] = 1
    truth[2, 2], alpha[2, 2] = 0.5, 0.6

    assert connectivity_error(alpha, truth, everywhere(truth)) == pytest.approx(0.1 / 1000)


def test_a_pixel_that_left_the_largest_component_stays_out():
    # Left is the largest part up to 0.5 with 5 of 9 px, right above that with 3 of 4.
    truth = strip((4, 0.5), (1, 1.0), (1, 0.0), (3, 0.9))
    alpha = strip((4, 0.5), (1, 1.0), (1, 0.0), (3, 1.0))

    assert connectivity_error(alpha, truth, everywhere(truth)) == pytest.approx(3 * 0.1 / 1000)


def test_without_a_common_component_nothing_is_connected():
    truth = strip((3, 1.0), (3, 0.0))
    nothing = truth * 0

    assert connectivity_error(nothing, truth, everywhere(truth)) == pytest.approx(3 / 1000)
    assert connectivity_error(nothing + 1, truth, everywhere(truth)) == pytest.approx(3 / 1000)
    assert connectivity_error(nothing, nothing, everywhere(truth)) == 0


@pytest.mark.parametrize("error", ERRORS)
def test_the_truth_has_no_error_and_empty_and_full_alphas_have_one(error):
    truth = disc()

    assert error(truth, truth, everywhere(truth)) == 0
    assert error(np.zeros_like(truth), truth, everywhere(truth)) > 0
    assert error(np.ones_like(truth), truth, everywhere(truth)) > 0


@pytest.mark.parametrize("error", [sad, mse, gradient_error])
def test_an_error_in_the_band_equals_that_of_its_tile(error):
    truth = np.zeros((120, 130))
    truth[50:110, 40:100] = disc()
    alpha = np.roll(truth, 2, axis=0)

    tile = soft_tile(truth)

    assert truth[tile].size < truth.size / 2
    inside = error(alpha[tile], truth[tile], unknown_band(truth[tile]))
    assert inside == error(alpha, truth, unknown_band(truth)) > 0


def test_a_binary_truth_has_no_tile():
    assert soft_tile(np.eye(8)) is None
