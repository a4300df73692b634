"""The distribution, built and installed outside the repository by uv."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from skimage import data

from cutout.models import catalogue
from tests.conftest import encoded
from tests.releases import released
from tools.time_limits import limit_s

ROOT = Path(__file__).parents[2]
PHOTOS = ("astronaut", "chelsea")
UV = [sys.executable, "-m", "uv"]


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    """A copy of the source files and built models, since the build writes into its folder."""
    folder = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, folder)
    made = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "function", folder / "function", ignore=made)
    return folder


@pytest.fixture(scope="session")
def distributions(source, tmp_path_factory):
    """The paths of the sdist and of the wheel that was built from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([*UV, "build", "--quiet", "--out-dir", folder, source], check=True)
    return next(folder.glob("*.tar.gz")), next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def install(distributions, tmp_path_factory):
    """Return a function that installs the wheel with extras, as pinned in requirements.txt."""

    def installed(*extras):
        folder = tmp_path_factory.mktemp("-".join(["with", *extras]))
        subprocess.run([*UV, "venv", "--quiet", "--python", sys.executable, folder / ".venv"],
                       check=True)  # fmt: skip
        python = folder / ".venv/bin/python"
        wheel = f"cutout-bg[{','.join(extras)}] @ {distributions[1].as_uri()}"
        subprocess.run([*UV, "pip", "install", "--quiet", "--python", python,
                        "--constraint", ROOT / "requirements.txt", wheel], check=True)  # fmt: skip
        return python

    return installed


@pytest.fixture(scope="session")
def base(install):
    """The Python of an installation without extras."""
    return install()


@pytest.fixture(scope="session")
def full(install):
    """The Python of an installation with the extras whose tests need no network."""
    return install("server", "aws")


@pytest.fixture(scope="session")
def photos():
    """The bytes of JPEG files by their names."""
    return {name: encoded(Image.fromarray(getattr(data, name)()), "JPEG") for name in PHOTOS}


@pytest.fixture(scope="session")
def networks():
    return {f"/v1/{entry.name}.onnx": entry.built.read_bytes() for entry in catalogue.load()}


@pytest.fixture
def release(networks):
    with released(dict(networks)) as release:
        yield release


@dataclass
class Machine:
    """A user's machine: an empty home folder and no access to the repository."""

    home: Path
    environment: dict[str, str]

    def start(self, python, *words):
        return subprocess.Popen(
            [python.parent / "cutout", *words], cwd=self.home, env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def cutout(self, python, *words):
        process = self.start(python, *words)
        out, error = process.communicate(timeout=limit_s(300))
        return subprocess.CompletedProcess(words, process.returncode, out, error)

    def run(self, python, script):
        return subprocess.run([python, "-c", script], cwd=self.home, env=self.environment,
                              capture_output=True, text=True, check=False)  # fmt: skip

    def kept(self):
        """Return the names of the files in the cache, except lock files."""
        files = (self.home / ".cache/cutout/models").rglob("*.*")
        return sorted(path.name for path in files if path.is_file() and path.name != ".lock")


@pytest.fixture
def machine(tmp_path, photos):
    for name, photo in photos.items():
        (tmp_path / f"{name}.jpg").write_bytes(photo)
    environment = {"PATH": os.defpath, "HOME": str(tmp_path), "CUTOUT_MODEL": "u2netp"}
    return Machine(tmp_path, environment)
