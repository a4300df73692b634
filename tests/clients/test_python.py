"""Public clients of remove.bg, installed unchanged, with their URL constants set to the test."""

import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import numpy as np
import pytest

from cutout.options.record import Options
from tests.conftest import opened
from tools.time_limits import limit_s

HERE = Path(__file__).parent
INSTALL = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable,
           "--require-hashes", "--no-deps", "--no-build-isolation"]  # fmt: skip

pytestmark = pytest.mark.clients


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    def install(name):
        folder = tmp_path_factory.mktemp(name)
        subprocess.run(
            [*INSTALL, "--target", folder, "-r", HERE / f"{name}.txt"],
            check=True, timeout=limit_s(300),
        )  # fmt: skip
        return folder

    return install


def run(folder, code, *words):
    """Run code in a process whose module `removebg` is the client."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *map(str, words)],
        capture_output=True, text=True, timeout=limit_s(60),
        env={"PYTHONPATH": str(folder)}, cwd=words[0],
    )  # fmt: skip


REMOVEBG = """
import sys
import requests
from removebg import removebg
folder, address, coded = sys.argv[1:]
removebg.API_ENDPOINT = f"{address}/v1.0/removebg"
client = removebg.RemoveBg("key", "errors.log")
client.remove_background_from_img_file("photo.png")
client.remove_background_from_img_url("http://photos.example/a.png", new_file_name="url.png")
client.remove_background_from_base64_img(coded, size="4k", new_file_name="b64.png")
client.remove_background_from_base64_img(coded, bg_color="00ff00", new_file_name="green.jpg")
try:
    client.remove_background_from_base64_img("%%%")
except requests.HTTPError as error:
    print(error.response.json()["errors"][0]["code"])
"""


def test_removebg_gets_correct_pictures(installed, service, engine, photo, tmp_path):
    (tmp_path / "photo.png").write_bytes(photo)

    ended = run(installed("removebg"), REMOVEBG, tmp_path, service, b64encode(photo).decode())

    assert ended.returncode == 0, ended.stderr
    expected = engine.remove_background(photo, Options()).data
    for name in ("photo.png_no_bg.png", "url.png", "b64.png"):
        assert (tmp_path / name).read_bytes() == expected
    green = opened((tmp_path / "green.jpg").read_bytes())
    assert green.format == "JPEG"
    assert np.abs(np.array(green.getpixel((2, 2))) - (0, 255, 0)).max() < 4
    assert ended.stdout == "failed_to_read_image\n"


REMOVE_BG = """
import collections
import collections.abc
collections.Callable = collections.abc.Callable  # the client was written before Python 3.10
import sys
from pathlib import Path
from removebg import RemoveBg, constants, exceptions
folder, address, coded = sys.argv[1:]
constants.API_ENDPOINT = f"{address}/v1.0/"
client = RemoveBg("key")
Path("file.png").write_bytes(client.remove_background_from_file("photo.png", size="auto"))
url = "http://photos.example/a.png"
Path("url.zip").write_bytes(client.remove_background_from_url(url, size="hd", format="zip"))
Path("b64.png").write_bytes(client.remove_background_from_base64(coded, channels="alpha"))
try:
    client.remove_background_from_base64(coded, size="huge")
except exceptions.InvalidParameters as error:
    print(error)
"""


@pytest.mark.nightly  # a second client in this language
def test_remove_bg_gets_correct_pictures(installed, service, engine, photo, tmp_path):
    (tmp_path / "photo.png").write_bytes(photo)

    ended = run(installed("remove-bg"), REMOVE_BG, tmp_path, service, b64encode(photo).decode())

    assert ended.returncode == 0, ended.stderr
    for name, options in (
        ("file.png", Options()),
        ("url.zip", Options(format="zip")),
        ("b64.png", Options(channels="alpha")),
    ):
        expected = engine.remove_background(photo, options).data
        assert (tmp_path / name).read_bytes() == expected
    assert ended.stdout == "Unknown size\n"
