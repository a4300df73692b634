"""frontend/editing/alpha.js compared with NumPy and SciPy."""

import numpy as np
import pytest
from scipy import ndimage

CALL = """async ([name, alpha, ...rest]) => {
  const module = await import("/editing/alpha.js");
  const array = Uint8ClampedArray.from(alpha);
  const told = module[name](array, ...rest);
  return told instanceof Uint8ClampedArray ? [...told] : [told, [...array]];
}"""


@pytest.fixture
def alpha():
    noise = np.random.default_rng(7).integers(0, 256, (23, 31), np.uint8)
    noise[8:14, 5:20] = 255
    noise[2:5, 22:30] = 0
    return noise


def call(page, name, alpha, *rest):
    height, width = alpha.shape
    return page.evaluate(CALL, [name, alpha.ravel().tolist(), width, height, *rest])


@pytest.mark.parametrize("shift", [-5, -1, 1, 12])
def test_moving_the_edge_dilates_or_erodes_by_a_square(page, alpha, shift):
    refined = call(page, "refine", alpha, {"shift": shift, "feather": 0})

    filter = ndimage.maximum_filter if shift > 0 else ndimage.minimum_filter
    side = 2 * abs(shift) + 1
    assert np.array_equal(np.reshape(refined, alpha.shape), filter(alpha, side, mode="nearest"))


@pytest.mark.parametrize("radius", [1, 4, 24])
def test_a_feather_is_two_box_blurs_and_keeps_constant_areas(page, alpha, radius):
    refined = np.reshape(call(page, "refine", alpha, {"shift": 0, "feather": radius}), alpha.shape)

    wanted = alpha.astype(float)
    for _ in range(2):
        wanted = ndimage.uniform_filter(wanted, 2 * radius + 1, mode="nearest")
    assert np.abs(refined - wanted).max() <= 2
    even = call(page, "refine", np.full((9, 9), 255, np.uint8), {"shift": 0, "feather": radius})
    assert set(even) == {255}


@pytest.mark.parametrize("restores", [False, True])
def test_a_stroke_has_full_effect_at_its_core_and_none_beyond_its_radius(page, alpha, restores):
    line = [{"x": 6, "y": 11}, {"x": 22, "y": 11}]
    brush = {"radius": 5, "hardness": 0.5, "restores": restores}

    area, stroked = call(page, "stroke", alpha, line, brush)

    after = np.reshape(stroked, alpha.shape)
    y, x = np.mgrid[:23, :31] + 0.5
    distance = np.hypot(x - np.clip(x, 6, 22), y - 11)
    assert (after[distance <= 2.5] == (255 if restores else 0)).all()
    assert (after[distance >= 5] == alpha[distance >= 5]).all()
    change = after.astype(int) - alpha
    assert (change >= 0 if restores else change <= 0).all()
    assert area == {"left": 1, "top": 6, "right": 27, "bottom": 16}


def test_repeating_a_stroke_changes_nothing(page, alpha):
    line = [{"x": 6, "y": 11}, {"x": 22, "y": 11}]
    brush = {"radius": 5, "hardness": 0, "restores": False}

    once = call(page, "stroke", alpha, line, brush)[1]
    twice = call(page, "stroke", np.reshape(once, alpha.shape).astype(np.uint8), line, brush)[1]

    assert twice == once


def test_the_bounds_enclose_visible_pixels(page):
    alpha = np.zeros((20, 30), np.uint8)
    assert call(page, "bounds", alpha)[0] is None
    alpha[4:9, 7:12] = 26
    alpha[0, 0] = 25

    assert call(page, "bounds", alpha)[0] == {"left": 7, "top": 4, "right": 12, "bottom": 9}


@pytest.mark.parametrize(
    ("margin", "shape", "frame"),
    [
        (0, 0, (10, 20, 40, 20)),
        (0.25, 0, (0, 10, 60, 40)),
        (0, 1, (10, 10, 40, 40)),
        (0, 0.5, (10, -10, 40, 80)),
        (0, 4, (-10, 20, 80, 20)),
    ],
)
def test_a_frame_surrounds_the_subject_in_the_requested_shape(page, margin, shape, frame):
    subject = {"left": 10, "top": 20, "right": 50, "bottom": 40}

    found = page.evaluate(
        "(rest) => import('/editing/alpha.js').then((alpha) => alpha.frameAround(...rest))",
        [subject, margin, shape],
    )

    assert found == dict(zip(("left", "top", "width", "height"), frame, strict=True))
