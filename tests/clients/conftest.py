"""The API on a free port. Its fetch returns the photo, since real fetches refuse localhost."""

import socket
import time

import pytest

from cutout.web.app import create_app
from tests.conftest import answering
from tests.credit_services import CreditServices
from tests.web_ports import ports


@pytest.fixture(params=[4_700_000, 10], ids=["in the answer", "by way of the bucket"])
def service(request, engine, photo, ledger_table, bucket):
    """The API's address. Responses are limited as by Lambda, or moved to the bucket."""
    money = CreditServices(ledger_table, time.time, engine, bucket=bucket)
    services = money.ports() | {"ask_for_keys": False, "fetch": lambda url, deadline: photo}
    app = create_app(ports(engine, max_result_bytes=request.param, **services))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        with answering(app, listener):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
