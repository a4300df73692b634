"""Tools over pictures: what is done stays done, and what fails is said."""

import json

import pytest

from tests.tools.evaluate.folders import HALF, picture, write
from tools.contenders.catalogue import Tool, find
from tools.evaluate.dataset import load
from tools.evaluate.run import hints, run
from tools.evaluate.score import score

NULL = find("null")


@pytest.fixture
def pictures(tmp_path):
    for name in ("a", "b", "c"):
        write(tmp_path / "data" / "im" / f"{name}.png", picture((ord(name), 0, 0)))
        write(tmp_path / "data" / "gt" / f"{name}.png", HALF)
    return load(tmp_path / "data").pictures


def test_every_picture_is_cut_out_once_and_kept(tmp_path, pictures):
    first = run([NULL], pictures, tmp_path / "cache", tmp_path)
    again = run([NULL], pictures, tmp_path / "cache", tmp_path)

    assert [outcome.picture.name for outcome in first.done] == ["a.png", "b.png", "c.png"]
    assert (first.kept, again.kept) == (0, 3)
    assert again.done == first.done


def test_a_run_goes_on_where_another_was_interrupted(tmp_path, pictures):
    run([NULL], pictures[:1], tmp_path / "cache", tmp_path)

    outcomes = run([NULL], pictures, tmp_path / "cache", tmp_path)

    assert (outcomes.kept, len(outcomes.done)) == (1, 3)


def test_a_changed_photo_is_cut_out_again(tmp_path, pictures):
    run([NULL], pictures, tmp_path / "cache", tmp_path)
    write(pictures[0].photo, picture((9, 9, 9)))

    again = run([NULL], load(tmp_path / "data").pictures, tmp_path / "cache", tmp_path)

    assert again.kept == 2


def test_a_picture_that_ends_the_tool_is_named_and_the_others_go_on(tmp_path, pictures):
    pictures[1].photo.write_bytes(b"no picture")

    outcomes = run([NULL], pictures, tmp_path / "cache", tmp_path)

    assert [outcome.picture.name for outcome in outcomes.done] == ["a.png", "c.png"]
    assert len(outcomes.failed) == 1
    assert outcomes.failed[0].startswith("null at b.png: ")
    assert "Unidentified" in outcomes.failed[0]


def test_a_tool_that_cannot_start_is_said_not_to_have_run(tmp_path, pictures):
    nobody = Tool("nobody", "ours", "tools.contenders.ours:nobody")

    outcomes = run([nobody, NULL], pictures, tmp_path / "cache", tmp_path)

    assert list(outcomes.not_run) == ["nobody"]
    assert "no attribute 'nobody'" in outcomes.not_run["nobody"]
    assert {outcome.tool for outcome in outcomes.done} == {"null"}


def test_a_tool_is_shown_no_more_of_the_truth_than_it_asks_for(pictures):
    assert hints(find("cutout u2net"), pictures[0]) == {}
    assert hints(find("rembg u2net -a"), pictures[0]) == {}
    assert hints(find("OpenCV GrabCut"), pictures[0]) == {"box": (19, 1, 20, 28)}


def test_the_null_tool_scores_what_keeping_everything_is_worth(tmp_path, pictures):
    rows = score(run([NULL], pictures[:1], tmp_path / "cache", tmp_path).done)

    (row,) = rows
    assert row.scores.values["iou"] == 0.5
    assert row.scores.values["mae"] == 0.5
    assert row.as_json()["tool"] == "null"
    assert json.dumps(row.as_json())


def test_a_tool_that_refuses_has_kept_nothing(tmp_path, pictures):
    outcomes = run([NULL], pictures[:1], tmp_path / "cache", tmp_path)
    outcomes.done[0].file.unlink()

    (row,) = score(outcomes.done)

    assert row.scores.values["iou"] == 0
    assert row.scores.values["mae"] == 0.5
