"""Leaving remove.bg and rembg: the examples of docs/migrate, and the finder on public packages."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image

from cutout.config import LAMBDA_RESULT_BYTES
from cutout.migrate import find
from tests.clients.runners import NPM, run
from tests.conftest import encoded, opened
from tests.pages import MIGRATION, all_blocks
from tools.time_limits import limit_s

pytestmark = pytest.mark.clients

DOCS = Path(__file__).parents[2] / "docs" / "migrate"
PROGRAMS = {  # the file of an example, and the command that runs it
    "sh": ("example.sh", ["sh", "-e"]),
    "python": ("example.py", [sys.executable]),
    "js": ("example.js", ["node"]),
    "php": ("example.php", ["php"]),
    "ruby": ("example.rb", ["ruby"]),
    "go": ("main.go", ["go", "run"]),
    "java": ("Main.java", ["java"]),
}
EXAMPLES = [block for block in all_blocks() if block.test == MIGRATION]


@pytest.fixture(scope="module")
def jpeg(red_disc):
    return encoded(red_disc[0].resize((600, 450), Image.Resampling.NEAREST), "JPEG")


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_example_cuts_the_photo_out(services, red_folder, tmp_path, jpeg, example):
    name, command = PROGRAMS[example.language]
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    service = services("")
    (tmp_path / name).write_text(example.text)
    (tmp_path / "photo.jpg").write_bytes(jpeg)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(jpeg)
    env = os.environ | {
        "CUTOUT_URL": service.address, "CUTOUT_API_KEY": service.key("good"),
        "CUTOUT_MODEL": "red", "CUTOUT_MODELS": str(red_folder),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GOCACHE": str(tmp_path / "go"), "GOFLAGS": "-mod=mod", "GO111MODULE": "off",
    }  # fmt: skip

    ended = subprocess.run(
        [*command, name], cwd=tmp_path, env=env, capture_output=True, text=True,
        timeout=limit_s(300), check=False,
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr
    alpha = np.asarray(opened((tmp_path / "result.png").read_bytes()))[..., 3]
    assert (alpha[0, 0], alpha[225, 300]) == (0, 255)


def test_every_language_has_an_example_that_runs():
    assert {example.language for example in EXAMPLES} == PROGRAMS.keys()


def test_one_limit_of_size_is_named():
    limit = f"{LAMBDA_RESULT_BYTES / 1e6:.1f} MB"

    for path in DOCS.glob("*.md"):
        text = path.read_text()
        assert limit in text and "4.5 MB" not in text
        assert set(re.findall(r"\b4\.\d MB", text)) == {limit}


def fetch_from_npm(project, version, folder):
    run([NPM, "pack", "--silent", f"{project}@{version}"], folder, limit_s(120))
    with tarfile.open(next(folder.glob("*.tgz"))) as file:
        file.extractall(folder / "project", filter="data")


def fetch_from_pypi(project, version, folder):
    options = ["--no-deps", "--quiet", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", *options, f"{project}=={version}"]
    run(command, folder, limit_s(120))
    with ZipFile(next(folder.glob("*.whl"))) as file:
        file.extractall(folder / "project")


PROJECTS = [
    (
        fetch_from_npm,
        ("removebg-wrapper", "1.0.3"),
        {
            ("package/README.md", "command"): 1,
            ("package/README.md", "code"): 2,
            ("package/index.js", "host"): 2,
            ("package/index.js", "option"): 4,
        },
    ),
    (
        fetch_from_pypi,
        ("nonebot-plugin-remove-bg", "0.2.0"),
        {
            ("nonebot_plugin_remove_bg/__init__.py", "host"): 3,
            ("nonebot_plugin_remove_bg/__init__.py", "option"): 12,
            ("nonebot_plugin_remove_bg-0.2.0.dist-info/METADATA", "host"): 2,
            ("nonebot_plugin_remove_bg-0.2.0.dist-info/METADATA", "setting"): 2,
        },
    ),
    (
        fetch_from_pypi,
        ("removebg-cli", "1.0.0"),
        {
            ("removebg_cli.py", "host"): 5,
            ("removebg_cli.py", "setting"): 4,
            ("removebg_cli.py", "option"): 10,
            ("removebg_cli-1.0.0.dist-info/METADATA", "host"): 1,
            ("removebg_cli-1.0.0.dist-info/METADATA", "setting"): 1,
        },
    ),
]


@pytest.mark.parametrize(("fetch", "project", "uses"), PROJECTS)
def test_the_uses_of_a_public_project_are_found(tmp_path, fetch, project, uses):
    fetch(*project, tmp_path)

    found = find.search(tmp_path / "project")

    assert Counter((one.path, one.rule.kind) for one in found.finds) == uses
    assert found.unreadable == []
