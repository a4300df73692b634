"""What `make release` refuses, and what it commits and tags, in a small repository."""

import subprocess
import sys
from contextlib import nullcontext
from datetime import UTC, datetime

import pytest

from tests.masks import umask
from tools.container import base
from tools.release import __main__ as tool
from tools.release import changelog, cut
from tools.release.__main__ import release
from tools.release.repository import Refused, Repository

CHANGES = "- `size`: in pixels."
CHANGELOG = (
    f"# Changelog\n\n## Unreleased\n\n### Added\n{CHANGES}\n\n## 0.1.0 (2026-01-02)\n\n- All.\n"
)
VERSIONS = {
    "function/cutout/version.py": '"""The version."""\n\nVERSION = "0.1.0"\n',
    "function/Dockerfile": 'FROM base\nLABEL org.opencontainers.image.version="0.1.0"\n',
    "template.yaml": "Mappings:\n  Release:\n    Cutout: {Version: 0.1.0}\n",
}


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository whose version 0.1.0 is tagged, with a change since then."""
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Ann")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "ann@example.com")
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", tmp_path], check=True)
    (tmp_path / "function/cutout").mkdir(parents=True)
    for name, text in VERSIONS.items():
        (tmp_path / name).write_text(text)
    (tmp_path / cut.CHANGELOG).write_text("# Changelog\n\n## Unreleased\n")
    repository = Repository(tmp_path)
    commit_all(repository, "Begin")
    repository.git("tag", "-a", "-m", "Cutout 0.1.0", "v0.1.0")
    (tmp_path / cut.CHANGELOG).write_text(CHANGELOG)
    commit_all(repository, "Add size")
    return repository


def commit_all(repository, message):
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--message", message)


def state(repository):
    """Return all that a refused release must not change."""
    folder = repository.folder
    files = {
        path: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }
    return repository.commit(), repository.git("tag"), repository.git("status", "-s"), files


def make_dirty(repository):
    (repository.folder / "new").write_text("")


def empty_changelog(repository):
    path = repository.folder / cut.CHANGELOG
    path.write_text(path.read_text().replace(f"### Added\n{CHANGES}\n", ""))
    commit_all(repository, "Empty")


def leave_main(repository):
    repository.git("checkout", "--quiet", "-b", "feature")


def tag_a_version(repository):
    repository.git("tag", "-a", "-m", "Cutout 0.10.0", "v0.10.0", "HEAD^")


def do_nothing(repository):
    pass


@pytest.mark.parametrize(
    ("prepare", "version", "sentence"),
    [
        (make_dirty, "0.2.0", "files differ from the last commit"),
        (leave_main, "0.2.0", "releases are made on main, and feature is checked out"),
        (empty_changelog, "0.2.0", "CHANGELOG.md has nothing under '## Unreleased'"),
        (tag_a_version, "0.9.1", "0.9.1 is older than 0.10.0"),
        (do_nothing, "0.1.0", "0.1.0 is released; `git checkout v0.1.0` first"),
        (do_nothing, "v0.2.0", "'v0.2.0' is no version"),
        (do_nothing, "0.2", "'0.2' is no version"),
        (do_nothing, "0.02.0", "'0.02.0' is no version"),
        (do_nothing, "0.2.0-rc.1", "'0.2.0-rc.1' is no version"),
    ],
)
def test_a_release_is_refused_with_a_sentence_and_changes_nothing(
    repository, tmp_path, prepare, version, sentence
):
    prepare(repository)
    before = state(repository)

    with pytest.raises(Refused, match=sentence):
        release(repository, version, tmp_path / "files", allows_standin=True)

    assert state(repository) == before


def test_files_that_were_built_before_are_kept(repository, tmp_path):
    before = state(repository)

    with pytest.raises(Refused, match="remove it to build the files"):
        release(repository, "0.2.0", tmp_path, allows_standin=True)

    assert state(repository) == before


def test_the_command_prints_the_sentence_and_exits_with_1(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["tools.release", "1.4"])

    assert tool.main() == 1

    sentence = "make release: '1.4' is no version: write three numbers, such as 1.4.0\n"
    assert capsys.readouterr() == ("", sentence)


@pytest.mark.parametrize(
    ("is_standin", "allows_standin", "digest", "sentence"),
    [
        (True, False, "", "With STANDIN=1 a trial builds the image on a stand-in"),
        (False, True, "", "is not pinned; run `make update`, and commit base.digest"),
        (True, True, "", ""),
        (False, False, "sha256:a", ""),
    ],
)
def test_a_base_image_that_others_cannot_have_is_refused(
    tmp_path, monkeypatch, is_standin, allows_standin, digest, sentence
):
    monkeypatch.setattr(base, "PIN", tmp_path / "base.digest")
    if digest:
        base.PIN.write_text(digest)

    with pytest.raises(Refused, match=sentence) if sentence else nullcontext():
        tool.check_base(is_standin, allows_standin)


def test_a_release_is_one_commit_with_a_tag_that_names_the_version_and_its_day(repository):
    before = repository.commit()
    today = f"{datetime.now(UTC):%Y-%m-%d}"

    cut.commit(repository, "0.2.0", cut.prepare(repository, "0.2.0"))

    assert repository.commit("HEAD^") == before
    assert repository.is_clean() and repository.is_at("0.2.0")
    assert repository.git("cat-file", "-t", "v0.2.0") == "tag"
    for name, written in VERSIONS.items():
        assert (repository.folder / name).read_text() == written.replace("0.1.0", "0.2.0")
    text = (repository.folder / cut.CHANGELOG).read_text()
    assert f"## Unreleased\n\n## 0.2.0 ({today})\n\n### Added\n{CHANGES}\n" in text
    assert changelog.section(text) == ""
    assert changelog.section(text, "0.2.0") == f"### Added\n{CHANGES}"
    assert changelog.section(text, "0.1.0") == "- All."


def test_a_commit_that_git_refuses_leaves_everything_as_it_was(repository):
    hook = repository.folder / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no >&2\nexit 1\n")
    hook.chmod(0o755)
    texts = cut.prepare(repository, "0.2.0")
    before = state(repository)

    with pytest.raises(Refused, match="git commit failed: no"):
        cut.commit(repository, "0.2.0", texts)

    assert state(repository) == before


def test_ctrl_c_during_the_commit_leaves_everything_as_it_was(repository, monkeypatch):
    texts = cut.prepare(repository, "0.2.0")
    before, git = state(repository), Repository.git

    def interrupted(self, *words):
        if words[0] == "tag":
            raise KeyboardInterrupt
        return git(self, *words)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Repository, "git", interrupted)
        cut.commit(repository, "0.2.0", texts)

    assert state(repository) == before


def test_an_export_has_the_commits_files_whatever_the_umask(repository, tmp_path):
    (repository.folder / "new").write_text("")

    with umask(0o077):
        repository.export("v0.1.0", tmp_path / "export")

    names = {path.name for path in (tmp_path / "export").iterdir()}
    assert names == {"CHANGELOG.md", "function", "template.yaml"}
    assert (tmp_path / "export/CHANGELOG.md").stat().st_mode & 0o777 == 0o644
