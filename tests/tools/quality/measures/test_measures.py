import numpy as np
import pytest

from tools.quality.measures import MEASURES, measure

OF_MASKS = {"iou", "f_half", "mae", "s_measure", "e_measure", "sobel", "boundary_f"}
WHOLE = {"sad", "mse", "gradient", "connectivity"}
BAND = {f"{key}_band" for key in WHOLE}
BETTER = {row.key: row.better for row in MEASURES}


def picture(alpha):
    rgba = np.full((*alpha.shape, 4), 90, np.uint8)
    rgba[..., 3] = np.round(alpha * 255)
    return rgba


@pytest.fixture
def soft():
    y, x = np.mgrid[:60, :80]
    return picture(np.clip((20 - np.hypot(x - 40, y - 30)) / 4 + 0.5, 0, 1))


@pytest.fixture
def hard(soft):
    return picture(soft[..., 3] >= 128)


def test_the_catalogue_describes_each_measure_completely():
    keys = [row.key for row in MEASURES]

    assert len(set(keys)) == len(keys)
    assert set(keys) == OF_MASKS | WHOLE | BAND | {"f_max", "fringe"}
    assert {row.key for row in MEASURES if row.is_of_masks} == OF_MASKS | {"f_max"}
    assert all(row.title and row.source and row.definition.endswith(".") for row in MEASURES)


def test_each_key_has_its_own_measure():
    truth = np.zeros((10, 10))
    truth[:, :5] = 1

    values = measure(
        picture(truth * 0 + 1), picture(truth), is_alpha=True, has_colours=False
    ).values

    assert values == {
        "iou": 0.5,
        "f_half": pytest.approx(0.65 / 1.15),  # P = 1/2, R = 1
        "mae": 0.5,
        "s_measure": pytest.approx(0.5 * 0.5 + 0.5 * 0.3),  # half is right; columns 0..2 are flat
        "e_measure": pytest.approx(0.25 * 100 / 99),
        "sobel": 0,
        "boundary_f": 0,
        "sad": pytest.approx(0.05),
        "mse": pytest.approx(500),
        "gradient": pytest.approx(10 * 4 * np.sqrt(np.pi) * 1.4**3 / 1000, rel=0.01),
        "connectivity": pytest.approx(0.05),
    }


def test_a_faint_cutout_loses_edge_overlap_and_keeps_the_boundary():
    truth = np.zeros((10, 10))
    truth[:, :5] = 1

    values = measure(picture(truth * 0.8), picture(truth), is_alpha=True, has_colours=False).values

    assert values["boundary_f"] == 1
    assert values["sobel"] == pytest.approx(1.6 / 1.8)
    assert values["sad"] == pytest.approx(0.01)
    assert values["mse"] == pytest.approx(20)


def test_a_mask_is_measured_as_a_mask(hard):
    scores = measure(hard, hard, is_alpha=False, has_colours=False)

    assert scores.values.keys() == OF_MASKS
    assert len(scores.f_curve) == 256


@pytest.mark.parametrize("has_colours", [False, True])
def test_colours_are_measured_only_where_the_truth_has_them(soft, has_colours):
    scores = measure(soft, soft, is_alpha=True, has_colours=has_colours)

    assert scores.values.keys() - OF_MASKS - WHOLE == (BAND | {"fringe"} if has_colours else BAND)


def test_a_binary_truth_has_no_measures_of_the_band(soft, hard):
    scores = measure(soft, hard, is_alpha=True, has_colours=True)

    assert scores.values.keys() == OF_MASKS | WHOLE


def test_the_ground_truth_has_no_error(soft):
    scores = measure(soft, soft, is_alpha=True, has_colours=True)

    assert all(scores.values[key] == 0 for key in scores.values if BETTER[key] == "lower")


@pytest.mark.parametrize("level", [0, 255])
def test_empty_and_full_alphas_are_worse_than_the_truth_in_all_measures(soft, level):
    flat = soft.copy()
    flat[..., :3] = 0
    flat[..., 3] = level

    best = measure(soft, soft, is_alpha=True, has_colours=True).values
    values = measure(flat, soft, is_alpha=True, has_colours=True).values

    signs = {"higher": 1, "lower": -1}
    assert [key for key in best if signs[BETTER[key]] * (best[key] - values[key]) <= 0] == []
    assert np.isfinite(list(values.values())).all()


def test_errors_outside_the_band_count_for_the_whole_only(soft):
    cutout = soft.copy()
    cutout[:5, :5, 3] = 255

    values = measure(cutout, soft, is_alpha=True, has_colours=True).values

    assert all(values[key] > 0 for key in WHOLE)
    assert all(values[key] == 0 for key in BAND | {"fringe"})


def test_values_are_plain_numbers(soft):
    scores = measure(soft, soft, is_alpha=True, has_colours=True)

    assert {type(value) for value in [*scores.values.values(), *scores.f_curve]} == {float}
    assert all(0 <= value <= 1 for value in scores.f_curve)


def test_selected_measures_equal_those_of_a_full_run(soft):
    cutout = np.roll(soft, 3, axis=1)

    everything = measure(cutout, soft, is_alpha=True, has_colours=True).values
    some = measure(cutout, soft, True, True, keys={"iou", "fringe", "sad_band"})

    assert some.values == {key: everything[key] for key in ("iou", "sad_band", "fringe")}
    assert some.f_curve == []
