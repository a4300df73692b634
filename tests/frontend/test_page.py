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

from cutout import errors
from cutout.adapters.dynamodb import DynamoDbTable
from cutout.adapters.http import create_app
from cutout.adapters.s3 import S3Bucket
from cutout.contract import Options
from tests import ports
from tests.conftest import encoded, opened
from tests.money import Money
from tests.template.templates import SITE
from tools.serve import FRONTEND, with_page

pytestmark = [pytest.mark.browser, pytest.mark.aws]


BLUE = (0, 0, 200)  # the ground of the photo


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


def choose(page, name, data, media_type="image/png"):
    page.get_by_label("Choose a photo").set_input_files(
        {"name": name, "mimeType": media_type, "buffer": data}
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

    expect(page.get_by_role("alert")).to_contain_text("no photo that can be read here")
    expect(page.get_by_role("link", name="Download")).to_be_hidden()

    choose(page, "disc.png", photo)

    expect(page.get_by_role("link", name="Download")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_hidden()


@pytest.mark.parametrize(
    ("data", "media_type", "words"),
    [
        (b"words", "text/plain", "no photo that can be read here"),
        (b"", "image/png", "damaged or cut short"),
        (bytes(23 * 1024 * 1024), "image/png", "more than 22 MB"),
    ],
)
def test_what_cannot_be_taken_is_said_before_anything_is_sent(page, data, media_type, words):
    asked = []
    page.on("request", lambda request: asked.append(request.url))

    choose(page, "file.png", data, media_type)

    expect(page.get_by_role("alert")).to_contain_text(words)
    assert [url for url in asked if not url.endswith("icon.svg")] == []


def test_a_photo_without_a_subject_is_told_with_what_can_be_done(page, plain):
    choose(page, "plain.png", plain)

    expect(page.get_by_role("alert")).to_contain_text("Crop it closer")


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (429, '{"errors": [{"title": "t", "code": "allowance_used_up", "detail": "d"}]}', "today"),
        (418, '{"errors": [{"title": "Tea", "code": "teapot", "detail": "hot"}]}', "Tea: hot."),
        (502, "<html>Bad gateway</html>", "not available just now"),
    ],
)
def test_whatever_the_server_says_is_told_in_words(page, photo, status, body, words):
    page.route("**/v1.0/uploads", lambda route: route.fulfill(status=status, body=body))

    choose(page, "disc.png", photo)

    expect(page.get_by_role("alert")).to_contain_text(words)


def test_every_code_that_the_page_has_words_for_is_one():
    words = (FRONTEND / "messages/en.js").read_text()
    codes = set(re.findall(r"^  (\w+_\w+|timeout|unavailable): \"", words, re.MULTILINE))
    known = {kind.code for kind in vars(errors).values() if hasattr(kind, "code")}

    assert codes - known == {"cut_off"}  # which the page finds out by itself


def test_the_keyboard_reaches_the_picker(page):
    page.keyboard.press("Tab")

    expect(page.get_by_label("Choose a photo")).to_be_focused()


def test_a_cutout_is_as_large_as_its_photo(page):
    large = Image.new("RGB", (4000, 3000), (0, 0, 200))
    large.paste((250, 10, 10), (1000, 1000, 2000, 2000))

    choose(page, "large.png", encoded(large, "PNG", compress_level=1))

    expect(page.get_by_role("status")).to_have_text("Done.")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert opened(download.value.path().read_bytes()).size == (4000, 3000)


def colour_at(page, x, y):
    """Of the page as it is seen, at shares of the picture's width and height."""
    box = page.get_by_alt_text(re.compile("The subject")).bounding_box()
    seen = opened(page.screenshot()).convert("RGB")
    return seen.getpixel((box["x"] + x * box["width"], box["y"] + y * box["height"]))


def test_the_photo_is_uncovered_as_far_as_the_slider_stands_by_keyboard_alone(page, photo):
    choose(page, "disc.png", photo)
    slider = page.get_by_role("slider")
    expect(slider).to_have_value("0")
    assert colour_at(page, 0.02, 0.1) != BLUE

    slider.press("End")
    assert colour_at(page, 0.02, 0.1) == colour_at(page, 0.95, 0.1) == BLUE

    slider.fill("50")
    assert colour_at(page, 0.02, 0.1) == BLUE
    assert colour_at(page, 0.95, 0.1) != BLUE


def test_a_photo_that_no_browser_shows_has_no_slider(page, red_disc):
    choose(page, "disc.tiff", encoded(red_disc[0], "TIFF"), "image/tiff")

    expect(page.get_by_alt_text(re.compile("The subject"))).to_be_visible()
    expect(page.get_by_role("slider")).to_be_hidden()


@pytest.mark.parametrize(
    ("name", "colour"), [("white", (255, 255, 255)), ("black", (0, 0, 0)), ("green", (0, 255, 0))]
)
def test_the_cutout_can_be_looked_at_on_other_grounds_and_stays_transparent(
    page, photo, name, colour
):
    choose(page, "disc.png", photo)

    page.get_by_role("radio", name=name).check()

    assert colour_at(page, 0.05, 0.1) == colour
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert np.asarray(opened(download.value.path().read_bytes()))[0, 0, 3] == 0


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
