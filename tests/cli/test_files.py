import os
import threading
from pathlib import Path

import pytest

from cutout.cli import files
from cutout.cli.files import read_at_most, read_regular, write_inside, write_whole
from cutout.errors import FileTooLarge
from tests.disks import full_disk


def test_missing_folders_are_created(tmp_path):
    write_whole(tmp_path / "a" / "b.png", b"whole")

    assert (tmp_path / "a" / "b.png").read_bytes() == b"whole"


def test_a_symbolic_link_is_kept(tmp_path):
    (tmp_path / "real.png").write_bytes(b"old")
    (tmp_path / "link.png").symlink_to(tmp_path / "real.png")

    write_whole(tmp_path / "link.png", b"new")

    assert (tmp_path / "link.png").is_symlink()
    assert (tmp_path / "real.png").read_bytes() == b"new"


def test_a_device_is_not_replaced():
    write_whole(Path("/dev/null"), b"gone")

    assert Path("/dev/null").is_char_device()


def test_a_name_of_maximum_length_can_be_written(tmp_path):
    write_whole(tmp_path / ("n" * 250), b"whole")

    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("owner, step", [(files, "open"), (os, "replace")])
def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(
    tmp_path, monkeypatch, owner, step
):
    target = tmp_path / "a.png"
    write_whole(target, b"old")

    def interrupted(path, *mode, **options):
        if step == "open":
            os.close(options["opener"](path, os.O_CREAT | os.O_WRONLY))
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, step, interrupted, raising=False)
    with pytest.raises(KeyboardInterrupt):
        write_whole(target, b"new")

    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert target.read_bytes() == b"old"


def test_a_full_disk_is_an_error_of_the_file_and_leaves_the_old_one_and_nothing_else(tmp_path):
    target = tmp_path / "a.png"
    write_whole(target, b"old")

    with full_disk(1000), pytest.raises(OSError) as caught:
        write_whole(target, b"new" * 1000)

    assert caught.value.filename == str(target)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert target.read_bytes() == b"old"


@pytest.fixture
def outside(tmp_path):
    """A folder beside the one that is written to."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "outside" / "own.png").write_bytes(b"somebody's")
    return tmp_path / "outside"


@pytest.mark.parametrize("name", ["own.png", "new.png"])
def test_a_link_that_nobody_named_is_replaced_and_its_target_is_not_written(outside, name):
    out = outside.parent / "out"
    (out / "a.png").symlink_to(outside / name)

    write_inside(out, out / "a.png", b"ours")

    assert not (out / "a.png").is_symlink()
    assert (out / "a.png").read_bytes() == b"ours"
    assert [path.read_bytes() for path in outside.iterdir()] == [b"somebody's"]


@pytest.mark.parametrize("deeper", ["a.png", "deep/er/a.png"])
def test_a_link_in_place_of_a_folder_is_refused_and_nothing_is_made_behind_it(outside, deeper):
    out = outside.parent / "out"
    (out / "sub").symlink_to(outside)

    with pytest.raises(OSError, match="a link or a file is where a folder has to be") as caught:
        write_inside(out, out / "sub" / deeper, b"ours")

    assert caught.value.filename == str(out / "sub" / deeper)
    assert [path.name for path in outside.iterdir()] == ["own.png"]


def test_the_folder_that_the_user_named_may_be_a_link(outside):
    out = outside.parent / "link"
    out.symlink_to(outside)

    write_inside(out, out / "sub" / "a.png", b"ours")

    assert (outside / "sub" / "a.png").read_bytes() == b"ours"


def test_a_sparse_file_of_60_gb_is_refused_by_its_size(tmp_path):
    with (tmp_path / "a.jpg").open("wb") as file:  # from which nothing can be read
        file.truncate(60 * 10**9)
        with pytest.raises(FileTooLarge, match="more than the 1,000 bytes allowed"):
            read_at_most(file, 1000)

    with pytest.raises(FileTooLarge):
        read_regular(tmp_path / "a.jpg", 1000)


def test_a_pipe_that_does_not_end_is_read_up_to_the_limit():
    reader, writer = os.pipe()
    feeding = threading.Thread(target=os.write, args=(writer, bytes(1001)))
    feeding.start()

    with os.fdopen(reader, "rb") as file, pytest.raises(FileTooLarge):
        read_at_most(file, 1000)

    os.close(writer)
    feeding.join()


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_a_pipe_and_a_device_are_no_photos_of_a_folder(tmp_path, make):
    make(tmp_path / "a.jpg")

    with pytest.raises(OSError, match="not a regular file"):
        read_regular(tmp_path / "a.jpg", 1000)
