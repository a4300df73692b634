"""The files of a release, built twice from one commit."""

import hashlib

import pytest

from cutout.version import VERSION
from tests.masks import umask
from tests.package.conftest import ROOT
from tools.release import files
from tools.release.repository import Repository

pytestmark = pytest.mark.package


def built(folder):
    """Return the SHA-256 of each file that is built of the last commit, without the image."""
    repository, source, target = Repository(ROOT), folder / "source", folder / "files"
    folder.mkdir()
    target.mkdir()
    repository.export("HEAD", source)
    seconds = int(repository.time("HEAD").timestamp())
    files.write_distributions(source, target, seconds)
    files.write_page(source, target, "1.4.0", seconds)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in target.iterdir()}


def test_a_second_build_elsewhere_with_another_umask_gives_the_same_files(tmp_path):
    with umask(0o022):
        first = built(tmp_path / "one")
    with umask(0o077):
        second = built(tmp_path / "another folder")

    assert first == second
    assert set(first) == {
        f"cutout_bg-{VERSION}-py3-none-any.whl",
        f"cutout_bg-{VERSION}.tar.gz",
        "cutout-page-1.4.0.tar.gz",
    }
