"""The start of each Lambda function's process."""

import pytest

from tests.template.templates import SERVICE
from tools.speed import starts


def test_every_function_of_the_template_is_started():
    commands = {
        name: function["ImageConfig"]["Command"]
        for name, function in SERVICE.resources_of_type("AWS::Lambda::Function").items()
    }

    assert commands == {name: [f"{module}.handler"] for name, module in starts.modules().items()}


@pytest.mark.slow
def test_the_table_has_the_parts_that_a_function_loads(monkeypatch):
    monkeypatch.setattr(starts, "modules", lambda: {"SweepFunction": "cutout.lambdas.sweep"})

    row = starts.table(rounds=1).splitlines()[-1]

    assert row.startswith("| SweepFunction | ")
    assert row.endswith(" | no | no |")
