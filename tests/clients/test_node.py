"""Public clients for Node, installed unchanged; a proxy redirects their requests to the test."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from cutout.options.record import Options
from tools.time_limits import limit_s

HERE = Path(__file__).parent / "node"
NPM = shutil.which("npm")

pytestmark = [pytest.mark.clients, pytest.mark.skipif(not NPM, reason="there is no npm")]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("node") / "clients"
    shutil.copytree(HERE, folder)
    subprocess.run(
        [NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder, check=True, capture_output=True, timeout=limit_s(300),
    )  # fmt: skip
    return folder


@pytest.fixture
def ask(installed, service, photo):
    """Return a function that runs a client and returns its output and its folder."""
    (installed / "photo.png").write_bytes(photo)

    def ask(client):
        ended = subprocess.run(
            ["node", "-r", "./here.js", "ask.js", client],
            cwd=installed, env=os.environ | {"CUTOUT_PORT": service.rpartition(":")[2]},
            capture_output=True, text=True, timeout=limit_s(60),
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
        return ended.stdout, installed

    return ask


@pytest.mark.parametrize("service", [4_700_000], ids=["in the answer"], indirect=True)
def test_remove_bg_gets_correct_pictures_in_the_response_body_only(ask, engine, photo):
    """The client requests JSON and does not know result_url."""
    output, folder = ask("remove.bg")

    assert json.loads(output) == {
        "resultWidth": "120", "resultHeight": "90", "creditsCharged": "0",
        "detectedType": "other", "code": "invalid_size",
    }  # fmt: skip
    whole = engine.remove_background(photo, Options()).data
    for name in ("file.png", "url.png"):
        assert (folder / name).read_bytes() == whole
    cropped = engine.remove_background(photo, Options(crop=True)).data
    assert (folder / "crop.png").read_bytes() == cropped


@pytest.mark.nightly  # a second client in this language
def test_removebg_wrapper_gets_a_correct_picture(ask, engine, photo):
    _, folder = ask("removebg-wrapper")

    assert (folder / "output.png").read_bytes() == engine.remove_background(photo, Options()).data
