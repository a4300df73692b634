import numpy as np
import pytest
from scipy import ndimage

from cutout.core import hints
from cutout.core.hints import Mark

SIDE = 320
Y, X = np.mgrid[:SIDE, :SIDE]
LEFT, RIGHT = np.hypot(X - 95, Y - 160) < 50, np.hypot(X - 225, Y - 160) < 45
NOTHING = np.zeros((SIDE, SIDE), np.float32)


def soft(mask):
    return ndimage.uniform_filter(mask.astype(np.float32), 3)


def painted(*things, noise=6, seed=0):
    """Paint each (mask, colour) on grey and add noise like a camera's."""
    square = np.full((SIDE, SIDE, 3), 128.0)
    for mask, colour in things:
        square[mask] = colour
    return (
        (square + np.random.default_rng(seed).normal(0, noise, square.shape))
        .clip(0, 255)
        .astype(np.uint8)
    )


def iou(a, b):
    a, b = a >= 0.5, b >= 0.5
    return (a & b).sum() / (a | b).sum()


TWO = painted((LEFT, (200, 60, 50)), (RIGHT, (50, 70, 190)))


@pytest.mark.parametrize(("seen", "missed", "at"), [(LEFT, RIGHT, (225, 150)),
                                                    (RIGHT, LEFT, (95, 170))])  # fmt: skip
def test_a_subject_point_adds_what_the_network_missed_and_changes_nothing_else(seen, missed, at):
    steered = hints.steer(soft(seen), TWO, [Mark(*at, True)])

    assert iou(steered, seen | missed) > 0.97
    assert np.array_equal(steered[seen], soft(seen)[seen])
    assert steered[:, :20].max() == 0


@pytest.mark.parametrize(("kept", "refused"), [(LEFT, RIGHT), (RIGHT, LEFT)])
def test_points_select_one_of_two_separate_subjects(kept, refused):
    y, x = (int(centre) for centre in ndimage.center_of_mass(kept))
    v, u = (int(centre) for centre in ndimage.center_of_mass(refused))

    steered = hints.steer(soft(LEFT | RIGHT), TWO, [Mark(x, y, True), Mark(u, v, False)])

    assert np.array_equal(steered, soft(kept))


def test_a_background_point_removes_the_whole_smaller_subject():
    upper = RIGHT & (Y < 160)
    square = painted((LEFT, (200, 60, 50)), (RIGHT, (50, 70, 190)), (upper, (220, 220, 40)))

    steered = hints.steer(soft(LEFT | RIGHT), square, [Mark(225, 140, False)])

    assert np.array_equal(steered, soft(LEFT))


def test_a_background_point_removes_the_whole_larger_subject():
    lower = LEFT & (Y > 160)
    square = painted((LEFT, (200, 60, 50)), (lower, (220, 220, 40)), (RIGHT, (50, 70, 190)))
    refused = Mark(95, 140, False)

    alone = hints.steer(soft(LEFT | RIGHT), square, [refused])
    beside = hints.steer(soft(LEFT | RIGHT), square, [refused, Mark(225, 160, True)])

    assert iou(alone, lower | RIGHT) > 0.95
    assert np.array_equal(beside, soft(RIGHT))


def test_a_background_point_removes_one_of_two_touching_subjects_with_its_edge():
    upper, lower = LEFT & (Y < 160), LEFT & (Y >= 160)
    square = painted((upper, (200, 60, 50)), (lower, (50, 70, 190)))

    steered = hints.steer(soft(LEFT), square, [Mark(95, 190, False)])

    assert iou(steered, upper) > 0.95
    assert steered[166:].max() == 0


def test_a_point_is_bounded_by_a_point_of_the_other_kind():
    square = painted((LEFT, (200, 60, 50)))

    steered = hints.steer(soft(LEFT), square, [Mark(60, 160, True), Mark(130, 160, False)])

    assert steered[160, 60] > 0.95
    assert steered[160, 130] < 0.05
    assert 0.25 < (steered >= 0.5).sum() / LEFT.sum() < 0.75


@pytest.mark.parametrize("marks", [[], [Mark(95, 160, True)], [Mark(10, 10, False)]])
def test_a_point_that_agrees_with_the_map_changes_nothing(marks):
    assert np.array_equal(hints.steer(soft(LEFT), TWO, marks), soft(LEFT))


def test_a_point_creates_a_subject_where_the_network_found_none():
    assert iou(hints.steer(NOTHING, TWO, [Mark(95, 160, True)]), LEFT) > 0.97


def test_a_point_on_a_plain_background_stays_within_its_square():
    steered = hints.steer(NOTHING, painted(noise=0), [Mark(160, 160, True)])

    assert np.isfinite(steered).all()
    assert steered[160, 160] == 1
    assert 0 <= steered.min() <= steered.max() <= 1


@pytest.mark.parametrize("at", [(0, 0), (SIDE, SIDE), (SIDE, 0), (0.5, SIDE - 0.01)])
def test_points_on_the_border_are_inside_the_picture(at):
    noise = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3), np.uint8)

    for base, is_subject in ((NOTHING, True), (NOTHING + 1, False)):
        steered = hints.steer(base, noise, [Mark(*at, is_subject)])

        assert np.isfinite(steered).all()
        assert (steered != base).any()


def test_a_hundred_points_are_accepted():
    marks = [Mark(x, y, bool(LEFT[y, x])) for x in range(5, SIDE, 32) for y in range(5, SIDE, 32)]

    assert iou(hints.steer(soft(LEFT | RIGHT), TWO, marks), LEFT) > 0.97


def wobbly(mask, px):
    """Return a mask as if drawn by hand: `px` too wide on average, by varying amounts."""
    wave = ndimage.gaussian_filter(np.random.default_rng(3).standard_normal(mask.shape), 18)
    distance = ndimage.distance_transform_edt(~mask)
    return (distance <= (px * (1 + 0.5 * wave / wave.std())).clip(0)).astype(np.float32)


def test_a_rough_mask_gives_the_outline_of_the_subject_instead_of_its_own():
    mask = wobbly(LEFT, 4)

    traced = hints.trace(soft(LEFT | RIGHT), mask)

    assert iou(mask, LEFT) < 0.9
    assert iou(traced, LEFT) > 0.99
    assert traced[RIGHT].max() == 0


def test_a_mask_adds_what_the_network_missed_inside_it():
    map_with_hole = soft(LEFT & (np.hypot(X - 95, Y - 160) > 20))

    assert hints.trace(map_with_hole, wobbly(LEFT, 4))[LEFT].min() > 0.3
    assert iou(hints.trace(map_with_hole, wobbly(LEFT, 4)), LEFT) > 0.98


def test_where_the_network_finds_nothing_the_softened_mask_is_used():
    mask = wobbly(LEFT, 4)

    traced = hints.trace(NOTHING, mask)

    assert iou(traced, mask) > 0.98
    assert ((traced > 0.2) & (traced < 0.8)).sum() > 100


def test_a_thin_stroke_is_a_valid_mask():
    stroke = NOTHING.copy()
    stroke[100:102, 50:250] = 1

    assert (hints.trace(NOTHING, stroke)[100:102, 50:250] == 1).all()


def test_grey_areas_of_a_mask_leave_the_map_unchanged():
    mask = np.full((SIDE, SIDE), 0.5, np.float32)
    mask[:, 160:] = 0

    traced = hints.trace(soft(LEFT | RIGHT), mask)

    assert np.array_equal(traced[:, :150], soft(LEFT)[:, :150])
    assert traced[:, 165:].max() == 0


def test_a_white_mask_keeps_everything_up_to_the_border():
    assert (hints.trace(NOTHING, NOTHING + 1) == 1).all()


def test_the_crop_for_the_network_extends_beyond_the_region_within_the_photo():
    assert hints.expand_region((100, 200, 300, 300), (1000, 310)) == (70, 185, 330, 310)
    assert hints.expand_region((9, 5, 109, 55), (110, 60)) == (0, 0, 110, 60)
    assert hints.expand_region((0, 0, 1, 1), (1, 1)) == (0, 0, 1, 1)


def test_the_map_is_zero_outside_the_region_and_unchanged_inside():
    region, seen = (100, 200, 300, 300), (70, 185, 330, 310)

    inside = hints.clip_to_region(NOTHING + 1, region, seen)

    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    assert columns[0] / SIDE * 260 <= 30 < (columns[0] + 1) / SIDE * 260
    assert columns[-1] / SIDE * 260 < 230 <= (columns[-1] + 1) / SIDE * 260
    assert rows[0] / SIDE * 125 <= 15 < (rows[0] + 1) / SIDE * 125
    assert inside.sum() == len(rows) * len(columns)


@pytest.mark.parametrize("seen", [(0, 0, 1, 1), (0, 0, 5000, 2), (3, 4, 600, 700)])
def test_a_region_of_the_whole_photo_changes_nothing(seen):
    assert (hints.clip_to_region(NOTHING + 1, seen, seen) == 1).all()
