import numpy as np
import pytest

from cutout.core import trimap

STEP = np.repeat((np.arange(64) > 31).astype(np.float32)[None], 64, 0)
RAMP = np.repeat(((np.arange(64) - 24) / 16).clip(0, 1).astype(np.float32)[None], 64, 0)


def columns(found):
    pixels = np.asarray(found)
    assert (pixels == pixels[:1]).all()
    return pixels[0]


def test_soft_parts_of_the_map_and_their_surroundings_are_unknown():
    row = columns(trimap.from_uncertainty(RAMP, (320, 320)))

    unknown = np.flatnonzero(row == trimap.UNKNOWN)
    assert unknown[0] == pytest.approx(24 * 5, abs=8)
    assert unknown[-1] == pytest.approx(40 * 5, abs=8)
    assert (row[:100] == 0).all()
    assert (row[220:] == 255).all()


def test_a_softer_map_has_more_unknown_pixels():
    soft, hard = (trimap.from_uncertainty(one, (320, 320)) for one in (RAMP, STEP))

    assert (np.asarray(soft) == 128).sum() > 2 * (np.asarray(hard) == 128).sum() > 0


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_an_empty_or_full_map_has_no_unknown_pixels(value):
    found = trimap.from_uncertainty(np.full((64, 64), value, np.float32), (320, 240))

    assert set(np.unique(found)) == {round(value * 255)}


def test_thresholds_and_erosion_equal_those_of_rembg():
    found = columns(trimap.from_thresholds(RAMP, (64, 64), 240, 10, 0))
    eroded = columns(trimap.from_thresholds(RAMP, (64, 64), 240, 10, 4))

    values = np.floor(RAMP[0] * 255 + 0.5)
    assert ((found == 255) == (values > 240)).all()
    assert ((found == 0) == (values < 10)).all()
    assert np.count_nonzero(eroded == 128) == np.count_nonzero(found == 128) + 4
