"""The page in a real browser, over the server of `make serve`."""

import re
import socket
import threading
import time

import numpy as np
import pytest
import uvicorn
from playwright.sync_api import expect

from cutout import bootstrap
from cutout.contract import Options
from tests.conftest import opened
from tools.serve import with_page

pytestmark = pytest.mark.browser


@pytest.fixture
def site(settings, engine):
    engine.prepare(Options())
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    app = with_page(bootstrap.app(settings, engine, lambda result: None))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://localhost:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture
def page(site, empty_page):
    empty_page.goto(site)
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


def test_everything_comes_from_this_server(page, site):
    hosts = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")

    assert hosts
    assert all(name.startswith(site) for name in hosts)
