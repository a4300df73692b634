"""A service with API keys, credits and a bucket, and clients for its account and for a visitor."""

import time

import requests
from starlette.testclient import TestClient

from cutout.web.app import create_app
from tests.credit_services import CreditServices
from tests.web_ports import ports

REMOVEBG, UPLOADS = "/v1.0/removebg", "/v1.0/uploads"


class Service:
    """Its account has ten credits, and a visitor three requests a day."""

    def __init__(self, engine, table, bucket, account, clock=time.time, queue=None, **changes):
        self.bucket = bucket
        self.services = CreditServices(
            table, clock, engine, bucket=bucket, calls=(3, 1000), queue=queue
        )
        self.key = self.services.accounts.create_key(account)
        self.services.ledger.grant(account, 40)
        changes = {"max_bytes": 30_000_000} | self.services.ports() | changes
        app = create_app(ports(engine, **changes))
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
        parameters = {"upload_id": upload_id, "size": "50MP"} | fields
        accept = {"Accept": "application/json"} | (headers or {})
        return (client or self.client).post(REMOVEBG, json=parameters, headers=accept)

    def files(self, upload_id):
        return [file.name for file in self.bucket.files(f"uploads/{upload_id}/")]


def post(ticket, data, **changes):
    """Posts a form as a browser does, with some fields changed, or left out where they are None."""
    fields = {name: text for name, text in (ticket["fields"] | changes).items() if text is not None}
    return requests.post(ticket["url"], data=fields, files={"file": ("a", data)})


def code(response):
    (error,) = response.json()["errors"]
    return response.status_code, error["code"]
