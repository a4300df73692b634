"""The gallery of the report."""

import numpy as np

from tools.quality.gallery import SIDE, errors, hardest


def test_kept_background_is_drawn_red_and_lost_subject_blue():
    photo = np.full((1, 3, 3), 200, np.uint8)

    kept, lost, well = np.asarray(errors(photo, np.array([[1.0, -1.0, 0.0]])))[0].tolist()

    assert kept == [230, 60, 30]
    assert lost == [40, 90, 230]
    assert well == [70, 70, 70]


def test_the_hardest_part_is_where_the_alphas_differ():
    truth = np.full((600, 800), 255, np.uint8)
    alpha = truth.copy()
    alpha[100:140, 640:680] = 0

    left, top, right, bottom = hardest(alpha, truth)

    assert (right - left, bottom - top) == (SIDE, SIDE)
    assert left <= 640 < 680 <= right <= 800
    assert 0 <= top <= 100 < 140 <= bottom
