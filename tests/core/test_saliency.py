import numpy as np
import pytest

from cutout.core import saliency

MEAN, STD = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])


def test_the_tensor_is_channels_first_and_divided_by_the_images_own_maximum():
    square = np.zeros((4, 4, 3), np.uint8)
    square[1, 2] = (100, 50, 0)

    tensor = saliency.to_tensor(square, MEAN, STD)

    assert tensor.shape == (1, 3, 4, 4)
    assert tensor.dtype == np.float32
    assert tensor[0, :, 1, 2] == pytest.approx((np.array([1, 0.5, 0]) - MEAN) / STD)


def test_a_black_picture_gives_no_nan():
    tensor = saliency.to_tensor(np.zeros((4, 4, 3), np.uint8), MEAN, STD)

    assert np.isfinite(tensor).all()


def test_the_stretch_fills_0_to_1_and_keeps_the_order():
    prediction = np.float32([[0.2, 0.3], [0.5, 0.7]])

    stretched = saliency.stretch(prediction)

    assert stretched.min() == 0
    assert stretched.max() == 1
    assert (np.argsort(stretched, axis=None) == np.argsort(prediction, axis=None)).all()


def test_a_constant_map_is_stretched_to_zero():
    assert saliency.stretch(np.full((3, 3), 0.4, np.float32)).max() == 0


def test_haze_becomes_zero_and_other_values_keep_their_order():
    saliency_map = np.linspace(0, 1, 101, dtype=np.float32)[None]

    settled = saliency.remove_haze(saliency_map)

    assert (settled[0, :3] == 0).all()
    assert (settled[0, -3:] == 1).all()
    assert settled[0, 50] == pytest.approx(0.5)
    assert (np.diff(settled[0, 2:-2]) > 0).all()


def test_a_map_of_faint_values_has_no_subject():
    faint = np.zeros((8, 8), np.float32)
    faint[2:4, 2:4] = 0.05

    assert not saliency.has_subject(faint)
    assert saliency.has_subject(faint * 18)


def test_the_mean_is_measured_on_the_subject_only():
    prediction = np.zeros((8, 8), np.float32)
    prediction[2:6, 2:6] = 0.8

    assert saliency.subject_mean(prediction) == pytest.approx(0.8)
