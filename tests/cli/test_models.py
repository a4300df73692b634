"""`cutout models`."""

import sys

import pytest

from cutout import installation
from cutout.__main__ import main
from cutout.models import catalogue


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """The cache folder of an installed distribution."""
    monkeypatch.setattr(installation, "is_distribution", lambda: True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "cutout"


def test_the_list_tells_what_is_here_and_where(cache, capsys):
    u2net, _ = catalogue.load()
    u2net.built.parent.mkdir(parents=True)
    u2net.built.touch()

    assert main(["models", "list"]) == 0

    shown = [line.split(maxsplit=5) for line in capsys.readouterr().out.splitlines()]
    assert shown == [
        ["u2net", "2", "37.3", "MB", "Apache-2.0", str(u2net.built)],
        ["u2netp", "2", "1.4", "MB", "Apache-2.0", "not here"],
    ]


def test_a_download_without_an_address_says_what_to_do(cache, capsys):
    assert main(["models", "download"]) == 1
    assert "CUTOUT_MODELS_URL is not set; build it here" in capsys.readouterr().err


def test_a_download_that_fails_is_a_sentence(cache, capsys, monkeypatch):
    monkeypatch.setenv("CUTOUT_MODELS_URL", "http://127.0.0.1:9/v1")

    assert main(["models", "download"]) == 1

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        "cutout: models: http://127.0.0.1:9/v1/u2net.onnx could not be downloaded"
    )


@pytest.mark.parametrize("words", [[], ["fetch"], ["list", "--all"]])
def test_what_is_no_command_is_one_sentence(words, capsys):
    assert main(["models", *words]) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("cutout: ")
    assert line.endswith("; see cutout models --help")


@pytest.mark.parametrize("words", [["add", "mine.onnx", "--fp32"], ["calibrate", "photos"]])
def test_without_its_extra_the_error_names_the_extra(words, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "onnx", None)

    assert main(["models", *words]) == 1
    assert "a model needs onnx; install cutout-bg[build]" in capsys.readouterr().err


def test_calibrating_on_a_folder_without_photos_is_an_error(tmp_path, capsys):
    assert main(["models", "calibrate", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"cutout: {tmp_path}: there is no photo in it\n"
