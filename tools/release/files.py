"""The files of a release, made from the commit of its tag: equal bytes in each build."""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cutout.models import catalogue
from cutout.models.catalogue import file_sha256
from tools.container import base
from tools.container.sandbox import IMAGE
from tools.supply import sbom

from . import changelog, oci, tarball
from .cut import CHANGELOG
from .repository import Refused, Repository, tag_of

SUMS = "SHA256SUMS"
NOTES = "NOTES.md"
UV = [sys.executable, "-m", "uv", "build", "--quiet", "--python", sys.executable]
LABEL = "org.opencontainers.image"


@dataclass(frozen=True)
class Release:
    """A version whose commit is tagged, and the folder with that commit's files."""

    version: str
    revision: str
    created: datetime
    source: Path
    is_standin: bool  # whether the image is built on the stand-in for AWS's base image

    @property
    def seconds(self) -> int:
        return int(self.created.timestamp())

    @property
    def image(self) -> str:
        return f"{IMAGE}:{self.version}"

    def labels(self) -> dict[str, str]:
        """Return the labels of the image that the OCI image specification defines."""
        return {
            f"{LABEL}.created": f"{self.created:%Y-%m-%dT%H:%M:%SZ}",
            f"{LABEL}.licenses": "Apache-2.0",
            f"{LABEL}.revision": self.revision,
            f"{LABEL}.title": "Cutout",
            f"{LABEL}.version": self.version,
        }


def check_networks() -> None:
    """Raise Refused unless the networks of the checkout are those that MODELS.toml pins."""
    for entry in catalogue.load():
        if not entry.is_pinned():
            raise Refused(f"{entry.built} is not the pinned network; run `make models` first")


def build(repository: Repository, version: str, target: Path, is_standin: bool) -> None:
    """Write all files of a tagged version into a new folder, which appears when it is complete.

    Docker has to answer and to have the base image.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    tag = tag_of(version)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        work, files = Path(folder), Path(folder, "files")
        files.mkdir()
        source = work / "source"
        repository.export(tag, source)
        release = Release(version, repository.commit(tag), repository.time(tag), source, is_standin)
        write_distributions(source, files, release.seconds)
        write_page(source, files, version, release.seconds)
        write_networks(files)
        write_bill(release, files)
        write_image(release, files, work)
        write_notes(source, files, version)
        write_sums(files)
        files.chmod(0o755)
        files.rename(target)


def write_distributions(source: Path, files: Path, seconds: int) -> None:
    """Write the source distribution, and the wheel that is built from it, by pinned packages."""
    constraints = ["--build-constraints", str(source / "tools/build.txt"), "--require-hashes"]
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(seconds)}

    def run(*words: str | Path) -> None:
        command = [*UV, *constraints, "--out-dir", files, *words]
        # A wheel has the modes of the files that its build writes.
        subprocess.run(command, check=True, env=environment, umask=0o022)

    run("--sdist", source)
    (sdist,) = files.glob("*.tar.gz")
    tarball.normalize(sdist, seconds)  # setuptools writes the time of the build
    run("--wheel", sdist)
    (files / ".gitignore").unlink(missing_ok=True)  # uv's


def write_page(source: Path, files: Path, version: str, seconds: int) -> None:
    """Write the page's files, which any web server can serve beside the API."""
    name = f"cutout-page-{version}"
    tarball.write(files / f"{name}.tar.gz", tarball.of_folder(source / "frontend", name), seconds)


def write_networks(files: Path) -> None:
    """Copy the quantized networks, which `cutout models download` finds at a release's address."""
    for entry in catalogue.load():
        shutil.copyfile(entry.built, files / entry.original)


def write_bill(release: Release, files: Path) -> None:
    if release.is_standin:
        text = sbom.of_image(release.version, f"stand-in-of-debian:{base.SUITE}", "")
    else:
        text = sbom.of_image(release.version, base.BASE, base.pinned_digest())
    (files / f"cutout-{release.version}.cdx.json").write_text(text)


def write_image(release: Release, files: Path, work: Path) -> None:
    """Build the image with its labels, and write it as an OCI layout. The name of one that is
    built on the stand-in says so."""
    context = release.source / "function"
    for entry in catalogue.load():
        shutil.copyfile(entry.built, context / "models" / entry.original)
    labels = [word for pair in release.labels().items() for word in ("--label", "=".join(pair))]
    base.build(context, release.image, *labels)
    mark = "-standin" if release.is_standin else ""
    layout = work / "layout"
    layout.mkdir()
    target = files / f"cutout-{release.version}-image{mark}.tar"
    # The layers of AWS's base image and those that tidy.py makes are older than the release. Each
    # machine makes its own stand-in, so that all files of that get the time of tidy.py's.
    newest = base.MTIME if release.is_standin else release.seconds
    digest = oci.export(release.image, target, release.created, newest, layout)
    print(f"{target.name}: manifest {digest}", flush=True)


def write_notes(source: Path, files: Path, version: str) -> None:
    text = changelog.section((source / CHANGELOG).read_text(), version)
    (files / NOTES).write_text(f"{text}\n")


def write_sums(files: Path) -> None:
    """Write the SHA-256 of each file, as `sha256sum --check` reads them."""
    names = sorted(path.name for path in files.iterdir())
    lines = [f"{file_sha256(files / name)}  {name}\n" for name in names]
    (files / SUMS).write_text("".join(lines))
