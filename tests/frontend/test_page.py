"""The page in a real browser, over the server of `make serve`."""

import re
import socket
import threading
import time
from dataclasses import dataclass
from uuid import uuid4

import numpy as np
import pytest
import requests
import uvicorn
from PIL import Image
from playwright.sync_api import expect

from cutout.adapters.dynamodb import DynamoDbTable
from cutout.adapters.http import create_app
from cutout.adapters.s3 import S3Bucket
from cutout.contract import Options
from tests import ports
from tests.conftest import encoded, opened
from tests.money import Money
from tests.template.templates import SITE
from tools.serve import with_page

pytestmark = [pytest.mark.browser, pytest.mark.aws]


@dataclass(frozen=True)
class Site:
    url: str
    aws: str
    bucket: S3Bucket


@pytest.fixture
def site(aws, engine):
    """As `make serve` has it, with a bucket that knows the page's origin."""
    engine.prepare(Options())
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    origin = f"http://localhost:{listener.getsockname()[1]}"
    kept = aws.deploy(f"page-{uuid4().hex}", SiteOrigin=origin)
    table = DynamoDbTable(aws.client("dynamodb"), kept["LedgerTable"])
    bucket = S3Bucket(aws.client("s3"), kept["PictureBucket"])
    money = Money(table, time.time, engine, bucket=bucket)
    app = create_app(ports.of(engine, **money.ports() | {"ask_for_keys": False}))
    app = with_page(app, picture_origin=aws.url)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Site(origin, aws.url, bucket)
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture
def page(site, empty_page):
    empty_page.goto(site.url)
    return empty_page


def choose(page, name, data):
    page.get_by_label("Choose a photo").set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": data}
    )


def test_a_photo_becomes_a_cutout_that_can_be_downloaded(page, photo):
    choose(page, "disc.png", photo)

    expect(page.get_by_alt_text(re.compile("The subject"))).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "disc-cutout.png"
    cutout = opened(download.value.path().read_bytes())
    assert cutout.mode == "RGBA"
    assert np.asarray(cutout)[0, 0, 3] == 0


def test_what_is_no_photo_is_said_in_words_and_another_can_follow(page, photo):
    choose(page, "notes.png", b"words")

    expect(page.get_by_role("alert")).to_contain_text("Not a picture of a known kind")
    expect(page.get_by_role("link", name="Download")).to_be_hidden()

    choose(page, "disc.png", photo)

    expect(page.get_by_role("link", name="Download")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_hidden()


def test_the_keyboard_reaches_the_picker(page):
    page.keyboard.press("Tab")

    expect(page.get_by_label("Choose a photo")).to_be_focused()


def test_a_cutout_that_is_smaller_than_its_photo_says_so(page):
    large = Image.new("RGB", (4000, 3000), (0, 0, 200))
    large.paste((250, 10, 10), (1000, 1000, 2000, 2000))

    choose(page, "large.png", encoded(large, "PNG", compress_level=1))

    expect(page.get_by_role("status")).to_contain_text("of the photo's 4000 × 3000")


def test_it_may_be_dropped_or_pasted(page, photo):
    for event in ("drop", "paste"):
        page.evaluate(SEND, [event, list(photo)])
        expect(page.get_by_role("status")).to_have_text("Done.")
        expect(page.get_by_role("link", name="Download")).to_be_visible()


# A drop and a paste as the browser makes them, with a file that no dialog has chosen.
SEND = """([kind, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], "disc.png", { type: "image/png" }));
  const given = kind === "drop" ? { dataTransfer: data } : { clipboardData: data };
  const Kind = kind === "drop" ? DragEvent : ClipboardEvent;
  document.querySelector("output").textContent = "";
  document.dispatchEvent(new Kind(kind, { bubbles: true, ...given }));
}"""


def test_deleted_now_there_is_nothing_left_in_the_bucket(page, site, photo):
    choose(page, "disc.png", photo)
    page.get_by_role("button", name="Delete now").click()

    expect(page.get_by_role("status")).to_have_text("Photo and cutout are deleted.")
    expect(page.get_by_role("link", name="Download")).to_be_hidden()
    assert list(site.bucket.files("")) == []


def test_what_takes_long_can_be_cancelled_and_nothing_of_it_stays(page, site, photo, provoked):
    provoked.append("/v1.0/removebg")
    page.route("**/v1.0/removebg", lambda route: None)  # which never answers
    choose(page, "disc.png", photo)
    expect(page.get_by_role("status")).to_contain_text("Finding the subject")

    page.get_by_role("button", name="Cancel").click()

    expect(page.get_by_role("status")).to_have_text("Cancelled. What was sent is deleted.")
    expect(page.get_by_label("Choose a photo")).to_be_focused()
    assert list(site.bucket.files("")) == []
    page.unroute("**/v1.0/removebg")
    choose(page, "disc.png", photo)
    expect(page.get_by_role("link", name="Download")).to_be_visible()


@pytest.mark.parametrize("path", ["/v1.0/uploads", "/v1.0/removebg"])
def test_a_network_that_is_cut_is_told_and_the_photo_can_be_chosen_again(
    page, photo, provoked, path
):
    provoked.append(path)
    address = f"**{path}"
    page.route(address, lambda route: route.abort())
    choose(page, "disc.png", photo)
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")

    page.unroute(address)
    choose(page, "disc.png", photo)

    expect(page.get_by_role("link", name="Download")).to_be_visible()


def test_a_script_in_the_page_itself_is_refused(page):
    refused = []
    page.on("console", lambda message: refused.append(message.text))

    page.evaluate("""() => {
      const script = document.createElement("script");
      script.textContent = "document.title = 'injected'";
      document.body.append(script);
    }""")

    assert page.title() != "injected"
    assert any("Content Security Policy" in text for text in refused)


def test_the_page_comes_with_the_headers_that_cloudfront_gives(page, site):
    told = requests.get(site.url).headers

    site_yaml = SITE.of("AWS::CloudFront::ResponseHeadersPolicy")["PageHeaders"]
    policy = site_yaml["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"][
        "ContentSecurityPolicy"
    ]["ContentSecurityPolicy"]["Fn::Sub"]
    assert told["Content-Security-Policy"] == policy.replace("https://${PictureHost}", site.aws)
    assert told["X-Frame-Options"] == "DENY"
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["Referrer-Policy"] == "same-origin"
    assert "camera=()" in told["Permissions-Policy"]
    assert "Content-Security-Policy" not in requests.get(f"{site.url}/docs").headers


def test_everything_comes_from_this_server_and_its_bucket(page, site, photo):
    choose(page, "disc.png", photo)
    expect(page.get_by_role("link", name="Download")).to_be_visible()

    names = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")

    hosts = {"/".join(name.split("/")[:3]) for name in names if not name.startswith("blob:")}
    assert hosts == {site.url, site.aws}
