"""Public clients for Node, installed as they are; a proxy brings their requests here."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from cutout.contract import Options

HERE = Path(__file__).parent / "node"
NPM = shutil.which("npm")

pytestmark = [pytest.mark.clients, pytest.mark.skipif(not NPM, reason="there is no npm")]


def test_the_clients_get_correct_pictures(service, engine, photo, tmp_path):
    shutil.copytree(HERE, tmp_path, dirs_exist_ok=True)
    (tmp_path / "photo.png").write_bytes(photo)
    subprocess.run(
        [NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=tmp_path, check=True, capture_output=True, timeout=300,
    )  # fmt: skip

    ended = subprocess.run(
        ["node", "-r", "./here.js", "ask.js"],
        cwd=tmp_path, env=os.environ | {"CUTOUT_PORT": service.rpartition(":")[2]},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == {
        "resultWidth": "120", "resultHeight": "90", "creditsCharged": "0",
        "detectedType": "other", "code": "invalid_size",
    }  # fmt: skip
    whole = engine.remove_background(photo, Options()).data
    for name in ("file.png", "url.png", "output.png"):
        assert (tmp_path / name).read_bytes() == whole
    cropped = engine.remove_background(photo, Options(crop=True)).data
    assert (tmp_path / "crop.png").read_bytes() == cropped
