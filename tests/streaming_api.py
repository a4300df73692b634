"""Lambda's runtime API, and in front of it API Gateway with an integration that streams."""

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from urllib.parse import parse_qsl, urlsplit

from tests.conftest import served
from tools.gateway import event
from tools.time_limits import limit_s

SECONDS = 60  # for a runtime to start and to respond
REQUEST_BYTES = 6_291_556  # of JSON, which Lambda takes at most
# template.yaml's response for REQUEST_TOO_LARGE, without its detail.
TOO_LARGE = b'{"errors":[{"title":"File too large","code":"file_too_large"}]}'
DELIMITER_BYTES, WITHIN = bytes(8), 16 * 1024  # API Gateway looks no further for the delimiter


@dataclass
class Invocation:
    event: dict
    hangs_up: bool = False  # after the first chunk
    reads_after_s: float = 0
    reply: Queue = field(default_factory=Queue)


@dataclass(frozen=True)
class Stream:
    """A response that a Lambda runtime streamed: its HTTP headers and its chunks."""

    headers: dict
    chunks: list

    @property
    def parts(self):
        """The JSON before the delimiter, and the body."""
        head, delimiter, body = b"".join(self.chunks).partition(DELIMITER_BYTES)
        assert delimiter and len(head) + len(delimiter) <= WITHIN
        return json.loads(head), body


class RuntimeApi(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), RuntimeRequest)
        self.address = f"127.0.0.1:{self.server_port}"
        self.waiting, self.running = Queue(), {}

    def invoke(self, event, hangs_up=False, reads_after_s=0):
        """Return what the runtime streams, or None where the stream was cut."""
        invocation = Invocation(event, hangs_up, reads_after_s)
        self.waiting.put(invocation)
        return invocation.reply.get(timeout=limit_s(SECONDS))

    def end(self):
        """Refuse the next request for an event, so that the runtime ends."""
        self.waiting.put(None)


class RuntimeRequest(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        assert self.path == "/2018-06-01/runtime/invocation/next"
        invocation = self.server.waiting.get()
        name = f"request-{id(invocation)}"
        self.server.running[name] = invocation
        body = json.dumps(invocation.event if invocation else {"errorType": "Ended"}).encode()
        self.send_response(200 if invocation else 403)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Lambda-Runtime-Aws-Request-Id", name)
        self.send_header("Lambda-Runtime-Invocation-Id", "third-try")
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:::function:api")
        self.send_header("Lambda-Runtime-Trace-Id", f"Root={name}")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        name, _, what = self.path.removeprefix("/2018-06-01/runtime/invocation/").partition("/")
        assert what == "response"
        invocation = self.server.running.pop(name)
        sent = []
        time.sleep(invocation.reads_after_s)
        for chunk in chunks(self.rfile):
            sent.append(chunk)
            if invocation.hangs_up:
                self.connection.shutdown(2)
                self.close_connection = True
                return invocation.reply.put(None)
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        invocation.reply.put(Stream(dict(self.headers), sent))


def chunks(file):
    """Yield the chunks of a body in HTTP's chunked coding, without trailers."""
    while size := int(file.readline(), 16):
        yield file.read(size)
        file.readline()
    assert file.readline() == b"\r\n"


class GatewayRequest(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def _forward(self):
        url = urlsplit(self.path)
        if self.headers["Transfer-Encoding"]:
            body = b"".join(chunks(self.rfile))
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        sent = event(self.command, url.path, self.headers, dict(parse_qsl(url.query)), body)
        if len(json.dumps(sent)) > REQUEST_BYTES:
            return self._refuse()
        head, body = self.server.runtime.invoke(sent).parts
        assert head.keys() <= {"statusCode", "headers", "multiValueHeaders", "cookies"}
        self.send_response(head["statusCode"])
        repeated = [
            (name, text) for name, them in head["multiValueHeaders"].items() for text in them
        ]
        for name, text in [*head["headers"].items(), *repeated]:
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self):
        self.send_response(413)
        self.send_header("Content-Length", str(len(TOO_LARGE)))
        self.end_headers()
        self.wfile.write(TOO_LARGE)

    do_GET = do_POST = do_DELETE = do_OPTIONS = _forward


@contextmanager
def gateway(runtime):
    """Yield the address of an API whose requests the runtime of a RuntimeApi handles."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), GatewayRequest)
    server.runtime = runtime
    with served(server):
        yield f"http://127.0.0.1:{server.server_port}"
