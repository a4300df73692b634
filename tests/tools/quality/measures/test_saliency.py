import numpy as np
import pytest

from tools.quality.measures import saliency

MEASURES = [saliency.iou, saliency.f_half, saliency.mae, saliency.s_measure, saliency.e_measure]


def subject(rows, columns, shape=(8, 8), opacity=1.0):
    alpha = np.zeros(shape)
    alpha[rows, columns] = opacity
    return alpha


SQUARE = subject(slice(2, 6), slice(0, 4))


def test_squares_that_overlap_by_half_have_an_iou_of_a_third():
    shifted = subject(slice(2, 6), slice(2, 6))

    assert saliency.iou(shifted, SQUARE) == pytest.approx(1 / 3)  # 8 of 24 px


@pytest.mark.parametrize(("opacity", "iou"), [(127 / 255, 0), (0.5, 1), (128 / 255, 1)])
def test_the_mask_threshold_is_half(opacity, iou):
    assert saliency.iou(SQUARE * opacity, SQUARE) == iou
    assert saliency.f_half(SQUARE * opacity, SQUARE) == iou
    assert saliency.iou(SQUARE, SQUARE * opacity) == iou
    assert saliency.f_half(SQUARE, SQUARE * opacity) == iou


def test_two_empty_masks_agree_and_one_does_not():
    empty = np.zeros((8, 8))

    assert saliency.iou(empty, empty) == 1
    assert saliency.iou(empty, SQUARE) == 0
    assert saliency.iou(SQUARE, empty) == 0


def test_f_weights_precision_more_than_recall():
    truth = subject(slice(0, 8), slice(0, 4))
    everything, quarter = np.ones((8, 8)), subject(slice(0, 4), slice(0, 4))

    assert saliency.f_half(everything, truth) == pytest.approx(0.65 / 1.15)  # P = 1/2, R = 1
    assert saliency.f_half(quarter, truth) == pytest.approx(0.65 / 0.8)  # P = 1, R = 1/2


def test_the_curve_has_a_value_per_threshold_without_normalization():
    faint = SQUARE * 51 / 255

    curve = saliency.f_curve(faint, SQUARE)

    assert curve.shape == (256,)
    assert curve[0] == pytest.approx(1.3 * 0.25 / (0.3 * 0.25 + 1))  # all 64 px, of which 16 right
    assert curve[1:52] == pytest.approx(1)
    assert (curve[52:] == 0).all()


def test_an_empty_alpha_has_an_f_of_0():
    empty = np.zeros((8, 8))

    assert saliency.f_half(empty, SQUARE) == 0
    assert saliency.f_half(empty, empty) == 0
    assert saliency.f_half(SQUARE, empty) == 0


def test_mae_compares_with_the_soft_truth():
    alpha, truth = np.array([[0.2, 1.0]]), np.array([[0.6, 0.9]])

    assert saliency.mae(alpha, truth) == pytest.approx(0.25)


def test_s_of_a_constant_alpha_equals_a_sum_by_hand():
    truth = subject(slice(0, 4), slice(0, 4), shape=(4, 8))
    flat = np.full((4, 8), 0.5)

    # Objects: 2 * 0.5 / (0.25 + 1) = 0.8 inside and outside. Regions meet after row 3 and column
    # 3: the two on the left, 12 of 32 px, are flat in both and count 1, those on the right 0.
    assert saliency.s_measure(flat, truth) == pytest.approx(0.5 * 0.8 + 0.5 * 12 / 32)


def test_s_does_not_normalize_a_faint_alpha():
    faint = SQUARE * 0.5

    # Objects: 0.8 on the 16 px of the subject, 1 on the other 48. All four regions hold an edge of
    # the square; where alpha is half the truth, of mean m and variance v, a region counts
    # 4 * (m / 2) * m * (v / 2) / ((m^2 / 4 + m^2) * (v / 4 + v)) = 16 / 25.
    objects, regions = 0.25 * 0.8 + 0.75, 0.64
    assert saliency.s_measure(faint, SQUARE) == pytest.approx(0.5 * objects + 0.5 * regions)


def test_s_is_defined_for_an_empty_or_full_truth():
    everything, nothing, quarter = np.ones((8, 8)), np.zeros((8, 8)), np.full((8, 8), 0.25)

    assert saliency.s_measure(quarter, nothing) == pytest.approx(0.75)
    assert saliency.s_measure(quarter, everything) == pytest.approx(0.25)


@pytest.mark.parametrize(
    "truth",
    [
        subject(7, 7),  # regions of no pixel
        subject(3, 4),  # an object of one pixel
        subject(6, 6),  # a region of one pixel
        1 - subject(0, 0),
    ],
)
def test_s_is_defined_for_fractional_pixels(truth):
    assert saliency.s_measure(truth, truth) == pytest.approx(1)
    assert 0 <= saliency.s_measure(np.zeros((8, 8)), truth) < 1


def test_e_equals_a_sum_by_hand():
    truth, alpha = np.array([[1.0, 0], [1, 0]]), np.array([[1.0, 0], [0, 0]])

    # Without their means alpha is 3/4 or -1/4 and the truth 1/2 or -1/2; a pixel's alignment is
    # twice their product by their sum of squares, and counts (alignment + 1)^2 / 4:
    hit, miss, background = (25 / 13) ** 2 / 4, (1 / 5) ** 2 / 4, (9 / 5) ** 2 / 4
    masks = (hit + miss + 2 * background) / 3  # the authors divide by a pixel less
    everything = 4 * (1 / 4) / 3  # threshold 0
    assert saliency.e_measure(alpha, truth) == pytest.approx((255 * masks + everything) / 256)


def test_e_does_not_normalize_a_faint_alpha():
    faint = SQUARE * 51 / 255

    # Thresholds 1..51 are right; at 0 all is subject, beyond nothing is, and both count 1/4.
    mean = (51 * 1 + 205 * 0.25) / 256
    assert saliency.e_measure(faint, SQUARE) == pytest.approx(mean * 64 / 63)


def test_e_is_defined_for_an_empty_or_full_truth():
    everything, nothing = np.ones((8, 8)), np.zeros((8, 8))

    assert saliency.e_measure(nothing, nothing) == pytest.approx(255 / 256 * 64 / 63)
    assert saliency.e_measure(everything, nothing) == 0
    assert saliency.e_measure(everything, everything) == pytest.approx(64 / 63)
    assert saliency.e_measure(nothing, everything) == pytest.approx(1 / 256 * 64 / 63)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("alpha", [np.zeros((8, 8)), np.ones((8, 8)), SQUARE.T])
def test_no_alpha_scores_better_than_the_truth(measure, alpha):
    sign = -1 if measure is saliency.mae else 1

    assert sign * measure(SQUARE, SQUARE) > sign * measure(alpha, SQUARE)


@pytest.mark.parametrize(
    ("measure", "best"),
    [
        (saliency.iou, 1),
        (saliency.f_half, 1),
        (saliency.mae, 0),
        (saliency.s_measure, 1),
        (saliency.e_measure, 255.25 / 256 * 64 / 63),
    ],
)
def test_the_truth_has_the_best_score(measure, best):
    assert measure(SQUARE, SQUARE) == pytest.approx(best)
