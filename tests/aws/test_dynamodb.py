"""Errors of DynamoDB that an emulator never returns, from boto3's Stubber."""

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from cutout.aws.dynamodb import ATTEMPTS, DynamoDbTable
from cutout.errors import Unavailable
from cutout.ports import ConditionFailed, Key, Write

KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}

WRITE = Write(Key("a", "b"), add={"n": 1})


@pytest.fixture
def table(monkeypatch):
    """A table, and the stub that sets DynamoDB's next responses."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    client = boto3.client("dynamodb", **KEYS)
    with Stubber(client) as stubber:
        yield DynamoDbTable(client, "table"), stubber


def cancelled(*codes):
    return {
        "service_error_code": "TransactionCanceledException",
        "modeled_fields": {"CancellationReasons": [{"Code": code} for code in codes]},
    }


def test_a_write_that_conflicts_with_a_transaction_is_retried(table):
    made, stubber = table
    stubber.add_client_error("update_item", "TransactionConflictException")
    stubber.add_response("update_item", {})

    made.write(WRITE)

    stubber.assert_no_pending_responses()


def test_a_transaction_that_conflicts_is_retried(table):
    made, stubber = table
    for _ in range(ATTEMPTS - 1):
        stubber.add_client_error("transact_write_items", **cancelled("None", "TransactionConflict"))
    stubber.add_response("transact_write_items", {})

    made.write(WRITE, WRITE)

    stubber.assert_no_pending_responses()


def test_a_transaction_that_always_conflicts_raises_unavailable(table):
    made, stubber = table
    for _ in range(ATTEMPTS):
        stubber.add_client_error("transact_write_items", **cancelled("TransactionConflict", "None"))

    with pytest.raises(Unavailable, match="at once"):
        made.write(WRITE, WRITE)


def test_a_failed_condition_takes_precedence_over_a_conflict(table):
    made, stubber = table
    codes = "TransactionConflict", "ConditionalCheckFailed"
    stubber.add_client_error("transact_write_items", **cancelled(*codes))

    with pytest.raises(ConditionFailed):
        made.write(WRITE, WRITE)


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError"])
def test_transient_errors_of_a_table_raise_unavailable(table, code):
    made, stubber = table
    stubber.add_client_error("get_item", code)
    stubber.add_client_error("update_item", code)

    with pytest.raises(Unavailable):
        made.get(Key("a", "b"))
    with pytest.raises(Unavailable):
        made.write(WRITE)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException"])
def test_permanent_errors_of_a_table_are_raised_unchanged(table, code):
    made, stubber = table
    stubber.add_client_error("get_item", code)
    stubber.add_client_error("transact_write_items", **cancelled("ValidationError", "None"))

    with pytest.raises(ClientError):
        made.get(Key("a", "b"))
    with pytest.raises(ClientError):
        made.write(WRITE, WRITE)
