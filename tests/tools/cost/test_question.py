"""`python -m tools.cost --pictures ...`."""

import re
import sys

import pytest

from tools.cost import __main__ as tool
from tools.cost.inputs import load
from tools.cost.question import answer


def dollars(text):
    return {
        way: float(found.replace(",", ""))
        for way, found in re.findall(r"^\| (\w+) \| ([\d.,]+) \|", text, re.MULTILINE)
    }


def test_a_measured_size_costs_what_the_table_of_make_cost_says():
    """docs/deploy/cost.md: 10,000 jobs of 12 MP are $3.78, batches $0.31."""
    found = dollars(answer(load(), 10_000, 12, "u2net", 4))

    assert (found["job"], found["batch"]) == (3.78, 0.31)


def test_a_size_between_two_costs_something_between():
    low, between, high = (dollars(answer(load(), 10_000, mp, "u2net", 4)) for mp in (1, 6, 12))

    assert all(low[way] < between[way] < high[way] for way in ("call", "job", "batch"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [(["--mp", "80"], "80 megapixels are not measured"), (["--model", "x"], "x is not measured")],
)
def test_what_was_not_measured_is_an_error_of_one_sentence(monkeypatch, capsys, words, sentence):
    monkeypatch.setattr(sys, "argv", ["cost", "--pictures", "1000", *words])

    assert tool.main() == 1

    assert sentence in capsys.readouterr().err
