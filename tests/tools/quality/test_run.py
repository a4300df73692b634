"""Runs of tools over pictures: cached results are reused, and failures are reported."""

import json

import pytest

from tests.tools.quality.folders import HALF, picture, write
from tools.contenders.catalogue import Tool, find
from tools.quality.dataset import load
from tools.quality.run import ToolRun, run, score

pytestmark = pytest.mark.slow

NULL = find("null")


@pytest.fixture
def pictures(tmp_path):
    for name in ("a", "b", "c"):
        write(tmp_path / "data" / "im" / f"{name}.png", picture((ord(name), 0, 0)))
        write(tmp_path / "data" / "gt" / f"{name}.png", HALF)
    return load(tmp_path / "data").pictures


def test_every_picture_is_processed_once_and_cached(tmp_path, pictures):
    first = run([NULL], pictures, tmp_path / "cache", tmp_path)
    again = run([NULL], pictures, tmp_path / "cache", tmp_path)

    assert [outcome.picture.name for outcome in first.all] == ["a.png", "b.png", "c.png"]
    assert (first.kept, again.kept) == (0, 3)
    assert again.all == first.all


def test_an_interrupted_run_is_resumed(tmp_path, pictures):
    run([NULL], pictures[:1], tmp_path / "cache", tmp_path)

    outcomes = run([NULL], pictures, tmp_path / "cache", tmp_path)

    assert (outcomes.kept, len(outcomes.all)) == (1, 3)


def test_an_incomplete_record_is_replaced(tmp_path, pictures):
    first = run([NULL], pictures, tmp_path / "cache", tmp_path)
    first.all[0].file.with_suffix(".json").write_text("")

    again = run([NULL], pictures, tmp_path / "cache", tmp_path)

    assert again.kept == 2
    assert [row.scores.values["iou"] for row in score(again.all)] == [0.5] * 3


def test_a_changed_photo_is_processed_again(tmp_path, pictures):
    run([NULL], pictures, tmp_path / "cache", tmp_path)
    write(pictures[0].photo, picture((9, 9, 9)))

    again = run([NULL], load(tmp_path / "data").pictures, tmp_path / "cache", tmp_path)

    assert again.kept == 2


def test_a_picture_that_kills_the_tool_is_reported_and_the_others_continue(tmp_path, pictures):
    pictures[1].photo.write_bytes(b"no picture")

    outcomes = run([NULL], pictures, tmp_path / "cache", tmp_path)

    assert [bool(outcome.answer) for outcome in outcomes.all] == [True, False, True]
    assert "Unidentified" in outcomes.all[1].failure


def test_a_tool_that_cannot_start_is_reported_as_not_run(tmp_path, pictures):
    nobody = Tool("nobody", "ours", "tools.contenders.ours:nobody")

    outcomes = run([nobody, NULL], pictures, tmp_path / "cache", tmp_path)

    assert list(outcomes.not_run) == ["nobody"]
    assert "no attribute 'nobody'" in outcomes.not_run["nobody"]
    assert {outcome.tool for outcome in outcomes.all} == {"null"}


def test_a_tool_receives_only_the_hints_that_it_requests(tmp_path, pictures):
    def shown(name):
        return ToolRun(find(name), tmp_path, tmp_path).hints(pictures[0])

    assert shown("cutout u2net") == shown("rembg u2net -a") == {}
    assert shown("OpenCV GrabCut") == {"box": (19, 1, 20, 28)}


def test_the_null_tool_has_the_scores_of_keeping_everything(tmp_path, pictures):
    rows = score(run([NULL], pictures[:1], tmp_path / "cache", tmp_path).all)

    (row,) = rows
    assert row.scores.values["iou"] == 0.5
    assert row.scores.values["mae"] == 0.5
    assert json.loads(json.dumps(row.as_json()))["tool"] == "null"


@pytest.mark.parametrize("failing", ["refusing", "halving"])
def test_a_refused_or_failed_picture_scores_as_an_empty_alpha(tmp_path, pictures, failing):
    odd = Tool(failing, "ours", f"tests.tools.odd_tools:{failing}")

    (row,) = score(run([odd], pictures[:1], tmp_path / "cache", tmp_path).all)

    assert row.scores.values["iou"] == 0
    assert row.scores.values["mae"] == 0.5


def test_a_cutout_of_another_size_is_a_failure_with_both_sizes(tmp_path, pictures):
    halving = Tool("halving", "ours", "tests.tools.odd_tools:halving")

    outcomes = run([halving], pictures[:1], tmp_path / "cache", tmp_path)

    assert outcomes.all[0].failure == "its cutout is 20 x 15, not 40 x 30"


def test_the_first_call_of_a_process_is_not_timed(tmp_path, pictures):
    counting = Tool("counting", "ours", "tests.tools.odd_tools:counting")

    outcomes = run([counting], pictures, tmp_path / "cache", tmp_path)

    assert [outcome.answer.said["call"] for outcome in outcomes.all] == [2, 3, 4]


def test_a_lost_cutout_is_made_again(tmp_path, pictures):
    first = run([NULL], pictures, tmp_path / "cache", tmp_path)
    first.all[1].file.unlink()

    assert run([NULL], pictures, tmp_path / "cache", tmp_path).kept == 2
