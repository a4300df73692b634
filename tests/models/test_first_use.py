"""A model that an installed distribution does not have yet."""

import hashlib
import os
import sys
from dataclasses import replace

import pytest

from cutout import installation
from cutout.errors import ModelsMissing
from cutout.models import catalogue, first_use
from tests.releases import released

NOBODY = "http://127.0.0.1:9"
BUILD = r'`pip install "cutout-bg\[build\]"`, then `cutout models build`'


@pytest.fixture
def entry(monkeypatch, tmp_path):
    monkeypatch.setattr(installation, "is_distribution", lambda: True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return replace(catalogue.load()[0], built_sha256=hashlib.sha256(b"it").hexdigest())


def test_a_model_that_is_here_is_taken_whatever_the_address_is(entry):
    entry.built.parent.mkdir(parents=True)
    entry.built.write_bytes(b"it")

    assert first_use.find(entry, NOBODY) == entry.built


def test_without_an_address_and_without_the_extra_the_command_that_builds_is_told(
    entry, monkeypatch
):
    monkeypatch.setitem(sys.modules, "onnx", None)

    with pytest.raises(ModelsMissing, match=f"u2net is not on this machine.*{BUILD}"):
        first_use.find(entry, "")


def test_an_address_that_nobody_answers_is_an_error_and_no_reason_to_build(entry):
    with pytest.raises(ModelsMissing, match=rf"\(Connection refused\).*{BUILD}"):
        first_use.find(entry, NOBODY)

    assert not entry.built.exists()


def test_a_cache_that_takes_no_file_is_told(entry, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    with pytest.raises(ModelsMissing, match=r"file/cutout/models/.* \(Not a directory\); XDG_CACH"):
        first_use.find(entry, NOBODY)


def test_a_full_disk_is_told(entry):
    entry.built.parent.mkdir(parents=True)
    entry.built.with_suffix(".download").symlink_to("/dev/full")

    with (
        released({"/v1/u2net.onnx": bytes(100_000)}) as release,
        pytest.raises(ModelsMissing, match=r"u2net cannot be kept in .* \(No space left on devi"),
    ):
        first_use.find(entry, release.address)


def test_a_user_without_a_home_is_told_what_to_set(entry, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os, "getuid", lambda: 54321)

    with pytest.raises(ModelsMissing, match=r"no home folder .* set XDG_CACHE_HOME"):
        first_use.find(entry, NOBODY)
