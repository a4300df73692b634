import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cutout.batch import folder as batch
from cutout.errors import UnknownForeground
from cutout.picture import Box, Result, Size

WHOLE = Box(0, 0, 4, 3)
RESULT = Result(b"png", "image/png", Size(4, 3), Size(4, 3), WHOLE, WHOLE, (), 0.9, "red", "3", {})


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


def test_the_tree_is_kept_and_other_files_are_ignored(folder, tmp_path):
    pictures = batch.plan(folder, tmp_path / "out", ".png")

    assert targets(pictures, tmp_path / "out") == ["a.png", "c.png", "sub/deep/b.png"]


def test_photos_that_differ_only_by_suffix_keep_it(folder, tmp_path):
    (folder / "a.png").write_bytes(b"another photo")

    pictures = batch.plan(folder, tmp_path / "out", ".png")

    assert targets(pictures, tmp_path / "out")[:2] == ["a.jpg.png", "a.png.png"]


def test_all_targets_are_distinct(tmp_path):
    names = ["x.jpg", "x.png", "x.jpg.png", "Y.jpg", "y.JPG", "y.webp"]
    for name in names:
        (tmp_path / name).write_bytes(b"photo")

    pictures = batch.plan(tmp_path, tmp_path / "out", ".png")

    assert len({picture.target for picture in pictures}) == len(names)


def test_a_target_above_the_source_hides_no_photo(folder, tmp_path):
    assert len(batch.plan(folder, tmp_path, ".png")) == 3
    assert len(batch.plan(folder / "sub", folder, ".png")) == 1


def test_a_target_inside_the_source_is_not_taken_for_photos(folder):
    out = folder / "cutouts"
    before = batch.plan(folder, out, ".png")
    for picture in before:
        write(picture)

    assert batch.plan(folder, out, ".png") == before


def test_existing_targets_are_skipped(folder, tmp_path):
    pictures = batch.plan(folder, tmp_path / "out", ".png")
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

    pictures = batch.plan(folder, tmp_path / "out", ".png")
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

    pictures = batch.plan(folder, tmp_path / "out", ".png")
    outcomes = list(batch.run(pictures, remove, 2, threading.Event(), below))

    assert [(one.status, one.review) for one in outcomes] == [("done", review)] * 3
    assert all(picture.target.exists() for picture in pictures)


def test_a_bug_is_not_an_outcome(folder, tmp_path):
    def remove(picture):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(batch.run(batch.plan(folder, tmp_path / "out", ".png"), remove, 2, threading.Event()))


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
