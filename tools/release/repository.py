"""The git repository of a release: its state, its tags, and the commit of a version."""

import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

MAIN = "main"
NUMBER = r"(0|[1-9]\d*)"
# SemVer without pre-releases, whose names Python's packages write in another way.
VERSION = re.compile(rf"{NUMBER}\.{NUMBER}\.{NUMBER}")


class Refused(Exception):
    """A release that cannot be made. str(error) is a sentence that says what to do."""


def tag_of(version: str) -> str:
    return f"v{version}"


def numbers(version: str) -> tuple[int, ...]:
    """Return the three numbers of a version, by which versions are ordered."""
    if not VERSION.fullmatch(version):
        raise Refused(f"{version!r} is no version: write three numbers, such as 1.4.0")
    return tuple(map(int, version.split(".")))


@dataclass(frozen=True)
class Repository:
    folder: Path

    def git(self, *words: str) -> str:
        """Return what a git command prints. Raises Refused with its message where it fails."""
        process = subprocess.run(
            ["git", "-C", self.folder, *words], capture_output=True, text=True, check=False
        )
        if process.returncode:
            message = (process.stderr or process.stdout).strip()
            raise Refused(f"git {words[0]} failed: {message}")
        return process.stdout.strip()

    def is_clean(self) -> bool:
        """Return whether each file is as committed, and none is new; ignored files do not count."""
        return not self.git("status", "--porcelain")

    def branch(self) -> str:
        """Return the branch that is checked out; "HEAD" for a commit without a branch."""
        return self.git("rev-parse", "--abbrev-ref", "HEAD")

    def commit(self, name: str = "HEAD") -> str:
        """Return the full hash of the commit of a name, such as a tag."""
        return self.git("rev-parse", "--verify", f"{name}^{{commit}}")

    def versions(self) -> list[str]:
        """Return the versions that have a tag, the newest last."""
        names = [name.removeprefix("v") for name in self.git("tag", "--list", "v*").split()]
        return sorted(filter(VERSION.fullmatch, names), key=numbers)

    def is_at(self, version: str) -> bool:
        """Return whether the version's tag exists and is checked out."""
        return version in self.versions() and self.commit(tag_of(version)) == self.commit()

    def time(self, name: str) -> datetime:
        """Return when a commit was made, in UTC: the time of all files of a release."""
        seconds = self.git("log", "-1", "--format=%ct", f"{name}^{{commit}}")
        return datetime.fromtimestamp(int(seconds), UTC)

    def export(self, name: str, folder: Path) -> None:
        """Write the files of a commit into a new folder, with modes that depend on no umask."""
        folder.mkdir()
        archive = folder.with_suffix(".tar")
        self.git("-c", "tar.umask=0022", "archive", f"--output={archive}", name)
        subprocess.run(["tar", "-xpf", archive, "-C", folder], check=True)
        archive.unlink()
