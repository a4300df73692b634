"""What `make deploy` says before it changes a stack, on the local AWS."""

import io
import sys
from uuid import uuid4

import boto3
import pytest

from tools.deploy import changesets
from tools.deploy.changesets import Change
from tools.deploy.plan import Consent, table
from tools.deploy.stacks import DeployError, Environment, state

TABLE = """
  {name}:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: {policy}
    UpdateReplacePolicy: {policy}
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{{AttributeName: {key}, AttributeType: S}}]
      KeySchema: [{{AttributeName: {key}, KeyType: HASH}}]
"""
PARAMETERS = "Parameters: {Label: {Type: String, Default: none}, Unused: {Type: String}}\n"
LEDGER = TABLE.format(name="Ledger", key="pk", policy="Retain")
STATE = TABLE.format(name="State", key="pk", policy="Delete")
BUCKET = "\n  Pictures: {Type: AWS::S3::Bucket}"
TOPIC = "\n  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Label}}"


@pytest.fixture
def environment(aws, monkeypatch):
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(changesets, "POLL_S", 0.1)
    return Environment("dev", f"cutout-{uuid4().hex[:8]}", {}, boto3.Session())


@pytest.fixture
def change_set(environment, tmp_path):
    """Return what creates a change set from the resources of a template."""

    def change_set(*resources, **values):
        path = tmp_path / "template.yaml"
        path.write_text(f"{PARAMETERS}Resources:{''.join(resources)}")
        return changesets.create(environment, environment.service, path, values)

    return change_set


@pytest.fixture
def stack(environment, change_set):
    """A stack with two tables, a bucket and a topic."""
    made = change_set(LEDGER, STATE, BUCKET, TOPIC, Unused="once")
    changesets.execute(environment.session, made)
    return environment.service


@pytest.fixture
def terminal(monkeypatch):
    """Return what lets a terminal answer."""

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    return lambda text: monkeypatch.setattr(sys, "stdin", Terminal(text))


def row(name, type, *, action="Modify", replacement="", is_kept=False):
    return Change("cutout-dev", action, name, type, replacement, is_kept)


def test_a_new_stack_is_made_of_additions(environment, change_set):
    made = change_set(LEDGER, TOPIC, Unused="once")

    assert made.is_new
    assert {(change.action, change.name) for change in made.changes} == {
        ("Add", "Ledger"), ("Add", "Topic"),
    }  # fmt: skip
    assert not any(change.warning() for change in made.changes)


def test_a_change_without_consequences_has_no_warning(stack, change_set):
    (change,) = change_set(LEDGER, STATE, BUCKET, TOPIC, Label="blue").changes

    assert (change.action, change.name) == ("Modify", "Topic")
    assert change.warning() == ""


def test_a_stack_that_would_stay_the_same_has_no_change_set(environment, stack, change_set):
    assert change_set(LEDGER, STATE, BUCKET, TOPIC) is None
    assert changesets.available(environment.session, stack) == set()


def test_tables_that_would_be_replaced_are_warned_of(stack, change_set):
    ledger, table = (text.replace("pk", "id") for text in (LEDGER, STATE))

    warnings = {change.name: change.warning() for change in change_set(ledger, table).changes}

    # AWS says "would be": the local AWS is not sure of any replacement, nor knows what is retained.
    assert "Ledger (AWS::DynamoDB::Table) may be replaced by an empty one" in warnings["Ledger"]
    assert "its items would be lost" in warnings["State"]
    assert "Pictures (AWS::S3::Bucket) would be removed; its objects" in warnings["Pictures"]
    assert warnings["Topic"] == ""


def test_a_table_that_the_template_retains_is_said_to_stay():
    change = row("Ledger", "AWS::DynamoDB::Table", action="Remove", is_kept=True)

    assert change.warning().endswith(
        "would be removed; the old one stays in the account, but the service does not use its "
        "items any more"
    )


@pytest.mark.parametrize("type", sorted(changesets.DATA))
def test_a_replacement_that_is_not_certain_is_warned_of(type):
    assert "may be replaced" in row("It", type, replacement="maybe").warning()
    assert row("It", type, replacement="no").warning() == ""


def test_the_table_has_a_line_for_each_change():
    lines = table([row("Ledger", "AWS::DynamoDB::Table", replacement="yes")]).splitlines()

    assert lines[0].split() == ["stack", "action", "logical", "id", "type", "replacement"]
    assert lines[1].split() == ["cutout-dev", "Modify", "Ledger", "AWS::DynamoDB::Table", "yes"]


def test_an_executed_change_set_changes_the_stack_and_keeps_its_parameters(
    environment, stack, change_set
):
    changesets.execute(environment.session, change_set(LEDGER, STATE, BUCKET, TOPIC, Label="blue"))

    found = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    values = {item["ParameterKey"]: item["ParameterValue"] for item in found["Parameters"]}
    assert values == {"Label": "blue", "Unused": "once"}
    assert found["StackStatus"] == "UPDATE_COMPLETE"


def test_a_discarded_change_set_of_a_new_stack_leaves_no_stack(environment, change_set):
    made = change_set(LEDGER, Unused="once")

    changesets.discard(environment.session, made)

    assert state(environment.session, environment.service) in ("", "DELETE_COMPLETE")


def test_a_change_set_that_cloudformation_refuses_is_an_error_with_its_reason(change_set):
    with pytest.raises(Exception, match="Unused"):
        change_set(LEDGER)


def test_a_question_is_refused_where_there_is_no_terminal(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))

    with pytest.raises(DeployError, match=r"no terminal to ask on.*YES=1"):
        Consent(is_given=False).ask([row("Topic", "AWS::SNS::Topic", replacement="no")])

    assert "Topic" in capsys.readouterr().out


@pytest.mark.parametrize("answer", ["", "n\n", "y\n", "no\n"])
def test_only_yes_is_consent(terminal, answer):
    terminal(answer)

    with pytest.raises(DeployError, match="not yes"):
        Consent(is_given=False).ask([row("Topic", "AWS::SNS::Topic", replacement="no")])


def test_consent_holds_for_what_was_shown_and_for_changes_that_take_no_data(terminal):
    shown = row("State", "AWS::DynamoDB::Table", replacement="yes")
    consent = Consent(is_given=False)
    terminal("yes\n")
    consent.ask([shown])

    consent.confirm([shown, row("Topic", "AWS::SNS::Topic", replacement="yes")])  # asks nothing

    with pytest.raises(DeployError):
        consent.confirm([row("Ledger", "AWS::DynamoDB::Table", replacement="yes")])


def test_a_stack_whose_changes_were_not_known_is_asked_for_again(terminal):
    consent = Consent(is_given=False)
    terminal("yes\n")
    consent.ask([row("(shown later)", "")])

    with pytest.raises(DeployError):
        consent.confirm([row("Topic", "AWS::SNS::Topic", replacement="no")])


def test_nothing_is_asked_where_nothing_changes(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))

    Consent(is_given=False).ask([])

    assert capsys.readouterr().out == "nothing changes\n"
