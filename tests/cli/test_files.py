from pathlib import Path

import pytest

from cutout.cli.files import write_whole
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


@pytest.mark.parametrize("step", ["write_bytes", "replace"])
def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, step):
    target = tmp_path / "a.png"
    write_whole(target, b"old")

    def interrupted(self, data_or_target):
        with self.open("wb") as file:
            file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(type(target), step, interrupted)
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
