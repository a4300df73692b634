"""Services of AWS that cannot be reached."""

import pytest

from cutout import bootstrap
from cutout.aws.dynamodb import DynamoDbTable
from cutout.aws.errors import AwsError, NoResponse, transient
from cutout.aws.s3 import S3Bucket
from cutout.aws.sqs import SqsQueue, SqsVisibility
from cutout.errors import Unavailable
from cutout.ports import Key, Write
from tests.faults import proxy
from tools.local_aws import LocalAws
from tools.ports import free_port

WRITE = Write(Key("a", "b"), add={"n": 1})


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def test_an_unreachable_service_raises_unavailable():
    nobody = LocalAws(f"http://127.0.0.1:{free_port()}")
    table = DynamoDbTable(nobody.service("dynamodb"), "table")
    bucket = S3Bucket(nobody.caller("s3"), "bucket")
    queue = SqsQueue(nobody.service("sqs"), "http://queue")
    visibility = SqsVisibility(nobody.service("sqs"))

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
    return AwsError(code, "", status)


@pytest.mark.parametrize(
    "error",
    [
        refusal("503", 503),  # a response to HEAD has no other code
        refusal("SlowDown", 503),
        refusal("ThrottlingException", 400),
        NoResponse("half an answer"),
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
    with pytest.raises(AwsError), transient("bucket"):
        raise error


@pytest.fixture
def cut_off(aws, monkeypatch):
    """The local AWS, of whose answers only the first half arrives."""
    with proxy.running(aws.url, seed=1, rate=0) as running:
        for name, value in LocalAws(running.url).environment().items():
            monkeypatch.setenv(name, value)
        bootstrap.caller.cache_clear()
        yield running
        bootstrap.caller.cache_clear()


def test_half_an_answer_raises_unavailable_and_not_what_its_rest_would_mean(
    cut_off, resources, monkeypatch
):
    table = DynamoDbTable(bootstrap.json_service("dynamodb"), resources["StateTable"])
    bucket = S3Bucket(bootstrap.caller("s3"), resources["PictureBucket"])
    queue = SqsQueue(bootstrap.json_service("sqs"), resources["JobQueue"])
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
