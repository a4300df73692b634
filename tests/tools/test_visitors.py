"""`python -m tools.visitors`, on a local AWS."""

import sys
import time

import pytest

from cutout.aws.dynamodb import DynamoDbTable
from cutout.credits import closing
from cutout.credits.allowance import Allowance, Visitor
from cutout.errors import AllowanceUsedUp
from tools import visitors
from tools.deploy.stacks import SAMCONFIG

ANN = Visitor("203.0.113.7")
STACK = """
Parameters: {Table: {Type: String}}
Resources: {Nothing: {Type: AWS::CloudFormation::WaitConditionHandle}}
Outputs: {StateTableName: {Value: !Ref Table}}
"""


@pytest.fixture
def environment(aws, resources, monkeypatch):
    """The environment dev of samconfig.toml, whose service has the tests' table."""
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    assert 'stack_name = "cutout-dev"' in SAMCONFIG.read_text()
    formation = aws.client("cloudformation")
    table = {"ParameterKey": "Table", "ParameterValue": resources["StateTable"]}
    formation.create_stack(StackName="cutout-dev", TemplateBody=STACK, Parameters=[table])
    formation.get_waiter("stack_create_complete").wait(
        StackName="cutout-dev", WaiterConfig={"Delay": 0.1}
    )
    yield
    formation.delete_stack(StackName="cutout-dev")


@pytest.fixture
def state_table(aws, resources):
    return DynamoDbTable(aws.service("dynamodb"), resources["StateTable"])


@pytest.fixture
def run(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["visitors", *words])
        status = visitors.main()
        out, err = capsys.readouterr()
        return status, out + err

    return run


def test_a_service_that_an_alarm_has_closed_is_opened_by_one_command(environment, state_table, run):
    closing.close_for_alarm(state_table, time.time)
    allowance = Allowance(state_table, time.time, "secret", per_address=10, per_day=10)
    with pytest.raises(AllowanceUsedUp):
        allowance.consume(ANN)

    status, printed = run("open")

    assert status == 0
    assert printed.startswith("reopened: ")
    allowance.consume(ANN)
    assert run("show") == (0, "closed: no day\n")


def test_a_service_can_be_closed_by_hand(environment, state_table, run):
    status, printed = run("close")

    assert status == 0
    first = closing.closed_days(state_table, time.time)[0]
    assert printed.startswith(f"closed: {first}")
    closing.reopen(state_table, time.time)  # other tests share the table


def test_an_environment_without_a_stack_is_an_error_of_one_sentence(aws, run, monkeypatch):
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)

    assert run("--env", "prod", "show") == (
        1, "python -m tools.visitors: there is no stack cutout-prod\n",
    )  # fmt: skip
