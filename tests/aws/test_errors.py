"""What AWS says that a local one never does. Its answers are made by boto3's own Stubber."""

from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from cutout import bootstrap
from cutout.aws.dynamodb import ATTEMPTS, DynamoDbTable
from cutout.aws.s3 import S3Bucket
from cutout.aws.sqs import SqsQueue, SqsVisibility
from cutout.errors import Unavailable
from cutout.ports import ConditionFailed, Key, Write
from tools.invoke import free_port

KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
WRITE = Write(Key("a", "b"), add={"n": 1})


@pytest.fixture
def table(monkeypatch):
    """With what DynamoDB answers next."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    client = boto3.client("dynamodb", **KEYS)
    with Stubber(client) as stubber:
        yield DynamoDbTable(client, "table"), stubber


def cancelled(*codes):
    return {
        "service_error_code": "TransactionCanceledException",
        "modeled_fields": {"CancellationReasons": [{"Code": code} for code in codes]},
    }


def test_a_write_that_meets_a_transaction_is_tried_again(table):
    made, stubber = table
    stubber.add_client_error("update_item", "TransactionConflictException")
    stubber.add_response("update_item", {})

    made.write(WRITE)

    stubber.assert_no_pending_responses()


def test_a_transaction_that_meets_another_is_tried_again(table):
    made, stubber = table
    for _ in range(ATTEMPTS - 1):
        stubber.add_client_error("transact_write_items", **cancelled("None", "TransactionConflict"))
    stubber.add_response("transact_write_items", {})

    made.write(WRITE, WRITE)

    stubber.assert_no_pending_responses()


def test_one_that_always_meets_others_is_told(table):
    made, stubber = table
    for _ in range(ATTEMPTS):
        stubber.add_client_error("transact_write_items", **cancelled("TransactionConflict", "None"))

    with pytest.raises(Unavailable, match="at once"):
        made.write(WRITE, WRITE)


def test_a_condition_that_does_not_hold_counts_before_a_conflict(table):
    made, stubber = table
    codes = "TransactionConflict", "ConditionalCheckFailed"
    stubber.add_client_error("transact_write_items", **cancelled(*codes))

    with pytest.raises(ConditionFailed):
        made.write(WRITE, WRITE)


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError"])
def test_trouble_that_passes_is_told_as_such(table, code):
    made, stubber = table
    stubber.add_client_error("get_item", code)
    stubber.add_client_error("update_item", code)

    with pytest.raises(Unavailable):
        made.get(Key("a", "b"))
    with pytest.raises(Unavailable):
        made.write(WRITE)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException"])
def test_mistakes_of_ours_are_not_hidden(table, code):
    made, stubber = table
    stubber.add_client_error("get_item", code)
    stubber.add_client_error("transact_write_items", **cancelled("ValidationError", "None"))

    with pytest.raises(ClientError):
        made.get(Key("a", "b"))
    with pytest.raises(ClientError):
        made.write(WRITE, WRITE)


@pytest.fixture
def nobody(monkeypatch):
    """An address at which nobody answers."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


@pytest.mark.usefixtures("nobody")
def test_what_cannot_be_reached_is_told():
    table = DynamoDbTable(boto3.client("dynamodb", **KEYS), "table")
    bucket = S3Bucket(boto3.client("s3", **KEYS), "bucket")
    queue = SqsQueue(boto3.client("sqs", **KEYS), "http://queue")
    visibility = SqsVisibility(boto3.client("sqs", **KEYS))

    for act in (
        lambda: table.get(Key("a", "b")),
        lambda: table.write(WRITE),
        lambda: list(table.query("a", "", "~")),
        lambda: bucket.get("a"),
        lambda: bucket.put("a", b"", "image/png"),
        lambda: list(bucket.files("")),
        lambda: bucket.delete(["a"]),
        lambda: queue.send("a"),
        lambda: visibility.hide("arn:aws:sqs:us-east-1:000000000000:queue", "receipt", 5),
    ):
        with pytest.raises(Unavailable, match="cannot be reached"):
            act()


@pytest.mark.parametrize("code", ["SlowDown", "ServiceUnavailable", "InternalError"])
def test_a_bucket_that_answers_503_is_too_busy(code):
    client = boto3.client("s3", **KEYS)
    bucket = S3Bucket(client, "bucket")
    calls = {
        "get_object": lambda: bucket.get("a"),
        "put_object": lambda: bucket.put("a", b"", "image/png"),
        "list_objects_v2": lambda: list(bucket.files("")),
    }
    with Stubber(client) as stubber:
        for operation, call in calls.items():
            stubber.add_client_error(operation, code, http_status_code=503)
            with pytest.raises(Unavailable, match="bucket is too busy"):
                call()


def test_what_s3_has_not_deleted_does_not_count_as_deleted():
    client = boto3.client("s3", **KEYS)
    refused = {"Errors": [{"Key": "a", "Code": "AccessDenied", "Message": "no"}]}
    busy = {"Errors": [{"Key": "a", "Code": "SlowDown", "Message": "later"}]}
    with Stubber(client) as stubber:
        bucket = S3Bucket(client, "bucket")
        stubber.add_response("delete_objects", refused)
        with pytest.raises(ClientError, match="AccessDenied"):
            bucket.delete(["a"])
        stubber.add_response("delete_objects", busy)
        with pytest.raises(Unavailable):
            bucket.delete(["a"])


@pytest.mark.parametrize(
    ("code", "kind"),
    [("RequestThrottled", Unavailable), ("AWS.SimpleQueueService.NonExistentQueue", ClientError)],
)
def test_a_queue_tells_trouble_that_passes_from_mistakes_of_ours(code, kind):
    client = boto3.client("sqs", **KEYS)
    with Stubber(client) as stubber:
        stubber.add_client_error("send_message", code)
        with pytest.raises(kind):
            SqsQueue(client, "http://queue").send("a")


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_tickets_and_links_are_for_the_host_that_the_page_may_use(monkeypatch, region):
    """As CloudFormation's RegionalDomainName has it, which is in the page's policy."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    bucket = S3Bucket(bootstrap.client.__wrapped__("s3"), "pictures")

    ticket = bucket.presigned_post("a", "image/png", 5, 60)

    expected = f"pictures.s3.{region}.amazonaws.com"
    assert urlsplit(ticket.url).netloc == urlsplit(bucket.presigned_url("a", 60)).netloc == expected
