"""The command line `python -m cutout.models`."""

import re
import subprocess
import sys
from pathlib import Path

import onnx
import pytest
from onnx import helper

from cutout.engine.models import Models
from cutout.models import cards
from cutout.models.__main__ import main
from tests.networks import network

pytestmark = pytest.mark.slow

UNCHANGED = ("--mean", "0", "0", "0", "--std", "1", "1", "1")  # input
ROOT = Path(__file__).parents[2]


def models(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "cutout.models", *map(str, arguments)],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip


def test_a_card_turns_an_onnx_file_into_a_model(red_folder, tmp_path):
    model = onnx.load(red_folder / "red.onnx")
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "mine.onnx")

    run = models("card", tmp_path / "mine.onnx", "--name", "mine", "--size", "32", *UNCHANGED)

    assert run.returncode == 0
    assert Models([tmp_path], "mine", 1).session().card.name == "mine"


@pytest.mark.parametrize(
    "card", [("--name", "模型", "--size", "32"), ("--name", "mine", "--size", "0")]
)
def test_an_invalid_card_is_not_written(red_folder, tmp_path, card):
    path = tmp_path / "mine.onnx"
    path.write_bytes((red_folder / "red.onnx").read_bytes())

    run = models("card", path, *card)

    assert run.returncode == 1
    assert run.stderr.startswith("models: mine.onnx has no complete card")
    assert path.read_bytes() == (red_folder / "red.onnx").read_bytes()


def test_a_network_whose_map_is_not_of_0_to_1_gets_no_card(tmp_path):
    path = tmp_path / "mine.onnx"
    network(path, [helper.make_node("Mul", ["first", "factor"], ["map"])], factor=255)
    before = path.read_bytes()

    run = models("card", path, "--name", "mine", "--size", "32", *UNCHANGED)

    assert run.returncode == 1
    assert re.search(r"mine\.onnx: its map has values from \S+ to 255, not from 0", run.stderr)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_no_onnx_model_gets_no_card(tmp_path):
    (tmp_path / "junk.onnx").write_bytes(b"junk" * 100)

    for path in (tmp_path / "junk.onnx", tmp_path, tmp_path / "nowhere.onnx"):
        run = models("card", path, "--name", "mine", "--size", "32")

        assert run.returncode == 1
        assert run.stderr.startswith("models: ")
        assert run.stderr.count("\n") == 1


def test_a_damaged_or_missing_file_counts_as_not_built(tmp_path):
    (tmp_path / "junk.onnx").write_bytes(b"junk" * 100)

    assert cards.read(tmp_path / "junk.onnx") == {}
    assert cards.read(tmp_path / "nowhere.onnx") == {}


def test_a_folder_without_photos_is_an_error(tmp_path):
    run = models("calibrate", tmp_path)

    assert run.returncode == 1
    assert run.stderr == f"models: there is no photo in {tmp_path}\n"


def test_without_its_extra_the_error_names_the_extra(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.setattr(sys, "argv", ["cutout.models", "calibrate", "photos"])

    assert main() == 1
    assert capsys.readouterr().err == (
        "models: changing a network needs onnx; install cutout-bg[build]\n"
    )
