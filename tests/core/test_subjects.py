import numpy as np
import pytest

from cutout.core import geometry, subjects

SIDE = 320
Y, X = np.mgrid[:SIDE, :SIDE]


def disc(x, y, radius, value=1.0):
    """Return the map of a disc with a soft edge of 4 px."""
    return (((radius - np.hypot(X - x, Y - y)) / 4 + 0.5).clip(0, 1) * value).astype(np.float32)


def test_a_stray_is_removed_with_its_edge_and_nothing_else_changes():
    subject, stray = disc(150, 160, 80), disc(280, 40, 6)
    saliency = np.maximum(subject, stray)

    cleaned = subjects.without_strays(saliency, subjects.separate(saliency))

    assert np.array_equal(cleaned, subject)


def test_a_second_subject_of_a_fiftieth_of_the_area_is_kept():
    saliency = np.maximum(disc(150, 160, 80), disc(280, 40, 12))

    labels = subjects.separate(saliency)

    assert labels.max() == 2
    assert np.array_equal(subjects.without_strays(saliency, labels), saliency)


def test_parts_joined_by_a_faint_strap_are_one_subject():
    saliency = np.maximum(disc(110, 160, 60), disc(260, 160, 6))
    saliency[158:161, 160:260] = np.maximum(saliency[158:161, 160:260], 0.25)

    labels = subjects.separate(saliency)

    assert labels.max() == 1
    assert (labels[saliency > 0] == 1).all()


def test_each_soft_edge_belongs_to_the_nearest_subject():
    saliency = np.maximum(disc(100, 160, 50), disc(210, 160, 40))

    labels = subjects.separate(saliency)

    is_left = np.hypot(X - 100, Y - 160) < 54
    assert (labels[is_left & (saliency > 0)] == 1).all()
    assert (labels[~is_left & (saliency > 0)] == 2).all()
    assert (labels[saliency == 0] == 0).all()


def test_haze_belongs_to_the_nearest_subject():
    saliency = np.maximum(disc(100, 160, 50), disc(250, 160, 30, value=0.4))

    labels = subjects.separate(saliency)

    assert labels.max() == 1
    assert np.array_equal(subjects.without_strays(saliency, labels), saliency)


def test_a_constant_map_has_no_subject():
    labels = subjects.separate(np.zeros((SIDE, SIDE), np.float32))

    assert labels.max() == 0
    assert subjects.boxes(labels.astype(np.float32), labels) == []


def test_the_maps_of_the_subjects_add_up_to_the_whole_map():
    saliency = np.maximum(disc(100, 160, 50), disc(250, 160, 30))
    labels = subjects.separate(saliency)

    larger, smaller = (subjects.only(saliency, labels, which) for which in (1, 2))

    assert np.array_equal(larger, disc(100, 160, 50))
    assert np.array_equal(larger + smaller, saliency)


def test_boxes_bound_the_visible_part_of_each_subject_largest_first():
    saliency = np.zeros((SIDE, SIDE), np.float32)
    saliency[200:240, 10:30] = 1
    saliency[20:120, 50:150] = 1
    saliency[120:123, 50:150] = 0.05

    assert subjects.boxes(saliency, subjects.separate(saliency)) == [
        (50, 20, 150, 120),
        (10, 200, 30, 240),
    ]


def test_with_too_many_subjects_the_last_number_is_all_the_rest():
    saliency = ((X % 16 < 8) & (Y % 16 < 8)).astype(np.float32)

    labels = subjects.separate(saliency)

    assert labels.max() == subjects.MOST
    assert np.array_equal(subjects.without_strays(saliency, labels), saliency)
    assert len(subjects.boxes(saliency, labels)) == subjects.MOST


@pytest.mark.parametrize("size", [(4000, 3000), (320, 320), (333, 217), (7, 1)])
def test_a_box_of_the_map_covers_exactly_its_pixels_in_the_photo(size):
    left, top, right, bottom = geometry.scaled((3, 5, 40, 319), (SIDE, SIDE), size)

    for edge, true in ((left, 3 * size[0] / SIDE), (top, 5 * size[1] / SIDE)):
        assert edge <= true < edge + 1
    for edge, true in ((right, 40 * size[0] / SIDE), (bottom, 319 * size[1] / SIDE)):
        assert edge - 1 < true <= edge
    assert geometry.scaled((0, 0, SIDE, SIDE), (SIDE, SIDE), size) == (0, 0, *size)


@pytest.mark.parametrize("side", [640, 960, 1024])
def test_a_large_map_has_the_subjects_of_a_small_one(side):
    rows, columns = (np.mgrid[:side, :side] + 0.5) / side
    left, right = np.hypot(columns - 0.25, rows - 0.5), np.hypot(columns - 0.8, rows - 0.5)
    map = np.maximum((0.2 - left) * 20, (0.1 - right) * 20).clip(0, 1).astype(np.float32)

    labels = subjects.separate(map)

    assert ((labels > 0) == (map > 0)).all()
    assert set(np.unique(labels[:, : side // 2])) == {0, 1}
    assert set(np.unique(labels[:, side * 3 // 4 :])) == {0, 2}
