"""Fixtures for the page in a real browser, served as by `make serve`."""

import re
import socket
import time
from dataclasses import dataclass
from uuid import uuid4

import pytest

from cutout.aws.dynamodb import DynamoDbTable
from cutout.aws.s3 import S3Bucket
from cutout.options.record import Options
from cutout.web.app import create_app
from tests.conftest import answering, chromium, opened
from tests.credit_services import CreditServices
from tests.web_ports import ports
from tools.serve import with_page


@dataclass(frozen=True)
class Site:
    url: str
    aws: str
    bucket: S3Bucket


@pytest.fixture
def fetch():
    """A replacement for the function that fetches images by URL. Tests override it."""
    return None


@pytest.fixture
def site(aws, engine, fetch):
    """Serve page and API as `make serve` does, with a bucket that allows the page's origin."""
    engine.prepare(Options())
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    origin = f"http://localhost:{listener.getsockname()[1]}"
    kept = aws.deploy(f"page-{uuid4().hex}", SiteOrigin=origin)
    table = DynamoDbTable(aws.service("dynamodb"), kept["LedgerTable"])
    bucket = S3Bucket(aws.caller("s3"), kept["PictureBucket"])
    money = CreditServices(table, time.time, engine, bucket=bucket)
    changes = money.ports() | {"ask_for_keys": False} | ({"fetch": fetch} if fetch else {})
    app = with_page(create_app(ports(engine, **changes)), picture_origin=aws.url)
    with listener, answering(app, listener):
        yield Site(origin, aws.url, bucket)


@pytest.fixture(scope="package")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def page(site, empty_page):
    empty_page.goto(site.url)
    return empty_page


def file(name, data, media_type="image/png"):
    return {"name": name, "mimeType": media_type, "buffer": data}


def choose(page, *files):
    page.get_by_label("Choose photos").set_input_files(list(files))


def tool(page, name):
    """Open a group of controls beside the picture."""
    page.locator("summary", has_text=re.compile(f"^{name}$")).click()


def saved(page):
    """Click on Download and return the name and the picture of the file."""
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("^Download (PNG|WebP|JPEG)")).click()
    return download.value.suggested_filename, opened(download.value.path().read_bytes())


def colour_at(page, x, y):
    """Return the shown picture's colour at shares of its width and height."""
    box = page.locator(".world").bounding_box()
    seen = opened(page.screenshot()).convert("RGB")
    return seen.getpixel((box["x"] + x * box["width"], box["y"] + y * box["height"]))


def send(page, event, *files, text=""):
    """Dispatch a drop or paste event with files or a text, as a browser does."""
    sent = [{**one, "buffer": list(one["buffer"])} for one in files]
    page.evaluate(SEND, [event, sent, text])


SEND = """([kind, files, text]) => {
  const data = new DataTransfer();
  for (const { name, mimeType, buffer } of files) {
    data.items.add(new File([new Uint8Array(buffer)], name, { type: mimeType }));
  }
  if (text) data.setData("text/plain", text);
  const given = kind === "paste" ? { clipboardData: data } : { dataTransfer: data };
  const Kind = kind === "paste" ? ClipboardEvent : DragEvent;
  document.body.dispatchEvent(new Kind(kind, { bubbles: true, cancelable: true, ...given }));
}"""
