"""Signatures beside botocore's, which signs the same requests at the same time."""

import base64
import json
from datetime import UTC, datetime

import botocore.auth
import pytest
from botocore.auth import S3SigV4Auth, S3SigV4PostAuth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from cutout.aws.s3 import quoted_key
from cutout.aws.signature import UNSIGNED, Credentials, Signer, encoded, sha256

NOW = datetime(2026, 11, 30, 21, 5, 9, tzinfo=UTC)
URL = "https://pictures.s3.eu-central-1.amazonaws.com"
KEYS = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")


@pytest.fixture(params=["", "a/session+token=="], ids=["keys", "temporary keys"])
def credentials(request, monkeypatch):
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: NOW.replace(tzinfo=None))
    return Credentials(*KEYS, request.param)


def botocores(credentials):
    return BotocoreCredentials(*KEYS, credentials.token or None)


@pytest.mark.parametrize("service", ["dynamodb", "sqs", "secretsmanager"])
def test_a_request_in_json_is_signed_as_by_botocore(credentials, service):
    url, body = f"https://{service}.us-east-1.amazonaws.com/", b'{"TableName":"t"}'
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "A.GetItem"}
    theirs = AWSRequest("POST", url, dict(headers), body)
    SigV4Auth(botocores(credentials), service, "us-east-1").add_auth(theirs)

    ours = Signer(credentials, service, "us-east-1", NOW).headers(
        "POST", url, headers, sha256(body)
    )

    assert ours["authorization"] == theirs.headers["Authorization"]


@pytest.mark.parametrize("name", ["a/b.png", "a b+c%2F~é", "//a/../b//", "$&,:;=@?#"])
@pytest.mark.parametrize("query", [{}, {"list-type": "2", "prefix": "a/ b=&", "delete": ""}])
def test_a_request_to_s3_is_signed_as_by_botocore(credentials, name, query):
    url = f"{URL}/{quoted_key(name)}" + (f"?{encoded(query)}" if query else "")
    headers = {"If-Match": '"etag"', "x-amz-meta-made-of": "  b   c "}
    theirs = AWSRequest("PUT", url, dict(headers), b"photo")
    theirs.context["payload_signing_enabled"] = True
    S3SigV4Auth(botocores(credentials), "s3", "eu-central-1").add_auth(theirs)

    ours = Signer(credentials, "s3", "eu-central-1", NOW).headers(
        "PUT", url, headers, sha256(b"photo")
    )

    assert ours["authorization"] == theirs.headers["Authorization"]


def test_a_body_that_is_not_hashed_is_signed_as_by_botocore(credentials):
    headers = {"Content-MD5": "of the body"}
    theirs = AWSRequest("PUT", f"{URL}/a", dict(headers), b"photo")
    theirs.context["payload_signing_enabled"] = False
    S3SigV4Auth(botocores(credentials), "s3", "eu-central-1").add_auth(theirs)

    ours = Signer(credentials, "s3", "eu-central-1", NOW).headers(
        "PUT", f"{URL}/a", headers, UNSIGNED
    )

    assert ours["authorization"] == theirs.headers["Authorization"]


def test_a_presigned_url_is_botocores(credentials):
    theirs = AWSRequest("GET", f"{URL}/a%20b")
    S3SigV4QueryAuth(botocores(credentials), "s3", "eu-central-1", expires=600).add_auth(theirs)

    ours = Signer(credentials, "s3", "eu-central-1", NOW).presigned_url(f"{URL}/a%20b", 600)

    assert set(ours.split("?")[1].split("&")) == set(theirs.url.split("?")[1].split("&"))


def test_the_fields_of_a_presigned_post_are_botocores(credentials):
    fields = {"Content-Type": "image/png", "key": "a/b"}
    conditions = [{"Content-Type": "image/png"}, ["content-length-range", 1, 5], {"key": "a/b"}]
    theirs = AWSRequest("POST", URL)
    theirs.context["s3-presign-post-fields"] = dict(fields)
    theirs.context["s3-presign-post-policy"] = {
        "expiration": "2026-11-30T21:06:09Z", "conditions": list(conditions),
    }  # fmt: skip
    S3SigV4PostAuth(botocores(credentials), "s3", "eu-central-1").add_auth(theirs)

    ours = Signer(credentials, "s3", "eu-central-1", NOW).post_fields(fields, conditions, 60)

    expected = theirs.context["s3-presign-post-fields"]
    policy, theirs_policy = (
        json.loads(base64.b64decode(each.pop("policy"))) for each in (ours, expected)
    )
    assert policy == theirs_policy
    assert {*ours} == {*expected}
    assert {name: text for name, text in ours.items() if name != "x-amz-signature"} == {
        name: text for name, text in expected.items() if name != "x-amz-signature"
    }
