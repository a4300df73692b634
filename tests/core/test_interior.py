"""Physical claims about the interior: glass becomes opaque; edges, hair and holes stay."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from cutout.core import interior
from cutout.core.interior import EDGE


def made_opaque(alpha):
    return np.asarray(interior.make_opaque(Image.fromarray(alpha)))


def car(size=400, pane=120, hole=0):
    """A body of alpha 255 with a soft outer edge, a pane in its middle and a hole in the pane."""
    y, x = np.mgrid[:size, :size]
    outside = np.maximum(np.abs(x - size / 2), np.abs(y - size / 2)) - size * 0.35
    alpha = ((1 - outside / (size * 0.01)).clip(0, 1) * 255).astype(np.uint8)
    for share, value in ((0.2, pane), (hole, 0)):
        inner = slice(round(size * (0.5 - share)), round(size * (0.5 + share)))
        alpha[inner, inner] = value
    return alpha


@pytest.mark.parametrize("pane", [20, 120, 254])
def test_a_pane_of_glass_becomes_opaque(pane):
    result = made_opaque(car(pane=pane))

    assert (result[130:270, 130:270] == 255).all()


def test_the_outer_edge_stays_soft(size=400):
    alpha = car(size)

    result = made_opaque(alpha)

    near = np.ones_like(alpha, bool)
    near[80:-80, 80:-80] = False
    assert ((alpha > 0) & (alpha < 255))[near].any()
    assert np.array_equal(result[near], alpha[near])


def test_hair_stays_as_it_is():
    """Strands of alpha 90 with gaps between them, as long as a fifth of the picture."""
    alpha = np.zeros((300, 300), np.uint8)
    alpha[100:, :] = 255
    alpha[40:100, ::4] = 90
    alpha[40:100, 1::4] = 40

    assert np.array_equal(made_opaque(alpha), alpha)


def test_a_hole_and_its_edge_stay(size=400):
    alpha = car(size, hole=0.05)

    result = made_opaque(alpha)

    reach = round(size * (0.05 + EDGE)) - 2
    around = slice(size // 2 - reach, size // 2 + reach)
    assert np.array_equal(result[around, around], alpha[around, around])
    assert (result[125:140, 125:140] == 255).all()


def test_glass_is_opaque_up_to_its_frame(size=400):
    """The frame is thinner than the edge of a subject may be wide."""
    alpha = np.zeros((size, size), np.uint8)
    alpha[100:300, 100:300] = 255
    alpha[108:292, 108:292] = 120

    result = made_opaque(alpha)

    assert (result[100:300, 100:300] == 255).all()
    assert np.array_equal(result == 0, alpha == 0)


def test_a_subject_that_is_all_glass_keeps_an_edge_of_glass(size=400):
    alpha = np.zeros((size, size), np.uint8)
    alpha[50:350, 50:350] = 120

    result = made_opaque(alpha)

    assert (result[150:250, 150:250] == 255).all()
    assert (result[50:68, 50:350] == 120).all()
    steps = np.diff(result[50:200, 200].astype(int))
    assert (steps >= 0).all() and steps.max() < 60


def test_a_subject_at_the_pictures_border_has_no_edge_there():
    alpha = np.full((200, 200), 120, np.uint8)
    alpha[:, :100] = 0

    result = made_opaque(alpha)

    assert (result[:, 118:] == 255).all()
    assert (result[:, 100:104] == 120).all()


@pytest.mark.parametrize("value", [0, 255])
def test_a_uniform_alpha_is_unchanged(value):
    alpha = np.full((60, 90), value, np.uint8)

    assert np.array_equal(made_opaque(alpha), alpha)


@given(
    arrays.arrays(
        np.uint8,
        st.tuples(st.integers(1, 40), st.integers(1, 40)),
        elements=st.sampled_from([0, 12, 13, 90, 254, 255]),
    )
)
@settings(deadline=None)
def test_alpha_is_never_lowered_and_background_never_raised(alpha):
    result = made_opaque(alpha)

    assert result.shape == alpha.shape
    assert (result >= alpha).all()
    assert not result[alpha == 0].any()


def test_large_and_small_pictures_agree():
    small, large = made_opaque(car(400)), made_opaque(car(2400))

    reduced = np.asarray(Image.fromarray(large).reduce(6), float)
    assert np.abs(reduced - small).mean() < 1.5
