"""Errors of S3 that an emulator never returns, and hosts of presigned URLs."""

from io import BytesIO
from urllib.parse import urlsplit

import pytest

from cutout import bootstrap
from cutout.aws.errors import AwsError
from cutout.aws.s3 import S3Bucket
from cutout.errors import Unavailable
from cutout.ports import FileUnreadable
from tests.aws_responses import Responses, refused_by_s3, xml


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.mark.parametrize("code", ["SlowDown", "ServiceUnavailable", "InternalError"])
def test_a_503_of_a_bucket_raises_unavailable(code):
    responses = Responses(*(refused_by_s3(code, 503) for _ in range(6)))
    bucket = S3Bucket(responses.caller("s3"), "bucket")

    for call in (
        lambda: bucket.get("a"),
        lambda: bucket.put("a", b"", "image/png"),
        lambda: list(bucket.files("")),
    ):
        with pytest.raises(Unavailable, match="bucket is too busy"):
            call()


def test_a_file_that_s3_did_not_delete_raises():
    form = "<DeleteResult><Error><Key>a</Key><Code>{}</Code></Error></DeleteResult>"
    responses = Responses(xml(form.format("AccessDenied")), xml(form.format("SlowDown")))
    bucket = S3Bucket(responses.caller("s3"), "bucket")

    with pytest.raises(AwsError, match="AccessDenied"):
        bucket.delete(["a"])
    with pytest.raises(Unavailable):
        bucket.delete(["a"])


def test_a_bucket_in_another_region_is_called_there():
    moved = {"x-amz-bucket-region": "eu-central-1"}
    responses = Responses(
        xml("<Error><Code>PermanentRedirect</Code></Error>", 301, **moved),
        xml("data", ETag="e", **{"Content-Length": "4"}),
    )
    bucket = S3Bucket(responses.caller("s3"), "bucket")

    assert bucket.get("a").data == b"data"
    assert [urlsplit(url).netloc for _, url, _, _ in responses.requests] == [
        "bucket.s3.us-east-1.amazonaws.com", "bucket.s3.eu-central-1.amazonaws.com",
    ]  # fmt: skip
    assert "/eu-central-1/s3/" in responses.requests[1][2]["authorization"]


def test_a_file_is_sent_whole_to_a_bucket_in_another_region():
    moved = {"x-amz-bucket-region": "eu-central-1"}
    redirect = xml("<Error><Code>PermanentRedirect</Code></Error>", 301, **moved)
    responses = Responses(redirect, xml(""))
    file = BytesIO(b"headbody")
    file.seek(4)

    S3Bucket(responses.caller("s3"), "bucket").put_file("a", file, "image/png")

    assert [body for *_, body in responses.requests] == [b"body", b"body"]


def test_a_bucket_that_its_own_region_refuses_is_unreadable():
    here = {"x-amz-bucket-region": "us-east-1"}
    responses = Responses(xml("<Error><Code>AccessDenied</Code></Error>", 403, **here))

    with pytest.raises(FileUnreadable, match="AccessDenied"):
        S3Bucket(responses.caller("s3"), "bucket").get("a")


def test_a_page_of_files_that_was_cut_short_raises_unavailable():
    responses = Responses(xml("<ListBucketResult><Contents>"))

    with pytest.raises(Unavailable):
        list(S3Bucket(responses.caller("s3"), "bucket").files(""))


def test_a_bucket_with_a_dot_has_no_host_of_its_own():
    bucket = S3Bucket(Responses().caller("s3"), "my.bucket")

    address = urlsplit(bucket.presigned_url("a b", 60))

    assert address.netloc == "s3.us-east-1.amazonaws.com"
    assert address.path == "/my.bucket/a%20b"


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_presigned_urls_have_the_host_that_the_page_may_use(monkeypatch, region):
    """The page's policy allows CloudFormation's RegionalDomainName."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    bucket = S3Bucket(bootstrap.caller.__wrapped__("s3"), "pictures")

    ticket = bucket.presigned_post("a", "image/png", 5, 60)

    expected = f"pictures.s3.{region}.amazonaws.com"
    assert urlsplit(ticket.url).netloc == urlsplit(bucket.presigned_url("a", 60)).netloc == expected
