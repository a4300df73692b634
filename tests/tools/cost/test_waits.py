"""The requests to AWS per call, counted on the local AWS and in the cost model."""

from collections import Counter
from dataclasses import replace

import pytest
import requests
from starlette.testclient import TestClient

from cutout import bootstrap
from cutout.aws import client
from cutout.aws.client import Caller
from cutout.credits import accounts
from tools.cost import inputs

FIELDS = {"size": "full", "format": "png"}
WAYS = inputs.load().ways


@pytest.fixture
def counted(aws, monkeypatch):
    """Count the requests to AWS by service."""
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    forget_clients()
    count = Counter()

    class Counted(Caller):
        def call(self, *arguments, **options):
            count.update([self.service])
            return super().call(*arguments, **options)

    monkeypatch.setattr(client, "Caller", Counted)
    yield count
    forget_clients()


def forget_clients():
    bootstrap.caller.cache_clear()
    bootstrap.bucket.cache_clear()


@pytest.fixture
def service(counted, settings, resources, engine, account, monkeypatch):
    """The API with stores, and an API key with credits. The process remembers the hour in which it
    has recorded the key's use, and not the key, as with calls that are 10 s apart."""
    monkeypatch.setattr(accounts, "REMEMBERED_S", 0)
    keyed = replace(
        settings,
        ask_for_keys=True,
        ledger_table=resources["LedgerTable"],
        state_table=resources["StateTable"],
        bucket=resources["PictureBucket"],
        secret="secret",
    )
    table = bootstrap.table(keyed.ledger_table)
    key = bootstrap.accounts(table).create_key(account)
    bootstrap.ledger(table).grant(account, 100)
    app = bootstrap.app(keyed, engine, lambda result: None)
    with TestClient(app, headers={"X-Api-Key": key}, follow_redirects=False) as client:
        yield client


def test_a_call_makes_as_many_requests_as_the_cost_model_counts(service, counted, photo):
    service.post("/v1.0/removebg", files={"image_file": photo}, data=FIELDS)
    counted.clear()

    response = service.post(
        "/v1.0/removebg", files={"image_file": photo}, data=FIELDS | {"bg_color": "fff"}
    )

    assert response.status_code == 200
    assert counted == WAYS["call"].waits


def test_an_upload_makes_as_many_requests_as_the_cost_model_counts(service, counted, photo):
    announced = {"type": "image/png", "bytes": len(photo)}
    upload = service.post("/v1.0/uploads", json=announced).json()["data"]
    requests.post(upload["url"], upload["fields"], files={"file": photo}).raise_for_status()
    counted.clear()

    response = service.post("/v1.0/removebg", json={"upload_id": upload["upload_id"], **FIELDS})

    assert response.status_code == 303
    assert counted == WAYS["upload"].waits
