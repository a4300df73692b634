import numpy as np
import pytest
from PIL import Image, ImageChops
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve

from cutout.core import backdrop, composite, seamless

SIZE = (600, 450)


def disc(centre=(300, 225), radius=150, size=SIZE):
    y, x = np.mgrid[: size[1], : size[0]]
    inside = (radius - np.hypot(x - centre[0], y - centre[1])).clip(-1, 1)
    return Image.fromarray((inside * 127.5 + 127.5).astype(np.uint8))


def textured(seed, size=SIZE):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(40, 216, (5, 6, 3), np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def pasted(ground, alpha, colour=(170, 120, 80)):
    """Return a photo of a subject of one colour on the background, and its cutout."""
    subject = Image.new("RGB", ground.size, colour)
    photo = Image.composite(subject, ground, alpha)
    return photo, composite.cutout(subject, alpha)


def blend(cutout, ground, old):
    seamless.relight(cutout, ground, old)
    return composite.over(cutout, ground)


def depths(alpha):
    """Return the distance of each pixel of a disc from its edge."""
    y, x = np.mgrid[: alpha.height, : alpha.width]
    return 150 - np.hypot(x - 300, y - 225)


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_blending_onto_the_own_background_changes_nothing(factor):
    ground, alpha = textured(1), disc()
    photo, cutout = pasted(ground, alpha)
    old = backdrop.without_subject(photo, alpha, factor)

    blended = np.asarray(blend(cutout.copy(), ground, old)).astype(int)

    plain = np.asarray(composite.over(cutout, ground)).astype(int)
    assert np.abs(blended - plain).max() <= 1


def test_the_edge_takes_on_the_light_and_the_inside_keeps_every_bit():
    alpha = disc()
    photo, cutout = pasted(Image.new("RGB", SIZE, (90, 90, 90)), alpha)
    old = backdrop.without_subject(photo, alpha, 2)
    before = np.asarray(cutout).astype(int)

    blended = blend(cutout, Image.new("RGB", SIZE, (150, 90, 60)), old)

    change = (np.asarray(blended).astype(int) - before)[..., :3]
    depth = depths(alpha)
    edge = (depth > 1) & (depth < 3)
    assert (change[edge][:, 0] > 12).all()
    assert (change[edge][:, 1] == 0).all()
    assert (change[edge][:, 2] < -6).all()
    assert (change[depth > 0.05 * 300] == 0).all()


def test_the_light_fades_smoothly_towards_the_inside():
    alpha = disc()
    photo, cutout = pasted(Image.new("RGB", SIZE, (90, 90, 90)), alpha)
    old = backdrop.without_subject(photo, alpha, 2)

    blended = np.asarray(blend(cutout, Image.new("RGB", SIZE, (150, 90, 60)), old))

    across = blended[225, 153:300, 0].astype(int)
    assert (np.diff(across) <= 0).all()
    assert np.diff(across).min() >= -6


def test_the_light_of_a_black_backdrop_darkens_the_edge_to_a_limit_only():
    alpha = disc()
    photo, cutout = pasted(Image.new("RGB", SIZE, "white"), alpha)
    old = backdrop.without_subject(photo, alpha, 2)
    before = np.asarray(cutout).astype(int)

    blended = np.asarray(blend(cutout, Image.new("RGB", SIZE), old)).astype(int)

    inside = depths(alpha) > 1
    assert (blended - before)[inside].min() >= -seamless.MOST


@pytest.mark.parametrize("level", range(90, 130, 3))
def test_a_hole_too_small_to_measure_adds_no_wrong_light(level):
    alpha = ImageChops.invert(disc(radius=12))
    photo, cutout = pasted(Image.new("RGB", SIZE, (level,) * 3), alpha)
    old = backdrop.without_subject(photo, alpha, 1)
    before = np.asarray(cutout).astype(int)

    blended = np.asarray(blend(cutout, Image.new("RGB", SIZE, (level + 1,) * 3), old))

    assert np.abs(blended - before)[np.asarray(alpha) == 255].max() <= 1


def test_transparent_parts_of_a_backdrop_stay_and_add_no_light():
    alpha = disc()
    photo, cutout = pasted(textured(1), alpha)
    old = backdrop.without_subject(photo, alpha, 2)
    before = np.asarray(cutout)

    blended = np.asarray(blend(cutout.copy(), Image.new("RGBA", SIZE), old))

    assert (blended == before).all()


def test_without_visible_background_no_light_is_added():
    alpha = disc()
    photo, cutout = pasted(Image.new("RGB", SIZE, (90, 90, 90)), alpha)
    old = backdrop.without_subject(photo, alpha, 1)
    old.paste((0, 0, 0, 0), (0, 0, 300, 225))  # the upper left
    before = np.asarray(cutout).astype(int)

    blended = blend(cutout, Image.new("RGB", SIZE, (150, 90, 60)), old)

    change = (np.asarray(blended).astype(int) - before)[..., 0]
    assert abs(change[225 - 104, 300 - 104]) <= 2  # on the edge
    assert change[225 + 104, 300 + 104] >= 12


@pytest.mark.parametrize("alpha", [0, 3, 128, 255])
def test_an_alpha_without_an_edge_is_composited_without_blending(alpha):
    flat = Image.new("L", SIZE, alpha)
    photo, cutout = pasted(textured(1), flat)
    old = backdrop.without_subject(photo, flat, 2)

    blended = np.asarray(blend(cutout.copy(), textured(2), old)).astype(int)

    assert np.abs(blended - np.asarray(composite.over(cutout, textured(2)))).max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (1, 90), (120, 2), (7, 5)])
def test_pictures_of_any_shape_are_blended(size):
    alpha = Image.new("L", size)
    alpha.paste(255, (0, 0, (size[0] + 1) // 2, (size[1] + 1) // 2))
    photo, cutout = pasted(Image.new("RGB", size, "white"), alpha)

    blended = blend(cutout, Image.new("RGB", size), backdrop.without_subject(photo, alpha, 1))

    assert blended.size == size


def test_strips_of_large_subjects_leave_no_seam():
    size = (1200, 1000)
    alpha = disc((600, 500), 400, size)
    photo, cutout = pasted(Image.new("RGB", size, (90, 90, 90)), alpha)
    old = backdrop.without_subject(photo, alpha, 3)

    blended = np.asarray(blend(cutout, Image.new("RGB", size, (150, 90, 60)), old))

    column = blended[400:600, 215, 0].astype(int)  # just inside the left edge
    assert np.abs(np.diff(column)).max() <= 2


def test_the_membrane_solves_laplaces_equation():
    y, x = np.mgrid[:70, :90]
    distance = np.hypot(x - 44, y - 33)
    known = (distance > 26) | (distance < 14)
    values = np.where(distance > 26, 20 + 10 * np.sin(x / 15), 0)[..., None].repeat(3, 2)

    solved = seamless.membrane(values.astype(np.float32), known)

    assert np.isfinite(solved).all()
    assert np.abs(solved[..., 0] - exact(values[..., 0], known)).max() < 1  # of 255


def exact(values, known):
    """Solve the same equations with a sparse solver. The picture's border is not involved."""
    height, width = known.shape
    index = np.arange(height * width).reshape(height, width)
    rows, columns, weights = [], [], []
    for y, x in np.argwhere(~known):
        rows += [index[y, x]] * 5
        columns += [
            index[y, x],
            *(index[y + b, x + a] for a, b in ((0, 1), (1, 0), (0, -1), (-1, 0))),
        ]
        weights += [4, -1, -1, -1, -1]
    fixed = index[known]
    rows, columns = np.append(rows, fixed), np.append(columns, fixed)
    weights = np.append(weights, np.ones(fixed.size))
    matrix = coo_matrix((weights, (rows, columns)), shape=(index.size,) * 2).tocsr()
    return spsolve(matrix, np.where(known, values, 0).ravel()).reshape(known.shape)
