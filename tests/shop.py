"""A service with keys, credits and a bucket, and who calls it: its account, and whoever comes."""

import time

import requests
from fastapi.testclient import TestClient

from cutout.web.app import create_app
from tests import web_ports as ports
from tests.credit_services import CreditServices

REMOVEBG, UPLOADS = "/v1.0/removebg", "/v1.0/uploads"


class Shop:
    """On real stores, with an account that has ten credits; whoever comes has three calls a day."""

    def __init__(self, engine, table, bucket, account, clock=time.time, queue=None, **changes):
        self.bucket = bucket
        self.money = CreditServices(
            table, clock, engine, bucket=bucket, calls=(3, 1000), queue=queue
        )
        self.key = self.money.accounts.create_key(account)
        self.money.ledger.grant(account, 40)
        given = {"max_bytes": 30_000_000} | self.money.ports() | changes
        app = create_app(ports.of(engine, **given))
        self.client = TestClient(app, headers={"X-Api-Key": self.key}, follow_redirects=False)
        self.visitor = TestClient(app, follow_redirects=False)

    def ticket(self, data, media_type="image/png", client=None):
        response = (client or self.client).post(
            UPLOADS, json={"type": media_type, "bytes": len(data)}
        )
        assert response.status_code == 201, response.text
        return response.json()["data"]

    def uploaded(self, data, media_type="image/png", client=None):
        ticket = self.ticket(data, media_type, client)
        assert post(ticket, data).status_code == 204
        return ticket["upload_id"]

    def cut(self, upload_id, client=None, headers=None, **fields):
        sent = {"upload_id": upload_id, "size": "50MP"} | fields
        accept = {"Accept": "application/json"} | (headers or {})
        return (client or self.client).post(REMOVEBG, json=sent, headers=accept)

    def files(self, upload_id):
        return [file.name for file in self.bucket.files(f"uploads/{upload_id}/")]


def post(ticket, data, **changes):
    """As a browser posts a form, with some of its fields changed or, if None, left out."""
    fields = {name: text for name, text in (ticket["fields"] | changes).items() if text is not None}
    return requests.post(ticket["url"], data=fields, files={"file": ("a", data)})


def code(response):
    (error,) = response.json()["errors"]
    return response.status_code, error["code"]
