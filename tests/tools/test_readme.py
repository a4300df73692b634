"""Replacing the README's tables."""

import re

import pytest

from tools.readme import README, insert

SECTIONS = re.findall(r"<!-- end of (\w+) -->", README.read_text())


def test_a_table_replaces_the_previous_one_and_changes_nothing_else(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("# A\n<!-- bench -->\n| old |\n<!-- end of bench -->\nMore.\n")

    insert("bench", "| new \\1 |\n", readme)

    assert readme.read_text() == (
        "# A\n<!-- bench -->\n| new \\1 |\n<!-- end of bench -->\nMore.\n"
    )


@pytest.mark.parametrize("name", SECTIONS)
def test_every_section_exists_in_the_readme(tmp_path, name):
    readme = tmp_path / "README.md"
    readme.write_text(README.read_text())

    insert(name, "| new |\n", readme)

    assert f"<!-- {name} -->\n| new |\n<!-- end of {name} -->" in readme.read_text()


def test_an_unknown_section_is_an_error(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("# A\n")

    with pytest.raises(ValueError, match="no section bench"):
        insert("bench", "| new |\n", readme)
