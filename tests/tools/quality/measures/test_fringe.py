import numpy as np
import pytest

from tools.quality.measures.fringe import fringe

HERE = np.ones((1, 1), np.bool_)


def pixel(*rgba):
    return np.array([[rgba]], np.uint8)


def test_spill_is_weighted_by_opacity_on_every_background():
    spilled, truth = pixel(200, 200, 50, 51), pixel(200, 100, 50, 51)

    # A fifth of 100 levels of green, in one channel of three.
    assert fringe(spilled, truth, HERE) == pytest.approx(20 / 3)


def test_a_thin_edge_counts_on_backgrounds_of_another_colour():
    thin, truth = pixel(0, 0, 0, 153), pixel(0, 0, 0, 255)

    # Two fifths of the ground: 102 on all of white, none on black, 102 in green's one channel.
    assert fringe(thin, truth, HERE) == pytest.approx((3 * 102 + 0 + 102) / 9)


def test_a_white_halo_counts_on_black_and_green():
    halo, truth = pixel(255, 255, 255, 153), pixel(255, 255, 255, 0)

    # Three fifths of white: none on white, 153 on all of black, on green 153 in red and blue.
    assert fringe(halo, truth, HERE) == pytest.approx((0 + 3 * 153 + 2 * 153) / 9)


def test_the_third_background_is_green():
    thin, truth = pixel(0, 255, 0, 153), pixel(0, 255, 0, 255)

    # 102 on white in red and blue, on black in green, and on green nothing.
    assert fringe(thin, truth, HERE) == pytest.approx((2 * 102 + 102 + 0) / 9)


def test_errors_of_two_channels_do_not_cancel():
    assert fringe(pixel(10, 0, 0, 255), pixel(0, 10, 0, 255), HERE) == pytest.approx(20 / 3)


def test_invisible_colours_do_not_count():
    assert fringe(pixel(255, 0, 0, 0), pixel(0, 0, 255, 0), HERE) == 0


def test_nothing_is_rounded():
    # 1 of 255 of a level, in all channels
    assert fringe(pixel(1, 1, 1, 1), pixel(0, 0, 0, 1), HERE) == pytest.approx(1 / 255)


def test_only_the_selected_pixels_count():
    cutout = np.array([[[10, 10, 10, 255], [90, 90, 90, 255]]], np.uint8)
    truth = np.zeros_like(cutout)
    truth[..., 3] = 255

    assert fringe(cutout, truth, np.array([[True, False]])) == pytest.approx(10)
    assert fringe(cutout, truth, np.array([[True, True]])) == pytest.approx(50)


def test_the_ground_truth_has_no_fringe():
    truth = np.random.default_rng(1).integers(0, 256, (9, 9, 4), np.uint8)

    assert fringe(truth, truth, np.ones((9, 9), np.bool_)) == 0
