import numpy as np
import pytest
from PIL import Image

from cutout.core import support

DISC = (np.hypot(*np.mgrid[-60:60, -80:80]) < 40).astype(np.float32)
FIRST, SECOND = (np.array(one, np.float32)[:, None, None] for one in ((0.3, 0, -0.2), (-0.1, 0, 0)))
LIMITS = (0.2, 0.6)
EVERYWHERE = np.ones(DISC.shape, bool)


def photo(colours):
    """Return (3, H, W) colours in -0.5..0.5 as a picture."""
    return Image.fromarray(((colours + 0.5) * 255).round().astype(np.uint8).transpose(1, 2, 0))


def test_an_alpha_that_mixes_two_colours_is_supported_where_it_has_an_edge():
    found = support.weight(photo(DISC * FIRST + (1 - DISC) * SECOND), DISC, EVERYWHERE, *LIMITS)

    assert found[60, 120] > 0.99
    assert found[60, 80] == found[0, 0] == 0


@pytest.mark.parametrize("contrast", [0, 1])
def test_an_alpha_that_the_colours_do_not_follow_is_not_supported(contrast):
    rng = np.random.default_rng(0)
    colours = contrast * rng.uniform(-0.5, 0.5, (3, 120, 160)).astype(np.float32)

    assert support.weight(photo(colours), DISC, EVERYWHERE, *LIMITS).max() < 0.05


def test_the_support_of_a_part_is_that_of_the_whole_in_it():
    mixed, part = photo(DISC * FIRST + (1 - DISC) * SECOND), EVERYWHERE.copy()
    part[:, :100] = False

    whole, found = (support.weight(mixed, DISC, one, *LIMITS) for one in (EVERYWHERE, part))

    assert np.allclose(found[part], whole[part], atol=1e-4)
    assert (found[:, : 100 - support.RADIUS - support.SMOOTH_PX] == 0).all()


def test_bounds_are_the_map_where_it_is_flat_and_everything_near_its_edge():
    step = np.tile(np.where(np.arange(64) > 31, 0.8, 0.4).astype(np.float32), (64, 1))

    low, high = (np.asarray(one) / 255 for one in support.bounds(step, (64, 64), 4, 0.0))

    flat = np.r_[0:26, 38:64]
    assert low[:, flat] == pytest.approx(step[:, flat], abs=0.01)
    assert high[:, flat] == pytest.approx(step[:, flat], abs=0.01)
    assert low[:, 30:34] == pytest.approx(0.4, abs=0.01)
    assert high[:, 30:34] == pytest.approx(0.8, abs=0.01)


def test_slack_lets_what_is_nearly_empty_or_full_become_so_and_nothing_else():
    found = {
        value: [
            float(np.asarray(one).mean() / 255)
            for one in support.bounds(np.full((8, 8), value, np.float32), (8, 8), 2, 0.2)
        ]
        for value in (0.1, 0.5, 0.9)
    }

    assert found[0.1] == pytest.approx([0, 0.1], abs=0.01)
    assert found[0.5] == pytest.approx([0.5, 0.5], abs=0.01)
    assert found[0.9] == pytest.approx([0.9, 1], abs=0.01)
