import numpy as np
import pytest
from scipy.ndimage import convolve

from cutout.core.band import Band, Windows
from cutout.core.morphology import dilate

SHAPES = pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (23, 31)])
RADII = pytest.mark.parametrize("radius", [1, 2, 4, 8])


def scattered(shape):
    """Return a mask of few pixels, one of them in a corner, and values in its shape."""
    rng = np.random.default_rng(1)
    mask = rng.random(shape) < 0.01
    mask[0, 0] = True
    return mask, rng.normal(0, 1, shape).astype(np.float32)


def plane(band, values):
    found = np.full((*band.shape, 1), np.nan, np.float32)
    band.scatter(values[None], found)
    return found[..., 0]


def box_sums(values, radius):
    square = np.ones((2 * radius + 1, 2 * radius + 1))
    return convolve(values.astype(float), square, mode="constant")


@SHAPES
def test_a_band_holds_the_pixels_near_a_mask_and_no_others(shape):
    mask, values = scattered(shape)
    band = Band(mask, 2)

    found = plane(band, band.gather(values))

    near = dilate(mask, 2)
    assert np.array_equal(found[near], values[near])
    assert np.isnan(found[~near]).all()


@RADII
@SHAPES
def test_means_are_over_the_pixels_of_a_window_that_are_inside_the_image(radius, shape):
    mask, values = scattered(shape)
    band = Band(mask, radius)

    found = plane(band, Windows(band, radius).means(band.gather(values))[band.by_rows])

    expected = box_sums(values, radius) / box_sums(np.ones(shape), radius)
    assert np.allclose(found[mask], expected[mask], atol=1e-5)


@RADII
@SHAPES
def test_windows_that_leave_the_band_have_the_mean_0(radius, shape):
    mask, _ = scattered(shape)
    band = Band(mask, radius)

    found = plane(band, Windows(band, radius).means(band.gather(np.ones(shape)))[band.by_rows])

    leaves = box_sums(~dilate(mask, radius), radius) > 0.5
    assert (found[dilate(mask, radius) & leaves] == 0).all()
    assert np.allclose(found[mask], 1)


@RADII
@SHAPES
def test_a_pixel_gets_the_sum_of_all_windows_that_it_is_in(radius, shape):
    mask, values = scattered(shape)
    band = Band(mask, 2 * radius)
    windows = Windows(band, radius)

    found = plane(band, windows.spread(windows.means(band.gather(values))))

    means = box_sums(values, radius) / box_sums(np.ones(shape), radius)
    assert np.allclose(found[mask], box_sums(means, radius)[mask], atol=1e-4)


def test_each_plane_is_summed_separately():
    mask, _ = scattered((9, 12))
    planes = np.random.default_rng(1).normal(0, 1, (3, 9, 12)).astype(np.float32)
    windows, band = Windows(Band(mask, 2), 2), Band(mask, 2)

    found = windows.means(band.gather(planes))

    assert np.array_equal(found[1], windows.means(band.gather(planes[1])))
