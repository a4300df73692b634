"""The output of `make cost`."""

from tools.cost.__main__ import section
from tools.cost.inputs import load
from tools.readme import README


def test_the_readme_has_the_tables_of_the_current_prices():
    assert f"<!-- cost -->\n{section(load())}<!-- end of cost -->" in README.read_text()
