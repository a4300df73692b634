"""The drawn scenes: their content and the exactness of their ground truth."""

from functools import cache

import numpy as np
import pytest
from scipy.ndimage import label

from tools.quality.scenes import LIMITS, animal, hard, limit, logo, portrait, product

pytestmark = pytest.mark.slow

NAMES = {
    "portrait": ["long-hair", "beard", "curls"],
    "animal": ["cat", "sheep", "hedgehog"],
    "product": ["mug", "bottle", "shoe"],
    "logo": ["ring", "letters", "badge"],
    "hard": ["wheel", "glass", "racket"],
    "several subjects": ["2-people", "2-cats", "3-mugs", "4-apples"],
    "similar colours": ["delta-4", "delta-8", "delta-16", "delta-32"],
    "motion blur": ["blur-8px", "blur-16px", "blur-24px", "blur-48px"],
    "tiny subject": ["boat-8px", "boat-12px", "boat-20px", "boat-28px"],
}
EVERY = [name for names in NAMES.values() for name in names]


def draw():
    modules = (portrait, animal, product, logo, hard, limit)
    return [scene for module in modules for scene in module.scenes()]


drawn = cache(draw)


def scene_called(name):
    return next(scene for scene in drawn() if scene.name == name)


def pixels(name):
    """Return photo, colours and alpha as signed integers."""
    scene = scene_called(name)
    truth = np.asarray(scene.truth).astype(int)
    return np.asarray(scene.photo).astype(int), truth[..., :3], truth[..., 3]


def number(name):
    return int("".join(filter(str.isdigit, name)))


def counted(category):
    return [(name, number(name)) for name in NAMES[category]]


def test_every_category_has_its_scenes_and_no_two_share_a_name():
    found = {}
    for scene in drawn():
        found.setdefault(scene.category, []).append(scene.name)

    assert found == NAMES
    assert list(found)[5:] == list(LIMITS)
    assert len(set(EVERY)) == len(EVERY)


def test_drawing_twice_gives_the_same_bytes():
    for first, again in zip(drawn(), draw(), strict=True):
        assert again.photo.tobytes() == first.photo.tobytes()
        assert again.truth.tobytes() == first.truth.tobytes()


@pytest.mark.parametrize("name", EVERY)
def test_the_photo_is_the_truth_composited_over_a_background(name):
    photo, colours, alpha = pixels(name)
    opacity = alpha[..., None] / 255

    assert scene_called(name).photo.mode == "RGB"
    assert scene_called(name).truth.mode == "RGBA"
    assert photo.shape[:2] == alpha.shape
    assert (photo[alpha == 255] == colours[alpha == 255]).all()
    assert (photo >= colours * opacity - 0.5).all()  # over black at the darkest
    assert (photo <= colours * opacity + 255 * (1 - opacity) + 0.5).all()  # and over white


@pytest.mark.parametrize("name", EVERY)
def test_invisible_pixels_have_no_colour(name):
    _, colours, alpha = pixels(name)

    assert (alpha == 0).mean() > 0.2
    assert (colours[alpha == 0] == 0).all()


@pytest.mark.parametrize("name", EVERY)
def test_edges_are_soft(name):
    _, _, alpha = pixels(name)
    is_soft = (alpha > 0) & (alpha < 255)

    assert len(np.unique(alpha[is_soft])) >= 8


def test_colours_at_soft_edges_are_those_of_the_subject():
    _, colours, alpha = pixels("badge")
    is_soft_outside = (alpha > 0) & (alpha < 255)
    is_soft_outside[50:310, 130:350] = False  # the bolt, whose edge has another colour

    assert is_soft_outside.sum() > 100
    assert (np.abs(colours[is_soft_outside] - (250, 196, 46)).max(1) <= 1).all()


@pytest.mark.parametrize("name", ["long-hair", "curls", "cat", "sheep", "hedgehog"])
def test_hair_and_fur_have_wider_soft_edges_than_a_smooth_outline(name):
    _, _, furry = pixels(name)
    _, _, smooth = pixels("bottle")

    assert soft_px(furry) > 2 * soft_px(smooth)


def soft_px(alpha):
    return ((alpha > 0) & (alpha < 255)).sum()


@pytest.mark.parametrize(
    ("name", "holes"), [("mug", 1), ("ring", 1), ("letters", 5), ("badge", 1), ("wheel", 28)]
)
def test_holes_show_the_background(name, holes):
    _, _, alpha = pixels(name)
    gaps = sizes(alpha < 128)

    assert (gaps > 40).sum() >= holes + 1  # and the outside


def test_glass_has_a_transparency_of_two_fifths():
    _, _, alpha = pixels("glass")

    assert (alpha == 102).sum() > 5000


def sizes(mask):
    parts, count = label(mask)
    return np.bincount(parts.ravel(), minlength=count + 1)[1:]


@pytest.mark.parametrize(("name", "count"), counted("several subjects"))
def test_several_subjects_are_separate_and_of_similar_size(name, count):
    _, _, alpha = pixels(name)
    areas = np.sort(sizes(alpha > 0))[::-1]

    assert (areas > 1000).sum() == count
    assert areas[count - 1] > 0.8 * areas[0]
    assert areas[count:].sum() < 0.01 * areas[0]  # tips of hairs


@pytest.mark.parametrize(("name", "delta"), counted("similar colours"))
def test_similar_colours_differ_by_the_levels_in_the_scenes_name(name, delta):
    photo, colours, alpha = pixels(name)
    subject, around = colours[alpha == 255], photo[alpha == 0]

    assert np.abs(subject.mean(0) - around.mean(0) - delta).max() < 1
    assert np.abs(subject.std(0) / around.std(0) - 1).max() < 0.1


@pytest.mark.parametrize(("name", "motion_px"), counted("motion blur"))
def test_motion_widens_edges_by_its_distance(name, motion_px):
    _, _, alpha = pixels(name)
    row = alpha[150]  # through the van's upright rear
    edge = row[: row.argmax() + 1]

    assert abs((edge[edge < 255] > 0).sum() - motion_px) <= 1
    assert (np.diff(edge[edge > 0][:-1]) - 255 / motion_px).max() <= 1  # an even ramp


def test_motion_preserves_the_total_coverage():
    totals = [pixels(name)[2].sum() for name in NAMES["motion blur"]]

    assert totals == pytest.approx([totals[0]] * 4, rel=0.001)


@pytest.mark.parametrize(("name", "extent_px"), counted("tiny subject"))
def test_a_tiny_subject_has_at_most_the_size_in_its_name(name, extent_px):
    _, _, alpha = pixels(name)
    rows, columns = np.nonzero(alpha)

    assert max(np.ptp(rows), np.ptp(columns)) + 1 == extent_px < 30
