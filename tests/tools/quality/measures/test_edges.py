import numpy as np
import pytest

from tools.quality.measures.edges import boundary_f, sobel_accuracy


def step(column, shape=(100, 100)):
    alpha = np.zeros(shape)
    alpha[:, column:] = 1
    return alpha


def square(row, column):
    alpha = np.zeros((100, 100))
    alpha[row : row + 40, column : column + 40] = 1
    return alpha


def test_an_edge_of_half_the_height_has_an_overlap_of_two_thirds():
    # 2 * (1/2) / (1/2 + 1)
    assert sobel_accuracy(step(50) / 2, step(50)) == pytest.approx(2 / 3)


def test_an_edge_of_two_columns_shifted_by_one_overlaps_by_half():
    assert sobel_accuracy(step(51), step(50)) == pytest.approx(1 / 2)
    assert sobel_accuracy(step(52), step(50)) == 0


def test_edges_are_soft():
    ramp = np.tile(np.clip((np.arange(100) - 46) / 8, 0, 1), (100, 1))

    # Of slope 1/8 it has magnitude 1 in columns 47..53, half at its ends, 8 a row in all; the step
    # has 4 in columns 49 and 50.
    assert sobel_accuracy(ramp, step(50)) == pytest.approx(2 * (1 + 1) / (8 + 8))


def test_a_gradient_has_a_length_and_no_direction():
    x, y = np.meshgrid(np.arange(10), np.arange(10))

    overlap = sobel_accuracy(3 * x / 100, (3 * x + 4 * y) / 100)

    # A slope counts 8 times, and half of that at the border that it meets. Of 100 px the truth has
    # 64 inside, 2 x 8 at borders across and down, and 4 corners.
    found = 8 * (80 * 0.03 + 20 * 0.015)
    true = 8 * (64 * 0.05 + 16 * np.hypot(0.015, 0.04) + 16 * np.hypot(0.03, 0.02) + 4 * 0.025)
    assert overlap == pytest.approx(2 * found / (found + true))


@pytest.mark.parametrize("level", [0, 1])
def test_two_pictures_without_edges_agree(level):
    flat = np.full((100, 100), float(level))

    assert sobel_accuracy(flat, flat) == 1
    assert boundary_f(flat, flat) == 1
    assert sobel_accuracy(flat, step(50)) == 0
    assert boundary_f(flat, step(50)) == 0
    assert sobel_accuracy(step(50), flat) == 0
    assert boundary_f(step(50), flat) == 0


@pytest.mark.parametrize(("shift", "f"), [(0, 1), (1, 1), (2, 1), (3, 0), (-2, 1), (-3, 0)])
def test_the_boundary_tolerance_is_0_8_percent_of_the_diagonal(shift, f):
    # 0.008 * 141.4 px, rounded up, is 2 px.
    assert boundary_f(step(50 + shift), step(50)) == f


def test_of_a_square_shifted_beyond_the_tolerance_two_sides_match():
    # Boundaries are rings of 160 px, 41 px wide. Shifted across by 3, within 2 px of the other
    # ring are 40 px of the top, 40 of the bottom, and 2 + 2 of the side in between.
    assert boundary_f(square(30, 33), square(30, 30)) == pytest.approx(84 / 160)


def test_an_additional_boundary_lowers_precision_only():
    truth = step(50)
    alpha = truth.copy()
    alpha[:, :20] = 1  # a second edge as long as the first: P = 1/2, R = 1

    assert boundary_f(alpha, truth) == pytest.approx(2 / 3)
    assert boundary_f(truth, alpha) == pytest.approx(2 / 3)


def test_distances_are_euclidean():
    alpha, truth = np.zeros((100, 100)), np.zeros((100, 100))
    truth[50, 50] = alpha[52, 52] = 1

    # The boundary of a pixel is four: itself, above, left and between. Of these the closest corner
    # is 1.4 px from the other boundary, its neighbours are 2.2, and the far corner is 2.8.
    assert boundary_f(alpha, truth) == pytest.approx(1 / 4)


def test_masks_are_cut_at_half():
    assert boundary_f(step(50) * 0.5, step(50)) == 1
    assert boundary_f(step(50) * 0.49, step(50)) == 0
