"""The tables of docs/deploy/fairness.md."""

from pathlib import Path

from tools import fairness

PAGE = Path(__file__).parents[2] / "docs" / "deploy" / "fairness.md"


def test_the_page_has_the_printed_tables(capsys):
    fairness.main()

    printed = capsys.readouterr().out
    for table in printed.split("<!-- attacks -->"):
        assert table.strip() in PAGE.read_text()
