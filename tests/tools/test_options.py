"""The README's table of options by endpoint."""

from pathlib import Path

from tools import options

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_has_the_printed_table(capsys):
    options.main()

    table = capsys.readouterr().out
    assert f"<!-- options -->\n{table}<!-- end of options -->" in README.read_text()
