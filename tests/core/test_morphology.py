import numpy as np
import pytest
from scipy import ndimage

from cutout.core import morphology

SIDE = 320
Y, X = np.mgrid[:SIDE, :SIDE]
CROSS = ndimage.generate_binary_structure(2, 1)
SQUARE = np.ones((3, 3), bool)

shapes = pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 2), (37, 53)])


def noise(shape, kind):
    rng = np.random.default_rng(5)
    return rng.random(shape) < 0.9 if kind is bool else rng.integers(0, 256, shape, kind)


@shapes
@pytest.mark.parametrize("kind", [bool, np.uint8])
@pytest.mark.parametrize("radius", [0, 1, 2, 3, 7, 60])
def test_squares_of_any_radius_equal_scipys_result(shape, kind, radius):
    image, size = noise(shape, kind), 2 * radius + 1

    dilated, eroded = morphology.dilate(image, radius), morphology.erode(image, radius)

    assert dilated.dtype == eroded.dtype == image.dtype
    assert np.array_equal(dilated, ndimage.maximum_filter(image, size, mode="nearest"))
    assert np.array_equal(eroded, ndimage.minimum_filter(image, size, mode="nearest"))


@shapes
def test_opening_by_a_cross_equals_scipys_result(shape):
    image = noise(shape, np.uint8)
    eroded = ndimage.minimum_filter(image, footprint=CROSS, mode="nearest")

    opened = morphology.open_by_cross(image)

    assert np.array_equal(opened, ndimage.maximum_filter(eroded, footprint=CROSS, mode="nearest"))


@shapes
def test_an_octagon_alternates_crosses_and_squares(shape):
    mask = noise(shape, bool) | (np.arange(shape[1]) < 20)
    expected = mask
    for footprint in (CROSS, SQUARE, CROSS):
        expected = ndimage.binary_erosion(expected, footprint, border_value=1)

    assert np.array_equal(morphology.erode_by_octagon(mask, 3), expected)


def masks():
    rng = np.random.default_rng(0)
    return {
        "nothing": X < 0,
        "everything": X >= 0,
        "checkerboard": (X + Y) % 2 == 0,
        "dots": (X % 2 == 0) & (Y % 2 == 0),
        "comb": (X % 2 == 0) | (SIDE - 1 == Y),
        "lines to both borders": Y % 2 == 0,
        "rings": np.hypot(X - 160, Y - 150) % 8 < 3,
        **{f"noise of {share}": rng.random((SIDE, SIDE)) < share for share in (0.3, 0.4, 0.5)},
    }


@pytest.mark.parametrize("name", masks())
def test_components_equal_scipys_sorted_by_size(name):
    mask = masks()[name]
    theirs, count = ndimage.label(mask, SQUARE)

    ours = morphology.connected_components(mask)

    assert ours.dtype == np.int32
    assert ((ours > 0) == mask).all()
    assert ours.max() == count
    assert len(np.unique(np.stack([ours[mask], theirs[mask]]), axis=1).T) == count
    assert (np.diff(np.bincount(ours[mask], minlength=1)[1:]) <= 0).all()


def test_labels_expand_to_the_nearest_target_pixels():
    labels = np.zeros((SIDE, SIDE), np.int32)
    labels[100, 60], labels[160, 250] = 1, 2
    target = np.hypot(X - 150, Y - 150) < 140

    expanded = morphology.expand_labels(labels, target)

    to_one, to_two = (np.maximum(abs(X - x), abs(Y - y)) for x, y in ((60, 100), (250, 160)))
    assert (expanded[target & (to_one < to_two)] == 1).all()
    assert (expanded[target & (to_two < to_one)] == 2).all()
    assert (expanded[target] > 0).all()


def test_without_a_label_nothing_expands():
    nothing = np.zeros((9, 7), np.int32)

    assert not morphology.expand_labels(nothing, np.ones((9, 7), bool)).any()
