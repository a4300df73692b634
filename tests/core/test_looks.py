import numpy as np
import pytest

from cutout.core import looks

SIDE = 320


def drawn(left, top, right, bottom, value=1.0):
    map = np.zeros((SIDE, SIDE), np.float32)
    map[top:bottom, left:right] = value
    return map


def disc(x, y, radius, side=SIDE):
    """A map of a disc, in shares of its sides."""
    rows, columns = (np.mgrid[:side, :side] + 0.5) / side
    return (np.hypot(columns - x, rows - y) < radius).astype(np.float32)


def last(maps):
    return maps[-1]


def test_a_closer_look_sees_a_square_around_the_subject():
    assert looks.subject_square(drawn(120, 100, 200, 220), (3200, 3200)) == (760, 760, 2440, 2440)


@pytest.mark.parametrize("size", [(4000, 3000), (300, 900), (50, 40)])
@pytest.mark.parametrize("box", [(0, 0, 100, 150), (250, 200, 320, 320), (0, 150, 180, 160)])
def test_a_closer_look_sees_all_of_the_subject_and_nothing_outside_the_view(size, box):
    left, top, right, bottom = looks.subject_square(drawn(*box), size)

    assert 0 <= left <= box[0] / SIDE * size[0]
    assert 0 <= top <= box[1] / SIDE * size[1]
    assert box[2] / SIDE * size[0] <= right <= size[0]
    assert box[3] / SIDE * size[1] <= bottom <= size[1]


def test_a_subject_of_one_pixel_is_not_seen_closer_than_three_times():
    left, top, right, bottom = looks.subject_square(drawn(10, 300, 11, 301), (900, 600))

    assert (right - left, bottom - top) == (300, 300)


@pytest.mark.parametrize("map", [drawn(0, 0, SIDE, SIDE), drawn(5, 5, 60, 60, 0.2)])
def test_a_subject_that_touches_all_borders_or_is_faint_has_no_closer_look(map):
    assert looks.subject_square(map, (500, 400)) is None


def test_a_look_that_shows_another_subject_has_no_vote():
    first, other = 0.8 * disc(0.3, 0.5, 0.2), disc(0.7, 0.5, 0.2)

    assert np.array_equal(looks.merge([first, other]), first)
    assert not looks.merge([first, other, first])[other > 0].any()


def test_a_part_that_one_look_has_missed_is_opaque():
    first, other = drawn(100, 100, 200, 200), drawn(100, 100, 220, 200)

    assert np.array_equal(looks.merge([first, other]), other)
    assert np.array_equal(looks.merge([other, first]), other)


def test_looks_that_differ_a_little_are_averaged():
    first, other = drawn(100, 100, 200, 200, 0.55), drawn(100, 100, 200, 200, 0.45)

    assert np.allclose(looks.merge([first, other]).max(), 0.505)


def test_a_merged_edge_is_as_sharp_as_those_it_is_made_of():
    ramp = np.tile(np.linspace(-1, 2, SIDE, dtype=np.float32).clip(0, 1), (SIDE, 1))
    other = np.pad(ramp, ((0, 0), (10, 0)))[:, :SIDE]

    merged = looks.merge([ramp, other])

    assert np.ptp(np.flatnonzero((merged[0] > 0.1) & (merged[0] < 0.9))) <= np.ptp(
        np.flatnonzero((ramp[0] > 0.1) & (ramp[0] < 0.9))
    )


@pytest.mark.parametrize(
    ("square", "side"), [((0, 0, 900, 700), 640), ((300, 200, 700, 600), 960), ((0, 0, 9, 9), 960)]
)
def test_a_merged_map_has_the_pixels_of_the_closer_look_up_to_960(square, side):
    first = disc(0.5, 0.5, 0.2)

    assert looks.merge_closer(first, [first], square, (1000, 800)).shape == (side, side)


def test_the_map_of_a_network_with_a_larger_input_is_not_enlarged_beyond_it():
    first = disc(0.5, 0.5, 0.2, side=1024)

    assert looks.merge_closer(first, [first], (300, 200, 700, 600), (1000, 800)).shape == (
        1024, 1024,
    )  # fmt: skip


def test_closer_maps_are_put_where_they_were_seen():
    first, square = disc(0.4, 0.6, 0.1), (133, 333, 667, 867)
    closer = disc((400 - 133) / 534, (600 - 333) / 534, 100 / 534)

    merged = looks.merge_closer(first, [closer, closer], square, (1000, 1000))

    truth = disc(0.4, 0.6, 0.1, side=len(merged))
    assert np.count_nonzero((merged > 0.5) != (truth > 0.5)) < 0.01 * truth.sum()


def test_no_seam_shows_at_the_border_of_the_closer_look():
    first, closer = np.full((SIDE, SIDE), 0.3, np.float32), np.zeros((SIDE, SIDE), np.float32)

    merged = looks.merge_closer(first, [closer], (200, 300, 600, 700), (1000, 1000), last)

    assert np.isclose(merged.max(), 0.3)
    assert merged.min() < 0.05
    assert max(np.abs(np.diff(merged, axis=axis)).max() for axis in (0, 1)) < 0.03


def test_the_closer_look_counts_up_to_the_border_of_the_photo():
    first, closer = np.zeros((SIDE, SIDE), np.float32), np.ones((SIDE, SIDE), np.float32)

    merged = looks.merge_closer(first, [closer], (0, 400, 600, 1000), (1000, 1000), last)

    assert (merged[-40:, :40] > 0.7).all()
    assert (merged[:, -1] == 0).all()
