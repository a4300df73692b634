import numpy as np
import pytest

from cutout.core.band import Band
from cutout.core.guided_filter import GuidedFilter

RNG = np.random.default_rng(3)
SHAPE = (24, 30)
BAND = Band(np.ones(SHAPE, bool), 8)  # all of a picture, and a frame
COLOURS = BAND.gather(RNG.uniform(-0.5, 0.5, (3, *SHAPE)).astype(np.float32))


def inside(values):
    return (values * BAND.is_inside).astype(np.float32)


@pytest.fixture(scope="module")
def guide():
    return GuidedFilter(BAND, COLOURS, 2)


def test_the_laplacian_of_a_linear_function_of_the_colour_is_zero(guide):
    alpha = inside(0.4 * COLOURS[0] - 0.2 * COLOURS[1] + 0.1 * COLOURS[2] + 0.5)

    assert np.abs(inside(guide.laplacian(alpha))).max() < 1e-4


def test_the_laplacian_is_symmetric_and_positive_semidefinite(guide):
    one, other = (inside(RNG.normal(0, 1, COLOURS.shape[1:])) for _ in range(2))

    assert (one * guide.laplacian(other)).sum() == pytest.approx(
        (other * guide.laplacian(one)).sum(), rel=1e-3, abs=1e-3
    )
    assert (one * guide.laplacian(one)).sum() > 0


def test_the_coefficients_reproduce_linear_functions(guide):
    alpha = inside(0.3 * COLOURS[0] + 0.5)

    slopes, offset = np.split(guide.coefficients(alpha), [3])
    assert np.abs(inside((slopes * COLOURS).sum(0) + offset[0] - alpha)).max() < 1e-3


@pytest.mark.parametrize("grey", [-0.5, 0, 0.5])
def test_a_constant_picture_gives_finite_values(grey):
    guide = GuidedFilter(BAND, inside(np.full_like(COLOURS, grey)), 4)
    step = BAND.gather(np.tile((np.arange(30) > 9).astype(np.float32), (24, 1)))

    assert np.isfinite(guide.laplacian(step)).all()
    assert np.isfinite(guide.coefficients(step)).all()
