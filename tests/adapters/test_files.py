import pytest

from cutout.adapters.files import write_whole


def test_folders_are_made_on_the_way(tmp_path):
    write_whole(tmp_path / "a" / "b.png", b"whole")

    assert (tmp_path / "a" / "b.png").read_bytes() == b"whole"


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    target = tmp_path / "a.png"
    write_whole(target, b"old")

    def interrupted(self, data):
        with self.open("wb") as file:
            file.write(data[:2])
        raise KeyboardInterrupt

    monkeypatch.setattr(type(target), "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(target, b"new")

    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert target.read_bytes() == b"old"
