"""A batch that is repeated: what it makes anew, what it keeps, and watching a folder."""

import os
import signal
import sqlite3
import threading

import pytest

from cutout.batch import history as history_file
from cutout.batch.history import NAME, History
from cutout.options.record import Options
from tests.conftest import opened
from tools.time_limits import wait_until


@pytest.fixture
def batch(cutout, place, photo):
    """Return a function that runs a batch of in/a.png and in/b.png, and returns its last line."""
    (place / "in").mkdir()
    for name in ("a.png", "b.png"):
        (place / "in" / name).write_bytes(photo)

    def run(*words, code=0, source="in"):
        status, _, err = cutout("batch", source, "out", *words)
        assert status == code
        return err.splitlines()[-1].partition(", 0 failed")[0]

    return run


def test_a_repeated_batch_names_what_is_still_to_review(batch, cutout, place):
    batch("--review-below", "1")

    _, _, err = cutout("batch", "in", "out", "--review-below", "1")

    assert err.count(": to review, confidence ") == 2
    assert "0 done, 2 skipped, 0 failed, 2 to review" in err


def mode(path):
    return opened(path.read_bytes()).mode


def test_a_batch_with_other_options_makes_its_cutouts_anew(batch, place):
    assert batch() == "2 done, 0 skipped"
    assert batch() == "0 done, 2 skipped"

    assert batch("-om") == "2 done, 0 skipped"

    assert mode(place / "out" / "a.png") == "L"
    assert batch("-om") == "0 done, 2 skipped"


def test_a_photo_that_has_changed_is_cut_out_anew(batch, place):
    batch()
    os.utime(place / "in" / "a.png", ns=(0, 0))

    assert batch() == "1 done, 1 skipped"
    assert batch() == "0 done, 2 skipped"


@pytest.mark.parametrize("case", ["unknown", "edited", "of another photo"])
def test_what_this_batch_did_not_make_is_kept_and_counted(batch, cutout, place, photo, case):
    source = "in"
    if case == "unknown":
        (place / "out").mkdir()
        (place / "out" / "a.png").write_bytes(b"somebody's")
    else:
        batch()
    if case == "edited":
        (place / "out" / "a.png").write_bytes(b"somebody's")
    if case == "of another photo":
        (place / "more").mkdir()
        (place / "more" / "a.png").write_bytes(photo)
        source = "more"
    kept = (place / "out" / "a.png").read_bytes()

    code, _, err = cutout("batch", source, "out", "-om")

    assert code == 0
    assert "; 1 of the skipped are not known to this command and kept\n" in err
    assert (place / "out" / "a.png").read_bytes() == kept


def test_the_file_of_the_state_is_hidden_whole_and_does_not_grow(batch, place):
    for _ in range(3):
        batch()
    size = (place / "out" / NAME).stat().st_size
    for _ in range(3):
        batch("-om")
        batch()

    assert (place / "out" / NAME).stat().st_size == size
    assert sorted(path.name for path in (place / "out").iterdir()) == [NAME, "a.png", "b.png"]


def test_a_batch_of_the_folder_of_cutouts_leaves_its_state_out(batch, cutout, place):
    batch()

    assert "left out" not in cutout("batch", "out", "again")[2]


def test_two_batches_into_one_folder_keep_each_others_rows(tmp_path):
    names = [f"{index}.png" for index in range(20)]
    for name in names:
        (tmp_path / name).touch()

    def add(some):
        history = History(tmp_path, Options(), "")
        for name in some:
            history.add(tmp_path / name, tmp_path / name, (tmp_path / name).stat(), None)
        history.close()

    both = [threading.Thread(target=add, args=[names[start::2]]) for start in (0, 1)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    history = History(tmp_path, Options(), "")
    states = {history.find(tmp_path / name, tmp_path / name).state for name in names}
    history.close()
    assert states == {"current"}


@pytest.mark.parametrize("make", [
    lambda path: path.write_bytes(b"no database at all" * 100),
    lambda path: path.symlink_to("elsewhere"),
])  # fmt: skip
def test_a_state_that_cannot_be_used_is_one_sentence_and_stays(cutout, batch, place, make):
    batch()
    (place / "out" / NAME).unlink()
    make(place / "out" / NAME)

    code, _, err = cutout("batch", "in", "out")

    assert code == 1
    assert f"out/{NAME}: a " in err
    assert "Traceback" not in err
    assert not (place / "out" / "elsewhere").exists()


def test_a_killed_transaction_leaves_the_rows_before_it(tmp_path):
    (tmp_path / "a.png").touch()
    history = History(tmp_path, Options(), "")
    history.add(tmp_path / "a.png", tmp_path / "a.png", (tmp_path / "a.png").stat(), 0.5)
    killed = sqlite3.connect(tmp_path / NAME)
    killed.execute("DELETE FROM made")
    killed.close()  # without a commit

    assert history.find(tmp_path / "a.png", tmp_path / "a.png") == ("current", 0.5)
    history.close()


def test_a_lock_that_lasts_too_long_is_an_error_once(tmp_path, monkeypatch):
    monkeypatch.setattr(history_file, "WAIT_S", 0)
    (tmp_path / "a.png").touch()
    status = (tmp_path / "a.png").stat()
    history = History(tmp_path, Options(), "")
    other = sqlite3.connect(tmp_path / NAME)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(OSError, match="locked"):
        history.add(tmp_path / "a.png", tmp_path / "a.png", status, None)
    other.close()

    history.add(tmp_path / "a.png", tmp_path / "a.png", status, None)
    assert history.find(tmp_path / "a.png", tmp_path / "a.png").state == "current"
    history.close()


def test_a_watched_folder_is_cut_out_as_photos_arrive_until_ctrl_c(cutout, place, photo):
    (place / "in").mkdir()

    def arrive():
        for name in ("a.png", "b.png"):
            (place / "in" / name).write_bytes(photo)
            wait_until((place / "out" / name).exists, f"the cutout of {name}")
        os.kill(os.getpid(), signal.SIGINT)

    arriving = threading.Thread(target=arrive)
    arriving.start()
    code, _, err = cutout("p", "in", "out", "-w")
    arriving.join()

    assert code == 130
    assert "watching in for photos; Ctrl-C ends it" in err
    assert "in/b.png: wrote out/b.png" in err
