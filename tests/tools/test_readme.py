"""Replacing the tables of the README and of docs/."""

import re

import pytest

from tools.readme import PAGES, copy_drawings, insert, page_of

SECTIONS = [name for page in PAGES
            for name in re.findall(r"<!-- end of (\w+) -->", page.read_text())]  # fmt: skip


def test_a_table_replaces_the_previous_one_and_changes_nothing_else(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("# A\n<!-- bench -->\n| old |\n<!-- end of bench -->\nMore.\n")

    insert("bench", "| new \\1 |\n", readme)

    assert readme.read_text() == (
        "# A\n<!-- bench -->\n| new \\1 |\n<!-- end of bench -->\nMore.\n"
    )


@pytest.mark.parametrize("name", SECTIONS)
def test_every_section_is_in_one_page_and_can_be_replaced(tmp_path, name):
    page = tmp_path / "page.md"
    page.write_text(page_of(name).read_text())

    insert(name, "| new |\n", page)

    assert f"<!-- {name} -->\n| new |\n<!-- end of {name} -->" in page.read_text()


def test_drawings_beside_a_table_go_into_the_docs(tmp_path):
    docs, built = tmp_path / "docs", tmp_path / "bench"
    docs.mkdir()
    built.mkdir()
    (docs / "bench-time.svg").write_text("<svg>old</svg>")
    (built / "bench-time.svg").write_text("<svg>new</svg>")
    (built / "table.md").touch()

    copy_drawings(built, docs)

    assert (docs / "bench-time.svg").read_text() == "<svg>new</svg>"
    assert [path.name for path in docs.iterdir()] == ["bench-time.svg"]


def test_an_unknown_section_is_an_error(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("# A\n")

    with pytest.raises(ValueError, match="no section bench"):
        insert("bench", "| new |\n", readme)
    with pytest.raises(ValueError, match="0 pages have a section bench"):
        page_of("bench", [readme])


def test_a_section_of_two_pages_is_an_error(tmp_path):
    pages = [tmp_path / name for name in ("a.md", "b.md")]
    for page in pages:
        page.write_text("<!-- bench -->\n<!-- end of bench -->\n")

    with pytest.raises(ValueError, match="2 pages have a section bench"):
        page_of("bench", pages)
