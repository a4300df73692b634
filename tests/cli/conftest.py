"""A folder with photos, in which the tests run commands in this process."""

import pytest
from PIL import Image

from cutout.__main__ import main
from tests.conftest import encoded


@pytest.fixture
def place(tmp_path, monkeypatch, red_folder, photo):
    """The current folder, which has photo.png and other.png; the default network finds red."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CUTOUT_MODEL", "red")
    monkeypatch.setenv("CUTOUT_MODELS", str(red_folder))
    (tmp_path / "photo.png").write_bytes(photo)
    (tmp_path / "other.png").write_bytes(photo)
    (tmp_path / "blue.png").write_bytes(encoded(Image.new("RGB", (9, 9), "blue"), "PNG"))
    (tmp_path / "words.jpg").write_text("words")
    (tmp_path / "empty.jpg").touch()
    return tmp_path


@pytest.fixture
def cutout(place, capfd):
    """Return a function that runs a command and returns its exit code and what it printed."""

    def run(*words):
        code = main(list(map(str, words)))
        printed = capfd.readouterr()
        return code, printed.out, printed.err

    return run
