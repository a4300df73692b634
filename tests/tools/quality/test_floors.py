"""The floors below which quality may not fall."""

import tomllib

import pytest

from tests.tools.quality.rows import row
from tools.contenders.catalogue import TOOLS
from tools.quality import floors
from tools.quality.dataset import DataError
from tools.quality.floors import FILE, LESS, Floors
from tools.quality.measures import MEASURES
from tools.quality.summary import PAIRS, Summary

LEAST = Floors(pictures=1, least={"cutout u2net": {"iou": 0.9, "mae": 0.05}}, losses={})
PAIR = "cutout u2net less cutout u2net fp32"
LOSSES = Floors(pictures=2, least={}, losses={PAIR: {"mae": 0.002, "f_max": 0.005}})


def summary(**values):
    return Summary([row("cutout u2net", "a", **values)])


def test_figures_at_their_floors_pass():
    assert LEAST.missed(summary(iou=0.9, mae=0.05)) == []


def test_a_quality_below_its_floor_fails():
    (sentence,) = LEAST.missed(summary(iou=0.899, mae=0.05))

    assert "cutout u2net: iou is 0.8990" in sentence


def test_an_error_above_its_floor_fails():
    (sentence,) = LEAST.missed(summary(iou=0.9, mae=0.051))

    assert "mae is 0.0510" in sentence


def test_floors_fail_for_another_number_of_pictures():
    rows = [row("cutout u2net", name, iou=1, mae=0) for name in ("a", "b")]

    (sentence,) = LEAST.missed(Summary(rows))

    assert "2 pictures" in sentence


def quantized(mae, f):
    """Return rows of two pictures on which fp32 has an error of 0.1 and an F of 0.9."""
    int8 = [row("cutout u2net", name, mae=0.1 + mae, f=0.9 + f) for name in ("a", "b")]
    fp32 = [row("cutout u2net fp32", name, mae=0.1, f=0.9) for name in ("a", "b")]
    return Summary([*int8, *fp32])


def test_a_small_loss_by_quantization_passes():
    assert LOSSES.missed(quantized(mae=0.001, f=-0.004)) == []


def test_a_larger_loss_by_quantization_fails():
    by_error, by_f = LOSSES.missed(quantized(mae=0.003, f=-0.006))

    assert "cutout u2net loses up to 0.0030 mae to cutout u2net fp32" in by_error
    assert "loses up to 0.0060 f_max" in by_f


def test_an_uncertain_loss_is_judged_by_the_end_of_its_interval():
    int8 = [row("cutout u2net", "a", mae=0.1, f=1), row("cutout u2net", "b", mae=0.103, f=1)]
    fp32 = [row("cutout u2net fp32", name, mae=0.1, f=1) for name in ("a", "b")]

    (sentence,) = LOSSES.missed(Summary([*int8, *fp32]))

    assert "loses up to 0.0030 mae" in sentence  # and 0.0015 on the mean


def test_a_tool_that_was_not_run_fails_its_floor():
    sentences = LOSSES.missed(Summary([row("null", "a", iou=1)]))

    assert len(sentences) == 2
    assert all("has cut out 0 pictures" in sentence for sentence in sentences)


def test_a_data_set_without_floors_is_an_error(tmp_path):
    (tmp_path / "floors.toml").write_text('["one"]\npictures = 1\nleast = {}\nlosses = {}\n')

    with pytest.raises(DataError, match="no floors for another, only for one"):
        floors.load("another", tmp_path / "floors.toml")


@pytest.mark.parametrize("data_set", tomllib.loads(FILE.read_text()))
def test_the_floors_name_existing_tools_and_measures(data_set):
    found = floors.load(data_set, FILE)

    assert found.tools <= {tool.name for tool in TOOLS}
    keys = {key for limits in (found.least, found.losses) for row in limits.values() for key in row}
    assert keys <= {measure.key for measure in MEASURES}
    models = ("cutout u2net", "cutout u2netp", "cutout best")
    assert found.least.keys() == set(models)
    pairs = {f"{tool}{LESS}{other}" for tool, other in PAIRS}
    assert found.losses.keys() <= pairs
    originals = {f"{model}, edges off{LESS}{model} fp32, edges off" for model in models[:2]}
    assert originals <= found.losses.keys()


def test_the_proposed_floors_are_a_margin_worse_than_what_was_measured():
    text = LEAST.proposed(Summary([row("cutout u2net", "a", iou=0.95, mae=0.03, f_half=1.0)]))

    assert tomllib.loads(text) == {"least": {"cutout u2net": {"iou": 0.944, "mae": 0.0315}}}
    assert Floors(1, tomllib.loads(text)["least"], {}).missed(summary(iou=0.944, mae=0.0315)) == []
