"""Which built files count as current."""

import hashlib
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from cutout import installation
from cutout.models import build, catalogue

PINNED, OTHER = b"pinned", b"built elsewhere"


@pytest.fixture
def entry(tmp_path, monkeypatch):
    entry = catalogue.load()[0]
    for path in (entry.ranges, entry.silent):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(catalogue, "HERE", tmp_path)
    monkeypatch.setattr(installation, "MODELS", tmp_path)
    return replace(entry, built_sha256=hashlib.sha256(PINNED).hexdigest())


@pytest.fixture
def other(entry):
    """A file built from the same original and ranges whose bytes differ from the pin."""
    entry.built.write_bytes(OTHER)
    build.record(entry)
    return entry


def test_a_file_with_the_pinned_hash_is_current(entry, capsys):
    entry.built.write_bytes(PINNED)

    assert build.is_current(entry)
    assert capsys.readouterr() == ("", "")


def test_a_missing_or_changed_file_is_not_current(entry):
    assert not build.is_current(entry)

    entry.built.write_bytes(OTHER)

    assert not build.is_current(entry)


def test_a_build_that_differs_from_its_pin_is_reported_and_used(other, capsys):
    assert build.is_current(other)

    (sentence,) = capsys.readouterr().err.splitlines()
    assert hashlib.sha256(OTHER).hexdigest() in sentence
    assert other.built_sha256 in sentence
    assert sentence.endswith("it is used")


def test_a_damaged_unpinned_build_is_not_current(other):
    other.built.write_bytes(OTHER[:-1])

    assert not build.is_current(other)


def test_an_unpinned_build_from_other_ranges_is_not_current(other):
    other.ranges.write_text("{}")

    assert not build.is_current(other)


def test_an_unpinned_build_from_another_original_is_not_current(other):
    assert not build.is_current(replace(other, sha256="0" * 64))


def test_updating_the_pin_to_the_built_file_makes_it_current(other):
    assert build.is_current(replace(other, built_sha256=hashlib.sha256(OTHER).hexdigest()))


def test_the_pinned_build_needs_no_stamp(other):
    other.built.write_bytes(PINNED)

    build.record(other)

    assert build.is_current(other)
    assert not other.stamp.exists()


def test_the_stamp_covers_every_module_that_decides_on_the_bytes():
    folder = Path(build.__file__).parent
    texts = "\n".join((folder / f"{name}.py").read_text() for name in build.SOURCES)
    lines = re.findall(r"^from \.(?: import (.+)|(\w+) import .+)$", texts, re.MULTILINE)
    used = {name for line in lines for names in line if names for name in names.split(", ")}

    assert "rounding" in used
    assert used - {"catalogue"} <= {*build.SOURCES}  # which has the entry, a part of the stamp
