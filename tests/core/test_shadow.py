import numpy as np
import pytest
from PIL import Image

from cutout.core import shadow

BOX = (100, 100, 300, 300)


def square(size=(500, 500), alpha=255, box=BOX):
    picture = Image.new("RGBA", size)
    picture.paste((200, 100, 50, alpha), box)
    return picture


def test_the_shadow_does_not_change_the_subject():
    dropped = np.asarray(shadow.drop(square(), BOX, 0.5))

    assert (dropped[100:300, 100:300] == (200, 100, 50, 255)).all()


def test_the_shadow_is_black_and_falls_down_and_to_the_right():
    dropped = np.asarray(shadow.drop(square(), BOX, 0.5)).copy()
    dropped[100:300, 100:300] = 0

    weight = dropped[..., 3].astype(float)
    y, x = np.mgrid[:500, :500]
    assert (dropped[..., :3] == 0).all()
    assert (weight * (y - 199.5)).sum() > (weight * (x - 199.5)).sum() > 0
    assert weight[320:].sum() > 0


def test_the_shadow_is_soft_and_never_darker_than_its_opacity():
    dropped = np.asarray(shadow.drop(square(), BOX, 0.5)).copy()
    dropped[100:300, 100:300] = 0

    below = dropped[300:, 200, 3].astype(int)
    assert 60 < below.max() <= 128
    assert (np.diff(below) <= 0).all()
    assert np.abs(np.diff(below)).max() < 20
    assert below[-1] == 0


def test_the_shadow_shows_through_translucent_parts():
    dropped = np.asarray(shadow.drop(square(alpha=128), BOX, 0.5)).astype(int)

    inside = dropped[200, 200]
    assert inside[3] > 128
    shown = inside[:3] * inside[3] / 255  # straight colours: premultiplied they are the subject's
    assert np.abs(shown - np.array((200, 100, 50)) * 128 / 255).max() <= 1


def test_the_alpha_is_the_subject_composited_over_its_shadow():
    dropped = np.asarray(shadow.drop(square(alpha=128), BOX, 1.0)).astype(int)

    deep = 128 / 255  # in the middle, where the blur sees the subject alone
    assert dropped[200, 200, 3] == pytest.approx(255 * (deep + deep * (1 - deep)), abs=2)


def test_an_opacity_of_0_adds_no_shadow():
    assert (np.asarray(shadow.drop(square(), BOX, 0)) == np.asarray(square())).all()


def test_an_empty_cutout_casts_no_shadow():
    empty = Image.new("RGBA", (70, 30))

    assert (np.asarray(shadow.drop(empty, (0, 0, 0, 0), 1.0)) == 0).all()


def test_strips_and_reduced_sizes_leave_no_seam_in_the_shadow():
    size, box = (900, 1500), (200, 200, 700, 1300)
    dropped = np.asarray(shadow.drop(square(size, box=box), box, 0.8)).astype(int)

    beside = dropped[300:1200, 710, 3]  # three borders of strips
    assert np.abs(np.diff(beside)).max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (300, 2)])
def test_subjects_of_any_shape_cast_a_shadow(size):
    box = (0, 0, *size)

    assert shadow.drop(square(size, box=box), box, 0.5).size == size
