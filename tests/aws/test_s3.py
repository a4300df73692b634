"""Errors of S3 that an emulator never returns, and hosts of presigned URLs."""

from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from cutout import bootstrap
from cutout.aws.s3 import S3Bucket
from cutout.errors import Unavailable

KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}


@pytest.mark.parametrize("code", ["SlowDown", "ServiceUnavailable", "InternalError"])
def test_a_503_of_a_bucket_raises_unavailable(code):
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


def test_a_file_that_s3_did_not_delete_raises():
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


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_presigned_urls_have_the_host_that_the_page_may_use(monkeypatch, region):
    """The page's policy allows CloudFormation's RegionalDomainName."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    bucket = S3Bucket(bootstrap.client.__wrapped__("s3"), "pictures")

    ticket = bucket.presigned_post("a", "image/png", 5, 60)

    expected = f"pictures.s3.{region}.amazonaws.com"
    assert urlsplit(ticket.url).netloc == urlsplit(bucket.presigned_url("a", 60)).netloc == expected
