"""Errors of DynamoDB that an emulator never returns."""

import json

import pytest

from cutout.aws.dynamodb import ATTEMPTS, DynamoDbTable
from cutout.aws.errors import AwsError
from cutout.errors import Unavailable
from cutout.ports import ConditionFailed, Key, Write
from tests.aws_responses import Responses, done, refused

WRITE = Write(Key("a", "b"), add={"n": 1})


@pytest.fixture
def table(monkeypatch):
    """Return a function that returns a table with these responses, and the responses."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)

    def table(*responses):
        made = Responses(*responses)
        return DynamoDbTable(made.service("dynamodb"), "table"), made

    return table


def cancelled(*codes):
    reasons = [{"Code": code} for code in codes]
    return refused("TransactionCanceledException", CancellationReasons=reasons)


def test_a_write_that_conflicts_with_a_transaction_is_retried(table):
    made, responses = table(refused("TransactionConflictException"), done())

    made.write(WRITE)

    assert responses.left == []


def test_a_transaction_that_conflicts_is_retried_as_another_one(table):
    conflict = [cancelled("None", "TransactionConflict") for _ in range(ATTEMPTS - 1)]
    made, responses = table(*conflict, done())

    made.write(WRITE, WRITE)

    tokens = {json.loads(body)["ClientRequestToken"] for *_, body in responses.requests}
    assert len(tokens) == ATTEMPTS


def test_a_transaction_that_always_conflicts_raises_unavailable(table):
    made, _ = table(*(cancelled("TransactionConflict", "None") for _ in range(ATTEMPTS)))

    with pytest.raises(Unavailable, match="at once"):
        made.write(WRITE, WRITE)


def test_a_failed_condition_takes_precedence_over_a_conflict(table):
    made, _ = table(cancelled("TransactionConflict", "ConditionalCheckFailed"))

    with pytest.raises(ConditionFailed):
        made.write(WRITE, WRITE)


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError"])
def test_transient_errors_of_a_table_raise_unavailable(table, code):
    made, _ = table(*(refused(code) for _ in range(4)))

    with pytest.raises(Unavailable):
        made.get(Key("a", "b"))
    with pytest.raises(Unavailable):
        made.write(WRITE)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException"])
def test_permanent_errors_of_a_table_are_raised_unchanged(table, code):
    made, _ = table(refused(code), cancelled("ValidationError", "None"))

    with pytest.raises(AwsError, match=code):
        made.get(Key("a", "b"))
    with pytest.raises(AwsError, match="TransactionCanceledException"):
        made.write(WRITE, WRITE)


def test_a_value_of_another_type_is_refused(table):
    made, responses = table()

    with pytest.raises(TypeError, match=r"1\.5"):
        made.write(Write(Key("a", "b"), set={"n": 1.5}))

    assert responses.requests == []
