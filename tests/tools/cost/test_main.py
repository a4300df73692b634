"""The output of `make cost`."""

from tests.pages import read
from tools.cost.__main__ import section
from tools.cost.inputs import load


def test_the_page_of_costs_has_the_tables_of_the_current_prices():
    page = read("deploy/cost.md")

    assert f"<!-- cost -->\n{section(load())}<!-- end of cost -->" in page
