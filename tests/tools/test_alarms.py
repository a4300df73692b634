"""The table of alarms."""

from tests.pages import read
from tools import alarms


def test_the_page_of_alarms_has_the_printed_table(capsys):
    alarms.main()

    table = capsys.readouterr().out
    assert f"<!-- alarms -->\n{table}<!-- end of alarms -->" in read("operate/alarms.md")
