"""CloseFunction on a real table, as Lambda runs it: in a process of its own."""

import json
import os
import subprocess
import sys
import time

import pytest

from cutout.aws.dynamodb import DynamoDbTable
from cutout.credits import closing
from cutout.credits.allowance import Allowance, Visitor
from cutout.errors import AllowanceUsedUp

pytestmark = pytest.mark.slow

CLOSE = """
import json, sys
from types import SimpleNamespace
from cutout.lambdas.close import handler
context = SimpleNamespace(function_name="close", memory_limit_in_mb=256, aws_request_id="1")
context.invoked_function_arn = "arn"
for event in json.load(sys.stdin):
    handler(event, context)
assert {"starlette", "numpy", "onnxruntime"}.isdisjoint(sys.modules)
"""


def alarm(state):
    """Return the event that CloudWatch sends when an alarm's state changes."""
    arn = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:CostAlarm"
    data = {"alarmName": "CostAlarm", "state": {"value": state}}
    return {"source": "aws.cloudwatch", "alarmArn": arn, "alarmData": data}


BUDGET = {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "AWS Budgets: cutout"}}]}


@pytest.mark.parametrize(
    ("events", "is_open"),
    [
        ([alarm("ALARM")], False),
        ([alarm("ALARM"), alarm("OK")], True),
        ([BUDGET, alarm("ALARM"), alarm("OK")], False),
    ],
    ids=["alarm", "its end", "budget"],
)
def test_an_alarm_closes_the_service_until_it_ends_and_a_budget_for_longer(
    aws, resources, events, is_open
):
    table = DynamoDbTable(aws.service("dynamodb"), resources["StateTable"])
    allowance = Allowance(table, time.time, "secret", per_address=10, per_day=10)
    environment = aws.environment() | {"CUTOUT_STATE_TABLE": resources["StateTable"]}

    run = subprocess.run(
        [sys.executable, "-c", CLOSE], input=json.dumps(events),
        env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert run.returncode == 0, run.stderr
    assert bool(closing.closed_days(table, time.time)) is not is_open
    if not is_open:
        with pytest.raises(AllowanceUsedUp):
            allowance.consume(Visitor("203.0.113.7"))
    closing.reopen(table, time.time)  # other tests share the table
    allowance.consume(Visitor("203.0.113.7"))
