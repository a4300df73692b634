"""Services of AWS that cannot be reached."""

import boto3
import pytest
from botocore.exceptions import ClientError, CredentialRetrievalError, IncompleteReadError
from botocore.parsers import ResponseParserError

from cutout import bootstrap
from cutout.aws.dynamodb import DynamoDbTable
from cutout.aws.errors import transient
from cutout.aws.s3 import S3Bucket
from cutout.aws.sqs import SqsQueue, SqsVisibility
from cutout.errors import Unavailable
from cutout.ports import Key, Write
from tests.faults import proxy
from tools.local_aws import LocalAws
from tools.ports import free_port

KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}

WRITE = Write(Key("a", "b"), add={"n": 1})


@pytest.fixture
def nobody(monkeypatch):
    """An endpoint on which nothing listens."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


@pytest.mark.usefixtures("nobody")
def test_an_unreachable_service_raises_unavailable():
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


def refusal(code, status):
    response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "HeadObject")


@pytest.mark.parametrize(
    "error",
    [
        refusal("503", 503),  # a response to HEAD has no other code
        refusal("SlowDown", 503),
        refusal("ThrottlingException", 400),
        IncompleteReadError(actual_bytes=1, expected_bytes=2),
        CredentialRetrievalError(provider="x", error_msg="y"),
        ResponseParserError("half an answer"),
    ],
    ids=repr,
)
def test_what_a_retry_may_cure_is_unavailable(error):
    with pytest.raises(Unavailable), transient("bucket"):
        raise error


@pytest.mark.parametrize(
    "error", [refusal("AccessDenied", 403), refusal("ValidationException", 400)], ids=repr
)
def test_what_a_retry_cannot_cure_passes_unchanged(error):
    with pytest.raises(ClientError), transient("bucket"):
        raise error


@pytest.fixture
def cut_off(aws, monkeypatch):
    """The local AWS, of whose answers only the first half arrives."""
    with proxy.running(aws.url, seed=1, rate=0) as running:
        for name, value in LocalAws(running.url).environment().items():
            monkeypatch.setenv(name, value)
        bootstrap.client.cache_clear()
        yield running
        bootstrap.client.cache_clear()


def test_half_an_answer_raises_unavailable_and_not_what_its_rest_would_mean(
    cut_off, resources, monkeypatch
):
    table = DynamoDbTable(bootstrap.client("dynamodb"), resources["StateTable"])
    bucket = S3Bucket(bootstrap.client("s3"), resources["PictureBucket"])
    queue = SqsQueue(bootstrap.client("sqs"), resources["JobQueue"])
    table.write(WRITE)
    bucket.put("a", b"abcd", "image/png")
    bucket.head("a")
    bucket.delete(["b"])
    monkeypatch.setattr(cut_off.faults, "next", lambda operation: "cut")

    for act in (
        lambda: table.get(WRITE.key),
        lambda: list(table.query("a", "", "~")),
        lambda: bucket.get("a"),
        lambda: bucket.head("a"),
        lambda: list(bucket.files("")),
        lambda: bucket.delete(["a"]),
        lambda: queue.send("a"),
    ):
        with pytest.raises(Unavailable, match="cannot be reached"):
            act()
