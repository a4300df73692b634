"""python -m tools.models, as people type it."""

import subprocess
import sys
from pathlib import Path

import onnx

from cutout.engine.session import Models

ROOT = Path(__file__).parents[2]


def models(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "tools.models", *map(str, arguments)],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip


def test_a_card_makes_ones_own_file_a_model(red_folder, tmp_path):
    model = onnx.load(red_folder / "red.onnx")
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "mine.onnx")

    run = models("card", tmp_path / "mine.onnx", "--name", "mine", "--size", "32")

    assert run.returncode == 0
    assert Models([tmp_path], "mine", 1).session().card.name == "mine"


def test_a_folder_without_photos_is_told(tmp_path):
    run = models("calibrate", tmp_path)

    assert run.returncode == 1
    assert run.stderr == f"models: there is no photo in {tmp_path}\n"
