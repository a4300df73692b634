"""`cutout migrate --check`: against services as they are, and against one that breaks a rule."""

import json
import os
import socket
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from PIL import Image

from cutout.errors import InvalidSetting
from cutout.migrate import conformance, png, samples
from cutout.migrate.calls import CALLS, OPEN
from cutout.migrate.service import Service
from cutout.web.app import create_app
from tests.conftest import answering, encoded, opened, served
from tests.credit_services import CreditServices
from tests.streaming_api import RuntimeApi, gateway
from tests.web_ports import ports

pytestmark = pytest.mark.slow

NEED_KEYS = {call.name for call in CALLS if call.key is not None}
UPLOADS = {
    "upload: POST /v1.0/uploads", "upload: the file to the bucket",
    "upload: removebg answers 303 with the contract's headers", "upload: the result at Location",
    "upload: result_url in JSON", "upload: DELETE",
}  # fmt: skip


@pytest.fixture
def serve():
    """Return a function that runs an app on a free port until the test ends."""
    from contextlib import ExitStack

    with ExitStack() as running:

        def run(app):
            listener = running.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            running.enter_context(answering(app, listener))
            return f"http://127.0.0.1:{listener.getsockname()[1]}"

        yield run


def check(url, key="", calls=CALLS):
    """Return the names of the calls that passed and were skipped, and what is wrong in others."""
    outcomes = list(conformance.check(Service(url, key), calls))
    failed = {outcome.name: outcome.wrong for outcome in outcomes if outcome.wrong}
    skipped = {outcome.name for outcome in outcomes if outcome.skipped}
    return {outcome.name for outcome in outcomes} - skipped - failed.keys(), skipped, failed


def command(*arguments, **env):
    words = [sys.executable, "-m", "cutout", "migrate", "--check", *arguments]
    environment = {**os.environ, **env}
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


def test_the_plain_server_passes(serve, engine):
    url = serve(create_app(ports(engine, max_bytes=22_000_000)))

    passed, skipped, failed = check(url)

    assert failed == {}
    assert passed == {call.name for call in CALLS} - NEED_KEYS
    assert skipped == NEED_KEYS | {"upload"}


def test_a_service_with_keys_credits_and_uploads_passes(
    serve, engine, aws, ledger_table, bucket, account
):
    money = CreditServices(ledger_table, time.time, engine, bucket=bucket)
    key = money.accounts.create_key(account)
    money.ledger.grant(account, 400)
    app = create_app(ports(engine, **money.ports() | {"max_bytes": 22_000_000}))

    passed, skipped, failed = check(serve(app), key)

    assert (skipped, failed) == (set(), {})
    assert passed == {call.name for call in CALLS} | UPLOADS
    assert 400 - money.ledger.balance(account) <= 4 * 8  # quarters; --help says 8 credits at most


def test_the_service_behind_api_gateway_passes_under_lambdas_limits(red_folder, monkeypatch):
    with served(RuntimeApi()) as runtime:
        settings = {
            "AWS_LAMBDA_RUNTIME_API": runtime.address, "AWS_LAMBDA_FUNCTION_NAME": "api",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769", "_X_AMZN_TRACE_ID": "",
            "CUTOUT_MODEL": "red", "CUTOUT_MODELS": str(red_folder), "CUTOUT_THREADS": "1",
            "CUTOUT_ASK_FOR_KEYS": "false", "CUTOUT_STREAM_RESPONSES": "true",
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "cutout.lambdas.api"],
            env=os.environ | settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            with gateway(runtime) as url:
                passed, skipped, failed = check(url)
                large = next(call for call in CALLS if "MB" in call.name)
                status = Service(url, "").send(large).status
        finally:
            process.terminate()
            process.wait()

    assert failed == {}
    assert passed == {call.name for call in CALLS} - NEED_KEYS
    assert skipped == NEED_KEYS | {"upload"}
    assert status == 413


class Recorder(Service):
    """Keeps the responses of a service, for a server that repeats them."""

    def __init__(self, url, key):
        super().__init__(url, key)
        self.responses = []

    def send(self, call):
        response = super().send(call)
        self.responses.append((call.name, response))
        return response


class Repeating(BaseHTTPRequestHandler):
    """Repeats recorded responses in their order, each after a change."""

    def log_message(self, *_):
        pass

    def _repeat(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        name, response = self.server.responses.pop(0)
        headers = {header.lower(): text for header, text in response.headers.items()}
        status, headers, body = self.server.change(name, response.status, headers, response.body)
        self.send_response(status)
        for header, text in {**headers, "content-length": str(len(body))}.items():
            self.send_header(header, text)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = _repeat


@pytest.fixture(scope="module")
def recorded(red_folder):
    """The responses of the plain server to a check."""
    from cutout import engines
    from cutout.config import Settings

    engine = engines.engine(Settings(model="red", models=str(red_folder), threads=1))
    app = create_app(ports(engine, max_bytes=22_000_000))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        with answering(app, listener):
            recorder = Recorder(f"http://127.0.0.1:{listener.getsockname()[1]}", "")
            list(conformance.check(recorder))
    return recorder.responses


@pytest.fixture
def broken(recorded):
    """Return a function that yields a server whose responses a function has changed."""

    def run(change):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Repeating)
        server.responses, server.change = list(recorded), change
        return served(server)

    return run


def recoded(body, alter):
    """Return a PNG file after a change of its picture."""
    image = opened(body)
    return encoded(alter(image) or image, "PNG")


def spoilt(body):
    def alter(image):
        image.putpixel((1, 1), (9, 9, 9, 0))

    return recoded(body, alter)


def deflated(body):
    buffer = BytesIO()
    with ZipFile(BytesIO(body)) as old, ZipFile(buffer, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return buffer.getvalue()


def without(headers, name):
    return {key: text for key, text in headers.items() if key.lower() != name.lower()}


def account_with(body, **more):
    data = json.loads(body)
    data["data"]["attributes"]["credits"] |= more
    return json.dumps(data).encode()


FIRST = "source: a PNG file"
# A call that has to fail, the change of its response, and a part of what is reported.
BREAKAGES = [
    (FIRST, lambda s, h, b: (s, without(h, "X-Width"), b), "X-Width"),
    (FIRST, lambda s, h, b: (s, without(h, "X-Credits-Charged"), b), "X-Credits-Charged"),
    (FIRST, lambda s, h, b: (s, h | {"x-credits-charged": "2"}, b), "0 or 0.25 or 1, came '2'"),
    (FIRST, lambda s, h, b: (s, without(h, "Access-Control-Allow-Origin"), b), "no such header"),
    (FIRST, lambda s, h, b: (s, h, spoilt(b)), "expected colour 0 where alpha is 0"),
    (FIRST, lambda s, h, b: (s, h, recoded(b, lambda image: image.convert("RGB"))), "RGBA"),
    (FIRST, lambda s, h, b: (s, h, recoded(b, lambda image: image.resize((80, 60)))), "80x60"),
    (FIRST, lambda s, h, b: (500, h, b"oh"), "expected status 200, came 500 oh"),
    ("answer: JSON, by Accept", lambda s, h, b: (s, h, b.replace(b"_top", b"_y")), "foreground_y"),
    ("answer: X-Type is the type sent", lambda s, h, b: (s, h | {"x-type": "a"}, b), "came a"),
    ("format=jpg", lambda s, h, b: (s, h, samples.small()), "expected file JPEG, came PNG"),
    ("format=zip", lambda s, h, b: (s, h, deflated(b)), "stored"),
    ("bg_color", lambda s, h, b: (s, h, samples.small()), "(16, 40, 80)"),
    ("size: preview unless named", lambda s, h, b: (s, h, samples.large()), "came 270000"),
    ("crop=true", lambda s, h, b: (s, h | {"x-foreground-left": "3"}, b), "came (3, 0,"),
    ("error: no source", lambda s, h, b: (s, h, b'{"message": "no"}'), "expected JSON with errors"),
    ("error: size=huge", lambda s, h, b: (s, h, b.replace(b"_size", b"")), "came invalid"),
    ("error: not a picture", lambda s, h, b: (422, h, b), "expected status 400, came 422"),
    ("account: credits", lambda s, h, b: (s, h, account_with(b, new=1)), "'new'"),
    ("rembg: om=true", lambda s, h, b: (s, h, samples.small()), "grey"),
    ("rembg: no file", lambda s, h, b: (500, h, b), "expected status 422, came 500"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "wrong"), BREAKAGES)
def test_a_service_that_breaks_a_rule_fails_its_call(broken, name, change, wrong):
    def one(called, status, headers, body):
        is_it = called == name
        return change(status, headers, body) if is_it else (status, headers, body)

    call = next(call for call in CALLS if call.name == name)
    with broken(one) as server:
        server.responses = [
            (called, response)
            for called, response in server.responses
            if called in (OPEN.name, name, "")  # the last is that of uploads
        ]
        _, _, failed = check(f"http://127.0.0.1:{server.server_port}", calls=[call])

    assert failed.keys() == {name}
    assert wrong in failed[name]


def test_the_command_prints_each_call_and_fails_with_one_of_them(broken):
    def change(called, status, headers, body):
        return (status, headers, b"[]") if called == "format=webp" else (status, headers, body)

    with broken(change) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        outcome = command(url)

    assert outcome.returncode == 1
    assert "FAILED   format=webp: expected file WEBP, came another kind" in outcome.stdout
    assert f"passed   {FIRST}" in outcome.stdout
    count = len(CALLS) - len(NEED_KEYS)
    assert outcome.stdout.endswith(f"{count - 1} of {count} calls passed, 4 skipped\n")
    assert outcome.stderr == ""


def test_a_service_that_asks_for_a_key_needs_one_and_shows_it_nowhere(broken, recorded):
    sent = []

    def closed(called, status, headers, body):
        sent.append(called)
        return 403, headers, b"no: secret-key"

    with broken(closed) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        without_key = command(url, CUTOUT_API_KEY="")
        server.responses = recorded[:1] + recorded[:1] * (len(CALLS) + 1)
        with_key = command(url, CUTOUT_API_KEY="secret-key")

    assert without_key.returncode == 2
    assert "the service asks for a key" in without_key.stderr
    assert with_key.returncode == 1
    assert "secret-key" not in with_key.stdout + with_key.stderr
    assert sent[0] == OPEN.name


def test_a_key_is_never_sent_over_http_to_another_machine():
    with pytest.raises(InvalidSetting, match="http would show the key"):
        Service("http://cutout.example", "key")
    assert command("http://cutout.example", "--key", "k").returncode == 2
    assert command("no address").returncode == 2


def test_an_address_without_a_service_is_one_sentence():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    outcome = command(f"http://127.0.0.1:{port}")

    assert outcome.returncode == 1
    assert outcome.stderr.count("\n") == 1 and "no connection" in outcome.stderr
    assert outcome.stdout == ""


@pytest.mark.parametrize("mode", ["RGBA", "RGB", "L", "LA"])
def test_pictures_are_read_as_pillow_reads_them(red_disc, mode):
    image = red_disc[0].convert(mode)
    picture = png.read(encoded(image, "PNG"))

    assert b"".join(picture.rows) == image.tobytes()
    assert opened(png.write(picture)).tobytes() == image.tobytes()


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", samples.small()[:100], samples.JPEG])
def test_what_is_no_whole_png_file_is_none(data):
    assert png.read(data) is None


@pytest.mark.parametrize("data", [samples.small(), samples.padded(10_000), samples.large(),
                                  samples.black(), samples.JPEG, samples.WEBP])  # fmt: skip
def test_the_samples_are_pictures(data):
    with Image.open(BytesIO(data)) as image:
        image.load()
