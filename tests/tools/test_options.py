"""The table of options by endpoint."""

from tests.pages import read
from tools import options


def test_the_page_of_options_has_the_printed_table(capsys):
    options.main()

    table = capsys.readouterr().out
    assert f"<!-- options -->\n{table}<!-- end of options -->" in read("api/options.md")
