"""Give the commit of a release its version, its changelog and its tag."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from . import changelog
from .repository import MAIN, Refused, Repository, numbers, tag_of

CHANGELOG = Path("CHANGELOG.md")
# Where the version is written. Code and pyproject.toml read version.py, and a test holds the other
# files to it: CloudFormation and Docker import nothing.
VERSIONS: Mapping[Path, re.Pattern[str]] = {
    Path("function/cutout/version.py"): re.compile(r'(?<=^VERSION = ")[^"]+', re.MULTILINE),
    Path("function/Dockerfile"): re.compile(r'(?<=image\.version=")[^"]+'),
    Path("template.yaml"): re.compile(r"(?<= Cutout: \{Version: )[^}]+"),
}


def check_tree(repository: Repository) -> None:
    """Raise Refused unless every file is committed."""
    if not repository.is_clean():
        raise Refused("files differ from the last commit; commit them, or put them aside")


def prepare(repository: Repository, version: str) -> Mapping[Path, str]:
    """Return the texts that the version's commit changes, by their paths. Nothing is written.

    Raises Refused where the version cannot be released from here.
    """
    wanted, released = numbers(version), repository.versions()
    check_tree(repository)
    if version in released:
        tag = tag_of(version)
        raise Refused(f"{version} is released; `git checkout {tag}` first to build its files again")
    if released and wanted < numbers(released[-1]):
        raise Refused(f"{version} is older than {released[-1]}, the last version")
    if (branch := repository.branch()) != MAIN:
        raise Refused(f"releases are made on {MAIN}, and {branch} is checked out")
    repository.git("var", "GIT_COMMITTER_IDENT")  # fails where git knows no name and no address
    history = (repository.folder / CHANGELOG).read_text()
    if not changelog.section(history):
        raise Refused(f"{CHANGELOG} has nothing under {changelog.UNRELEASED!r}: say what changed")
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    return {CHANGELOG: changelog.release(history, version, day)} | {
        path: pattern.sub(version, (repository.folder / path).read_text())
        for path, pattern in VERSIONS.items()
    }


def commit(repository: Repository, version: str, texts: Mapping[Path, str]) -> None:
    """Write the texts, commit them and tag the commit.

    If git fails or Ctrl-C arrives, the commit and the files are restored.
    """
    before = repository.commit()
    try:
        for path, text in texts.items():
            (repository.folder / path).write_text(text)
        repository.git("commit", "--all", "--quiet", f"--message=Release {version}")
        repository.git("tag", "--annotate", f"--message=Cutout {version}", tag_of(version))
    except (Refused, OSError, KeyboardInterrupt):
        repository.git("reset", "--quiet", "--hard", before)
        raise
