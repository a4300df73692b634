import numpy as np
import pytest
from PIL import Image

from cutout.core.guided_filter import GuidedFilter, apply_coefficients, to_colours

RNG = np.random.default_rng(3)
COLOURS = to_colours(Image.fromarray(RNG.integers(0, 256, (24, 30, 3), np.uint8)))


def plane(values):
    return values.astype(np.float32)


@pytest.fixture(scope="module")
def guide():
    return GuidedFilter(COLOURS, 2)


def test_the_laplacian_of_a_linear_function_of_the_colour_is_zero(guide):
    alpha = plane(0.4 * COLOURS[0] - 0.2 * COLOURS[1] + 0.1 * COLOURS[2] + 0.5)

    assert np.abs(guide.laplacian(alpha)).max() < 1e-4


def test_the_laplacian_is_symmetric_and_positive_semidefinite(guide):
    one, other = (plane(RNG.normal(0, 1, COLOURS.shape[1:])) for _ in range(2))

    assert (one * guide.laplacian(other)).sum() == pytest.approx(
        (other * guide.laplacian(one)).sum(), rel=1e-3, abs=1e-3
    )
    assert (one * guide.laplacian(one)).sum() > 0


def test_the_coefficients_reproduce_linear_functions(guide):
    alpha = plane(0.3 * COLOURS[0] + 0.5)

    assert np.abs(apply_coefficients(guide.coefficients(alpha), COLOURS) - alpha).max() < 1e-3


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_constant_picture_gives_finite_values(grey):
    guide = GuidedFilter(to_colours(Image.new("RGB", (20, 20), (grey, grey, grey))), 4)
    step = plane(np.arange(20) > 9) * np.ones((20, 1), np.float32)

    assert np.isfinite(guide.laplacian(step)).all()
    assert np.isfinite(guide.coefficients(step)).all()
