"""Fixtures for every tier. Nothing here needs a network, AWS or real weights."""

import os
import shutil
import signal
import threading
from contextlib import contextmanager
from io import BytesIO
from uuid import uuid4

import numpy as np
import pytest
from PIL import Image

from cutout import engines
from cutout.config import Settings
from tests import tiers
from tests.memory import Clock, MemoryTable
from tools.time_limits import limit_s, wait_until

SIDE = 32
# The first, which has no window, takes half the processor time of the others.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--no-first-run"]  # fmt: skip


def pytest_addoption(parser):
    tiers.add_options(parser)


def pytest_configure(config):
    # A shell starts what it runs in the background deaf to Ctrl-C, and processes inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    tiers.set_examples(config)


@pytest.hookimpl(tryfirst=True)  # the markers are there before `-m` looks at them
def pytest_collection_modifyitems(config, items):
    tiers.mark(items)
    tiers.select(config, items)


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef, request):
    tiers.demand_marker(fixturedef, request)


def pytest_sessionfinish(session, exitstatus):
    """Fail skipped tests in CI, where everything that a test needs has to be installed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # in a worker of xdist; the process that reports decides
        return
    if os.environ.get("CI") and reporter.stats.get("skipped") and exitstatus == 0:
        session.exitstatus = 1


@pytest.fixture
def clock():
    """A clock that stands still until a test moves it."""
    return Clock()


@pytest.fixture
def table():
    return MemoryTable()


@pytest.fixture(scope="session")
def by_night(request):
    return request.config.getoption("--nightly")


@pytest.fixture(scope="session")
def repeats(by_night):
    """Return how often a test repeats something: `count` times in nightly runs, else a tenth."""
    return lambda count: count if by_night else max(1, count // 10)


@pytest.fixture(autouse=True)
def no_settings_of_the_developer(monkeypatch):
    for name in list(os.environ):
        if name.startswith("CUTOUT_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def red_folder(tmp_path_factory):
    """A folder with one network of one node, which finds red salient: it gives back the first
    channel of its input, where the card's mean and std have left 0..1."""
    from tests.networks import red_network

    folder = tmp_path_factory.mktemp("models")
    red_network(folder / "red.onnx", SIDE)
    return folder


@pytest.fixture
def settings(red_folder):
    return Settings(model="red", models=str(red_folder), threads=1)


@pytest.fixture
def engine(settings):
    return engines.engine(settings)


@pytest.fixture(scope="session")
def red_disc():
    """A red disc of radius 30 on blue, 120 x 90, with its true alpha."""
    y, x = np.mgrid[:90, :120]
    alpha = (np.hypot(x - 60, y - 45) < 30).astype(np.uint8) * 255
    photo = np.zeros((90, 120, 3), np.uint8)
    photo[..., 2] = 200
    photo[alpha > 0] = (250, 10, 10)
    return Image.fromarray(photo), alpha


@pytest.fixture(scope="session")
def photo(red_disc):
    return encoded(red_disc[0], "PNG")


@pytest.fixture(scope="session")
def plain():
    """A photo without a subject."""
    return encoded(Image.new("RGB", (40, 30), (0, 0, 200)), "PNG")


@pytest.fixture(scope="session")
def aws(tmp_path_factory):
    from tools import local_aws

    if not (local_aws.is_named() or local_aws.PROGRAM.exists()):
        pytest.skip("there is no emulator; `make test` installs it")
    with local_aws.running(tmp_path_factory.mktemp("aws")) as running:
        yield running


@pytest.fixture(scope="module")
def resources(aws):
    """The tables, bucket and queues of template.yaml on the local AWS."""
    return aws.deploy(f"tests-{uuid4().hex}")


@pytest.fixture
def ledger_table(aws, resources):
    """A DynamoDB table. Tests share it; each uses accounts of its own."""
    from cutout.aws.dynamodb import DynamoDbTable

    return DynamoDbTable(aws.service("dynamodb"), resources["LedgerTable"])


@pytest.fixture
def bucket(aws, resources):
    """An S3 bucket that tests share."""
    from cutout.aws.s3 import S3Bucket

    return S3Bucket(aws.caller("s3"), resources["PictureBucket"])


@pytest.fixture
def queue(aws):
    """The URL of an SQS queue of the test's own."""
    return aws.client("sqs").create_queue(QueueName=uuid4().hex)["QueueUrl"]


@pytest.fixture
def machines(aws):
    """State machines of the test's own, with a bucket."""
    from tests.state_machines import StateMachines

    return StateMachines.on(aws)


@pytest.fixture
def account():
    return f"shop-{uuid4().hex[:12]}"


@pytest.fixture
def provoked():
    """The URL suffixes of requests that a test makes fail on purpose."""
    return []


@contextmanager
def chromium():
    if not CHROMIUM:
        pytest.skip("there is no Chromium on this machine")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=1000 * limit_s(5))
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=QUIET, timeout=1000 * limit_s(30)
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def browser():
    """A Chromium browser. While it runs, Playwright's event loop runs in the tests' thread."""
    with chromium() as started:
        yield started


@pytest.fixture
def screen():
    """Playwright's options for the browser context. Tests override it."""
    return {}


@pytest.fixture
def empty_page(browser, screen, provoked):
    """A page of a real browser, which fails the test on any unexpected error."""
    with browser.new_context(**{"locale": "en-GB"} | screen) as context:
        context.set_default_timeout(1000 * limit_s(30))
        with watched(context.new_page(), provoked) as page:
            yield page


@contextmanager
def watched(page, provoked):
    """Yield a page and fail on errors of scripts, requests and console that are not `provoked`."""
    errors, uncaught = [], []
    page.on("pageerror", lambda error: uncaught.append(str(error)))
    page.on("requestfailed", lambda request: errors.append(request.url))
    page.on("console", lambda message: errors.extend(_error(message)))
    yield page
    assert uncaught == []
    assert [error for error in errors if not error.endswith(tuple(provoked))] == []


def _error(message):
    if message.type == "error":
        yield f"{message.text} at {message.location['url']}"


@contextmanager
def served(server):
    """Run a server of http.server in the background."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def answering(app, listener):
    """Run an ASGI app in the background on a bound socket."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()

    def listens():
        if not thread.is_alive():
            raise RuntimeError("uvicorn ended before it listened")
        return server.started

    try:
        wait_until(listens, "uvicorn to listen")
        yield
    finally:
        server.should_exit = True
        thread.join()


def encoded(image, kind, **parameters):
    buffer = BytesIO()
    image.save(buffer, kind, **parameters)
    return buffer.getvalue()


def opened(data):
    return Image.open(BytesIO(data))
