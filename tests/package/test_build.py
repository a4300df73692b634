"""The files of the distribution, and the checks of a package index."""

import subprocess
import tarfile
import zipfile
from pathlib import PurePosixPath

import pytest

from tests.package.conftest import UV

pytestmark = pytest.mark.package

DATA = {"MODELS.toml", "u2net.ranges.json", "u2net.silent.json", "u2netp.ranges.json",
        "u2netp.silent.json"}  # fmt: skip


def test_a_package_index_accepts_both_files_and_renders_the_readme(distributions):
    subprocess.run([*UV, "tool", "run", "twine@7.0.0", "check", "--strict", *distributions],
                   check=True)  # fmt: skip


def test_the_wheel_holds_the_package_with_its_data_and_nothing_else(distributions):
    names = zipfile.ZipFile(distributions[1]).namelist()

    assert {name.split("/")[0].split("-")[0] for name in names} == {"cutout", "cutout_bg"}
    assert {f"cutout/models/{name}" for name in DATA} <= set(names)
    assert "cutout/options/presets.toml" in names
    kinds = {PurePosixPath(name).suffix for name in names if name.startswith("cutout/")}
    assert kinds == {".py", ".toml", ".json"}


def test_the_sdist_holds_no_model_no_test_and_no_tool(distributions):
    with tarfile.open(distributions[0]) as archive:
        names = [PurePosixPath(name) for name in archive.getnames()]

    assert any(name.name == "MODELS.toml" for name in names)
    assert not [name for name in names if name.suffix == ".onnx"]
    assert not {"tests", "tools"} & {part for name in names for part in name.parts}
