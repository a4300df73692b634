"""The API on free ports: with keys, without, and with results in the bucket only."""

import socket
import time
from contextlib import ExitStack, contextmanager
from functools import cache
from uuid import uuid4

import numpy as np
import pytest
from PIL import Image

from cutout import engines
from cutout.config import STREAMED_RESULT_BYTES, Settings
from cutout.errors import ImageDownloadFailed
from cutout.picture import Size
from cutout.web.app import create_app
from tests.clients.runners import MISSING
from tests.conftest import answering, encoded
from tests.credit_services import CreditServices
from tests.memory import Clock
from tests.web_ports import ports


@pytest.fixture(scope="package")
def photo(red_disc):
    """A photo of more than 0.25 megapixels, which cost a credit."""
    return encoded(red_disc[0].resize((600, 450), Image.Resampling.NEAREST), "PNG")


@pytest.fixture(scope="package")
def large_photo():
    """A photo with a reddish subject of noise, whose cutout Lambda cannot return in one piece."""
    noise = np.random.default_rng(1).integers(0, 256, (1500, 2000, 3), np.uint8)
    noise[..., 0] = 0
    noise[100:-100, 100:-100, 0] = 255
    return encoded(Image.fromarray(noise), "PNG", compress_level=1)


@pytest.fixture(scope="package")
def engine(red_folder):
    return engines.engine(Settings(model="red", models=str(red_folder), threads=1))


@pytest.fixture(scope="package")
def cut_out(engine):
    """Return a function that returns the bytes of a photo's cutout, which it makes once."""
    return cache(lambda data, options: engine.remove_background(data, options).data)


@pytest.fixture(scope="package")
def serve(aws, engine, photo):
    """Return a context manager that runs the API and yields its Service."""
    from cutout.aws.dynamodb import DynamoDbTable
    from cutout.aws.s3 import S3Bucket

    resources = aws.deploy(f"tests-{uuid4().hex}")
    table = DynamoDbTable(aws.service("dynamodb"), resources["LedgerTable"])
    bucket = S3Bucket(aws.caller("s3"), resources["PictureBucket"])

    def fetch(url, deadline):
        if url == MISSING:
            raise ImageDownloadFailed("the host responded with 404", 404)
        return photo

    @contextmanager
    def serve(**changes):
        clock = Clock()
        clock.now = time.time()
        money = CreditServices(table, clock, engine, bucket=bucket)
        limits = {"max_bytes": 22_000_000, "max_result_bytes": STREAMED_RESULT_BYTES}
        changes = limits | {"fetch": fetch} | changes
        app = create_app(ports(engine, **money.ports() | changes))
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            with answering(_obeyed(app, clock), listener):
                yield Service(listener.getsockname()[1], money)

    return serve


@pytest.fixture(scope="package")
def services(serve):
    """Return a function that starts a service at its first use: as on AWS, as on a laptop, or with
    all results in the bucket (303).
    """
    changes = {
        "": {},
        "laptop": {"ask_for_keys": False, "max_result_bytes": 0, "credits": None},
        "303": {"max_result_bytes": 10},
    }
    with ExitStack() as running:
        yield cache(lambda name: running.enter_context(serve(**changes[name])))


class Service:
    """The API's port, and its keys."""

    def __init__(self, port, money):
        self.port = port
        self.address = f"http://127.0.0.1:{port}"
        self._money = money

    def key(self, kind):
        """Return a key of an account with 100 credits, or one with what is the matter.

        A key at its rate limit has to wait a second.
        """
        if kind == "unknown key":
            return "key"
        accounts = self._money.accounts
        account = f"shop-{uuid4().hex[:12]}"
        megapixels = 60 if kind == "rate limit" else 500
        key = accounts.create_key(account, megapixels_per_minute=megapixels)
        if kind != "no credits":
            self._money.ledger.grant(account, 400)
        if kind == "rate limit":
            self._money.rate_limit.usage(accounts.authenticate(key), Size(10_000, 6000)).count()
        return key


def _obeyed(app, clock):
    """Move the clock on by as much as each 429 tells the client to wait."""

    async def respond(scope, receive, send):
        async def seen(message):
            if message["type"] == "http.response.start" and message["status"] == 429:
                clock.now += int(dict(message["headers"])[b"retry-after"])
            await send(message)

        await app(scope, receive, seen)

    return respond
