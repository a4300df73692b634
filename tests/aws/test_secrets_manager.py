"""Secrets that are read at the start of ApiFunction, on a local AWS."""

import time
from dataclasses import replace
from uuid import uuid4

import pytest

from cutout import bootstrap
from cutout.aws.secrets_manager import FORMER_FOR_S, values
from cutout.config import Settings
from cutout.errors import Unavailable
from tools.local_aws import LocalAws


@pytest.fixture
def client(aws):
    return aws.client("secretsmanager")


@pytest.fixture
def arn(client):
    return client.create_secret(Name=f"secret-{uuid4().hex}", SecretString="first")["ARN"]


@pytest.fixture
def service(aws):
    return aws.service("secretsmanager")


def test_a_secret_that_was_never_replaced_has_one_value(service, arn):
    assert values(service, arn, time.time) == ["first"]


def test_the_value_before_counts_for_a_day_after_a_rotation(client, service, arn):
    client.put_secret_value(SecretId=arn, SecretString="second")

    assert values(service, arn, time.time) == ["second", "first"]
    assert values(service, arn, lambda: time.time() + FORMER_FOR_S) == ["second"]


def test_a_start_reads_the_secrets_that_its_settings_name(aws, client, arn, monkeypatch):
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    bootstrap.caller.cache_clear()
    client.put_secret_value(SecretId=arn, SecretString="second")
    settings = Settings(secret=arn, origin_secret=arn)

    read = bootstrap.with_secrets(settings)

    assert (read.secret, read.origin_secret) == ("second", "second,first")
    plain = replace(settings, secret="a", origin_secret="b,c")
    assert bootstrap.with_secrets(plain) == plain


def test_secrets_that_cannot_be_reached_are_unavailable(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    nowhere = LocalAws("http://127.0.0.1:1").service("secretsmanager")

    with pytest.raises(Unavailable, match="secret cannot be reached"):
        values(nowhere, "arn", time.time)
