"""Reading tables that other commands stored."""

import pytest

from tools.speed.stored import interval, number, parse, read

TABLE = """2026-11-26, a machine:

| tool | IoU | s |
| --- | ---: | ---: |
| a | 0.861 | 1 |
| b | 0.7 | 2 |

| of both | max F |
| --- | ---: |
| a | +0.0082 (+0.0020 … +0.0149) |
"""


@pytest.fixture
def checkout(tmp_path):
    """Return a function that makes a checkout with a section in docs/, in build/, or in both."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("# A\n")

    def checkout(docs="", built=""):
        if docs:
            page = f"<!-- cost -->\n{docs}\n<!-- end of cost -->\n"
            (tmp_path / "docs" / "cost.md").write_text(page)
        if built:
            (tmp_path / "build" / "cost").mkdir(parents=True)
            (tmp_path / "build" / "cost" / "table.md").write_text(built)
        return tmp_path

    return checkout


def test_rows_are_found_by_their_first_cells_in_the_order_of_the_tables():
    section = parse(TABLE)

    assert section.date == "2026-11-26"
    assert section.row("a") == {"": "a", "IoU": "0.861", "s": "1"}
    assert section.row("b", "0.7")["s"] == "2"
    assert section.rows[2]["max F"].startswith("+0.0082")


def test_a_row_that_is_not_there_is_an_error_that_names_it():
    with pytest.raises(LookupError, match="no row a, 2"):
        parse(TABLE).row("a", "2")


@pytest.mark.parametrize(
    ("cell", "value"),
    [("1.9 ×", 1.9), ("1,240", 1240), ("-0.0026 (-0.0151 … +0.0063)", -0.0026), ("+.5", 0.5)],
)
def test_a_cell_is_read_as_the_number_that_it_begins_with(cell, value):
    assert number(cell) == value


def test_an_interval_is_read_with_both_signs():
    assert interval("-0.0026 (-0.0151 … +0.0063)") == (-0.0151, 0.0063)


@pytest.mark.parametrize("read_cell", [number, interval])
def test_a_cell_without_a_figure_is_an_error(read_cell):
    with pytest.raises(LookupError, match="'none'"):
        read_cell("none")


@pytest.mark.parametrize(
    ("docs", "built", "date"),
    [
        ("2026-11-26", "", "2026-11-26"),
        ("", "2026-11-27", "2026-11-27"),
        ("2026-11-26", "2026-11-27", "2026-11-27"),
        ("2026-11-28", "2026-11-27", "2026-11-28"),
    ],
)
def test_the_later_of_the_built_section_and_the_pages_is_read(checkout, docs, built, date):
    assert read("cost", checkout(docs, built)).date == date


def test_a_section_that_nobody_stored_is_an_error(checkout):
    with pytest.raises(LookupError, match="not measured"):
        read("networks", checkout())
