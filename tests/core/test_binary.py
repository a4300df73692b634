import numpy as np
from PIL import Image

from cutout.core.binary import binary


def test_only_0_and_255_remain():
    soft = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (64, 1))

    assert set(np.unique(binary(Image.fromarray(soft)))) == {0, 255}


def test_a_speck_is_removed_and_the_subject_stays_in_place():
    alpha = np.zeros((64, 64), np.uint8)
    alpha[20:50, 20:50] = 255
    alpha[5, 5:7] = 255

    hard = np.asarray(binary(Image.fromarray(alpha)))

    assert not hard[:15, :15].any()
    assert (hard[22:48, 22:48] == 255).all()
    assert abs(int((hard > 0).sum()) - 900) < 45
