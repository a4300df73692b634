"""Services for clients: a real one, and one whose responses a test scripts."""

import json
import os
import secrets
import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

import numpy as np
import pytest
import trustme
from PIL import Image

from cutout.web.app import create_app
from tests.conftest import answering, encoded, served
from tests.credit_services import CreditServices
from tests.processes import output
from tests.web_ports import ports

KEY = "ck_0123456789abcdef"
HEADERS = {
    "X-Width": "4", "X-Height": "3", "X-Foreground-Left": "1", "X-Foreground-Top": "1",
    "X-Foreground-Width": "2", "X-Foreground-Height": "1", "X-Cutout-Model": "red",
    "X-Cutout-Model-Version": "3", "X-Cutout-Confidence": "0.900", "X-Credits-Charged": "0.25",
    "X-Cutout-Looks": "2", "X-Cutout-Looks-Skipped": "1",
}  # fmt: skip


@dataclass(frozen=True)
class Service:
    url: str
    key: str
    account: str
    money: CreditServices
    line: "RecordingProxy"


class RecordingProxy:
    """ASGI middleware that records Idempotency-Keys and can lose responses of executed requests."""

    def __init__(self, app):
        self.app = app
        self.loses = 0
        self.names = []

    async def __call__(self, scope, receive, send):
        if not scope.get("path", "").endswith("/removebg"):
            return await self.app(scope, receive, send)
        self.names.append(dict(scope["headers"])[b"idempotency-key"].decode())
        if not self.loses:
            return await self.app(scope, receive, send)
        self.loses -= 1
        await self.app(scope, receive, nowhere)
        # A body that was promised and does not come.
        promise = [(b"content-length", b"100")]
        await send({"type": "http.response.start", "status": 200, "headers": promise})


async def nowhere(message):
    pass


@pytest.fixture
def service(aws, engine, ledger_table, bucket, account):
    """A service on the local AWS, with an account without credits."""
    money = CreditServices(
        ledger_table,
        time.time,
        engine,
        digits=lambda count: secrets.token_hex(count)[:count],
        bucket=bucket,
    )
    key = money.accounts.create_key(account)
    line = RecordingProxy(create_app(ports(engine, **{"max_bytes": 30_000_000} | money.ports())))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        with answering(line, listener):
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            yield Service(url, key, account, money, line)


class ScriptedHandler(BaseHTTPRequestHandler):
    """A service whose removebg sends the next scripted response; after the last one it succeeds."""

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.note(body)
        here = f"http://127.0.0.1:{self.server.server_port}"
        match self.path:
            case "/v1.0/uploads":
                ticket = {"upload_id": "u1", "url": f"{here}/bucket", "fields": {"key": "photo"}}
                self.say(201, {"data": ticket | self.server.ticket})
            case "/v1.0/removebg":
                with self.server.at_work():
                    time.sleep(self.server.takes_s)
                    self.next(here)
            case _:
                self.say(204)

    def next(self, here):
        if self.server.script:
            return self.say(*self.server.script.pop(0))
        self.say(200, {"data": {"result_url": f"{here}/result"}}, HEADERS)

    def do_GET(self):
        self.note()
        self.say(200, b"cutout", {"Content-Type": "image/png"})

    def do_DELETE(self):
        self.note()
        self.say(204)

    def note(self, body=b""):
        self.server.asked.append((self.command, self.path, dict(self.headers), body))

    def say(self, status, body=b"", headers=None):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, text in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)


class ScriptedServer(ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), ScriptedHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.script, self.asked, self.ticket, self.takes_s = [], [], {}, 0
        self.now = self.most = 0
        self.lock = Lock()

    @contextmanager
    def at_work(self):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        yield
        with self.lock:
            self.now -= 1


@pytest.fixture
def scripted():
    with served(ScriptedServer()) as server:
        yield server


@pytest.fixture
def safe(monkeypatch, tmp_path):
    """A scripted service on https, whose tickets and results are on http by default."""
    server, authority = ScriptedServer(), trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # it hangs up
    server.url = server.url.replace("http:", "https:")
    with served(server):
        yield server


@pytest.fixture
def silent():
    """A host that accepts connections and sends nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def problem(code, detail="so it is"):
    return {"errors": [{"title": "A title", "code": code, "detail": detail}]}


def discs(count):
    """Yield distinct photos."""
    y, x = np.mgrid[:90, :120]
    for index in range(count):
        photo = np.zeros((90, 120, 3), np.uint8)
        photo[..., 2] = 150 + index
        photo[np.hypot(x - 60, y - 45) < 30] = (250, 10, 10)
        yield encoded(Image.fromarray(photo), "PNG")


@pytest.fixture
def environment():
    return os.environ | {"CUTOUT_API_KEY": KEY}


@pytest.fixture
def command(environment, tmp_path):
    """Return a function that starts `cutout batch in out`."""

    def start(url, *more):
        words = [sys.executable, "-m", "cutout", "batch", "in", "out", "--api", url, *more]
        return subprocess.Popen(
            words, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    return start


@pytest.fixture
def run(command):
    """Return a function that runs the command and returns its exit code and output."""

    def to_its_end(url, *more):
        process = command(url, *more)
        reported = "".join(output(process))
        return process.returncode, reported

    return to_its_end


@pytest.fixture
def folder(tmp_path):
    """A folder with ten photos."""
    (tmp_path / "in").mkdir()
    for index, data in enumerate(discs(10)):
        (tmp_path / "in" / f"{index}.png").write_bytes(data)
    return tmp_path / "in"
