import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cutout.batch import folder as batch
from cutout.errors import UnknownForeground
from cutout.picture import Box, Result, Size

WHOLE = Box(0, 0, 4, 3)
RESULT = Result(
    b"png", "image/png", Size(4, 3), Size(4, 3), WHOLE, WHOLE, (), 0.9, "red", "3", 2, 1, {}
)  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    for name in ("a.jpg", "sub/deep/b.PNG", "sub/notes.txt", "c.webp"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"photo")
    return tmp_path / "in"


def write(picture):
    picture.target.parent.mkdir(parents=True, exist_ok=True)
    picture.target.write_bytes(RESULT.data)
    return RESULT


def targets(pictures, out):
    return [str(picture.target.relative_to(out)) for picture in pictures]


def planned(folder, out, suffix=".png"):
    return batch.plan(folder, out, suffix).pictures


def test_the_tree_is_kept_and_other_files_are_ignored(folder, tmp_path):
    pictures = planned(folder, tmp_path / "out")

    assert targets(pictures, tmp_path / "out") == ["a.png", "c.png", "sub/deep/b.png"]


def test_photos_that_differ_only_by_suffix_keep_it(folder, tmp_path):
    (folder / "a.png").write_bytes(b"another photo")

    pictures = planned(folder, tmp_path / "out")

    assert targets(pictures, tmp_path / "out")[:2] == ["a.jpg.png", "a.png.png"]


def test_all_targets_are_distinct(tmp_path):
    names = ["x.jpg", "x.png", "x.jpg.png", "Y.jpg", "y.JPG", "y.webp"]
    for name in names:
        (tmp_path / name).write_bytes(b"photo")

    pictures = planned(tmp_path, tmp_path / "out")

    assert len({picture.target for picture in pictures}) == len(names)


def test_a_target_above_the_source_hides_no_photo(folder, tmp_path):
    assert len(planned(folder, tmp_path)) == 3
    assert len(planned(folder / "sub", folder)) == 1


def test_a_target_inside_the_source_is_not_taken_for_photos(folder):
    out = folder / "cutouts"
    before = planned(folder, out)
    for picture in before:
        write(picture)

    assert planned(folder, out) == before


def test_hidden_and_empty_files_are_left_out_and_counted(folder, tmp_path):
    (folder / "._a.jpg").write_bytes(b"of the Finder")
    (folder / ".DS_Store").write_bytes(b"of the Finder")
    (folder / ".trash").mkdir()
    (folder / ".trash" / "d.jpg").write_bytes(b"photo")
    (folder / "empty.jpg").touch()

    plan = batch.plan(folder, tmp_path / "out", ".png")

    assert len(plan.pictures) == 3
    assert plan.left_out == 4


@pytest.mark.parametrize("hidden", [".photos", "photos"])
def test_a_hidden_folder_that_is_named_itself_is_processed(tmp_path, hidden):
    (tmp_path / hidden).mkdir()
    (tmp_path / hidden / "a.jpg").write_bytes(b"photo")

    assert len(planned(tmp_path / hidden, tmp_path / "out")) == 1


@pytest.mark.parametrize(
    "name", ["a.jfif", "a.JPE", "a.mpo", "a.apng", "a.heic", "a.HEIF", "a.jxl"]
)
def test_a_suffix_of_a_photo_is_enough(tmp_path, name):
    (tmp_path / name).write_bytes(b"anything")

    assert targets(planned(tmp_path, tmp_path / "out"), tmp_path / "out") == ["a.png"]


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0"


@pytest.mark.parametrize(
    ("name", "start", "is_photo"),
    [
        ("IMG_1", b"\xff\xd8\xff\xe0", True),
        ("IMG_1.download", b"\x89PNG\r\n\x1a\n", True),
        ("IMG_1.1", HEIC, True),
        ("clip.mp4", b"\0\0\0\x18ftypisom\0\0\0\0", False),
        ("clip.mov", b"\0\0\0\x14ftypqt  \0\0\0\0", False),
        ("IMG_1.dng", b"II*\0", False),
        ("notes", b"BMW, Audi", False),
        ("song.wav", b"RIFF....WAVE", False),
        ("page.pdf", b"%PDF-1.7", False),
    ],
)
def test_a_file_with_another_suffix_or_none_is_known_by_its_start(tmp_path, name, start, is_photo):
    (tmp_path / name).write_bytes(start + b"more of it")

    assert len(planned(tmp_path, tmp_path / "out")) == is_photo


@pytest.mark.parametrize("link", [Path.symlink_to, Path.hardlink_to])
def test_a_source_that_is_also_a_target_is_left_alone(folder, tmp_path, link):
    out = tmp_path / "out"
    out.mkdir()
    link(out / "c.png", folder / "c.webp")
    link(out / "a.png", folder / "a.jpg")

    outcomes = list(batch.run(planned(folder, out), write, 2, threading.Event()))

    assert sorted(outcome.status for outcome in outcomes) == ["done", "skipped", "skipped"]
    assert (folder / "a.jpg").read_bytes() == (folder / "c.webp").read_bytes() == b"photo"


def test_results_that_are_reached_by_another_name_are_not_taken_for_photos(folder, tmp_path):
    before = planned(folder, folder / "cutouts")
    for picture in before:
        write(picture)
    (tmp_path / "link").symlink_to(folder / "cutouts")

    assert len(planned(folder, tmp_path / "link")) == len(before)


def test_existing_targets_are_skipped(folder, tmp_path):
    pictures = planned(folder, tmp_path / "out")
    write(pictures[0])

    outcomes = list(batch.run(pictures, write, 2, threading.Event()))

    assert sorted(outcome.status for outcome in outcomes) == ["done", "done", "skipped"]


def test_a_bad_picture_fails_without_stopping_others(folder, tmp_path):
    def remove(picture):
        if picture.source.name == "c.webp":
            raise UnknownForeground("nothing there")
        if picture.source.name == "a.jpg":
            raise PermissionError(13, "Permission denied", str(picture.source))
        return write(picture)

    pictures = planned(folder, tmp_path / "out")
    outcomes = {Path(o.source).name: o for o in batch.run(pictures, remove, 2, threading.Event())}

    assert (outcomes["c.webp"].status, outcomes["c.webp"].code) == ("failed", "unknown_foreground")
    assert (outcomes["a.jpg"].status, outcomes["a.jpg"].code) == ("failed", "file_error")
    assert (outcomes["b.PNG"].status, outcomes["b.PNG"].width) == ("done", 4)


@pytest.mark.parametrize(
    ("confidence", "below", "review"),
    [(0.9, 0.91, True), (0.9, 0.9, False), (0.9, 0, False), (0.0, 0.5, True), (None, 0.91, False)],
)
def test_a_cutout_with_low_confidence_is_written_and_marked_for_review(
    folder, tmp_path, confidence, below, review
):
    def remove(picture):
        return replace(write(picture), confidence=confidence)

    pictures = planned(folder, tmp_path / "out")
    outcomes = list(batch.run(pictures, remove, 2, threading.Event(), below))

    assert [(one.status, one.review) for one in outcomes] == [("done", review)] * 3
    assert {(one.looks, one.looks_skipped) for one in outcomes} == {(2, 1)}
    assert all(picture.target.exists() for picture in pictures)


def test_a_bug_is_not_an_outcome(folder, tmp_path):
    def remove(picture):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(batch.run(planned(folder, tmp_path / "out"), remove, 2, threading.Event()))


def test_no_more_pictures_run_at_once_than_there_are_workers():
    inside, most, lock = 0, 0, threading.Lock()

    def remove(picture):
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.001)
        with lock:
            inside -= 1
        return RESULT

    pictures = [batch.Picture(Path(f"{i}.jpg"), Path(f"/nowhere/{i}.png")) for i in range(50)]

    assert len(list(batch.run(pictures, remove, 3, threading.Event()))) == 50
    assert most <= 3


def test_stop_lets_started_pictures_finish_and_starts_no_more():
    begun, stop = [], threading.Event()

    def remove(picture):
        begun.append(picture)
        if len(begun) == 3:
            stop.set()
        time.sleep(0.01)
        return RESULT

    pictures = [batch.Picture(Path(f"{i}.jpg"), Path(f"/nowhere/{i}.png")) for i in range(50)]
    outcomes = list(batch.run(pictures, remove, 2, stop))

    assert [outcome.status for outcome in outcomes] == ["done"] * len(begun)
    assert len(begun) in {3, 4}


def test_a_picture_that_raises_stopped_has_no_outcome():
    stop = threading.Event()

    def remove(picture):
        stop.set()
        raise batch.Stopped

    pictures = [batch.Picture(Path(f"{i}.jpg"), Path(f"/nowhere/{i}.png")) for i in range(5)]

    assert list(batch.run(pictures, remove, 1, stop)) == []


def test_a_folder_that_cannot_be_read_fails_as_a_photo_does(folder, tmp_path, monkeypatch):
    scandir = os.scandir

    def refuse(path):
        if Path(path).name == "deep":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)

    sources = [str(picture.source.relative_to(folder)) for picture in planned(folder, tmp_path)]

    assert sources == ["a.jpg", "c.webp", "sub/deep"]


def test_a_target_whose_name_is_too_long_is_the_outcome_of_its_photo_alone(folder, tmp_path):
    long = batch.Picture(folder / "a.jpg", tmp_path / ("x" * 300))

    outcomes = list(batch.run([long, *planned(folder, tmp_path)], write, 1, threading.Event()))

    # Outcomes come in the order in which they are ready.
    assert [one.target for one in outcomes if one.status == "failed"] == [str(long.target)]
    assert [one.status for one in outcomes].count("done") == 3
