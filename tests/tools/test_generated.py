"""The tables of docs/ that come from the code: alarms, errors, options and settings."""

import sys

import pytest

from tools import errors, readme
from tools.readme import GENERATED


@pytest.mark.parametrize("name", GENERATED)
def test_a_page_has_the_table_that_the_code_gives(name):
    section = f"<!-- {name} -->\n{GENERATED[name]()}<!-- end of {name} -->"

    assert section in readme.page_of(name).read_text(), "run .venv/bin/python -m tools.readme"


def test_without_names_the_tables_of_the_code_are_inserted(tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    page.write_text(
        "".join(f"<!-- {name} -->\nold\n<!-- end of {name} -->\n" for name in GENERATED)
    )
    monkeypatch.setattr(readme, "page_of", lambda name: page)
    monkeypatch.setattr(sys, "argv", ["tools.readme"])

    assert readme.main() == 0
    assert "previous" not in page.read_text()
    assert page.read_text().count("\n| --- |") == len(GENERATED)


def test_an_error_code_has_its_status_at_each_contract():
    statuses = errors.statuses_by_code()

    assert statuses["unknown_foreground"] == (400, 422)
    assert statuses["auth_failed"] == (403, 403)
    assert "| `file_too_large` | 400 | 413 |" in errors.table()


def test_a_code_without_a_sentence_is_an_error(tmp_path, monkeypatch):
    path = tmp_path / "errors.toml"
    path.write_text(errors.SENTENCES.read_text().replace("\nworker_died = ", "\nworker_dyed = "))
    monkeypatch.setattr(errors, "SENTENCES", path)

    with pytest.raises(KeyError, match="worker_died"):
        errors.table()
