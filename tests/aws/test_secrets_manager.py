"""Secrets that are read at the start of ApiFunction, on a local AWS."""

import time
from dataclasses import replace
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from cutout import bootstrap
from cutout.aws.secrets_manager import FORMER_FOR, values
from cutout.config import Settings
from cutout.errors import Unavailable

DAY_S = FORMER_FOR.total_seconds()


@pytest.fixture
def client(aws):
    return aws.client("secretsmanager")


@pytest.fixture
def arn(client):
    return client.create_secret(Name=f"secret-{uuid4().hex}", SecretString="first")["ARN"]


def test_a_secret_that_was_never_replaced_has_one_value(client, arn):
    assert values(client, arn, time.time) == ["first"]


def test_the_value_before_counts_for_a_day_after_a_rotation(client, arn):
    client.put_secret_value(SecretId=arn, SecretString="second")

    assert values(client, arn, time.time) == ["second", "first"]
    assert values(client, arn, lambda: time.time() + DAY_S) == ["second"]


def test_a_start_reads_the_secrets_that_its_settings_name(aws, client, arn, monkeypatch):
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    bootstrap.client.cache_clear()
    client.put_secret_value(SecretId=arn, SecretString="second")
    settings = Settings(secret=arn, origin_secret=arn)

    read = bootstrap.with_secrets(settings)

    assert (read.secret, read.origin_secret) == ("second", "second,first")
    plain = replace(settings, secret="a", origin_secret="b,c")
    assert bootstrap.with_secrets(plain) == plain


def test_secrets_that_cannot_be_reached_are_unavailable(aws):
    config = Config(connect_timeout=1, retries={"total_max_attempts": 1})
    nowhere = boto3.client(
        "secretsmanager", endpoint_url="http://127.0.0.1:1", region_name="us-east-1",
        aws_access_key_id="a", aws_secret_access_key="a", config=config,
    )  # fmt: skip

    with pytest.raises(Unavailable, match="secret cannot be reached"):
        values(nowhere, "arn", time.time)
