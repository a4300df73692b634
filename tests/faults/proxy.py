"""A proxy before the local AWS which makes calls slow, throttled, unanswered or half answered.

The faults that the nth call of an operation meets depend on the seed alone, so that a run of one
thread can be repeated.
"""

import json
import random
import socket
import struct
import sys
import threading
from collections import Counter, defaultdict
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.conftest import served

# What may happen to a call, with its weight.
KINDS = {
    "slow": 6,  # the answer comes late
    "throttled": 4,  # refused with the service's own error
    "failed": 3,  # 500, and nothing was done
    "done but failed": 2,  # 500, though it was done
    "refused": 3,  # the connection ends before the call
    "unanswered": 3,  # it is done, and the connection ends without an answer
    "cut": 3,  # half an answer
    "hung": 0.2,  # it is done, and the answer comes after the service has given up
}
SLOW_S, HUNG_S = 0.3, 6  # aws/client.py waits for five seconds
SERVICES = {"DynamoDB_20120810": "DynamoDB", "AmazonSQS": "SQS"}  # by the X-Amz-Target
PREFIXES = {"DynamoDB": "com.amazonaws.dynamodb.v20120810", "SQS": "com.amazonaws.sqs"}
ERRORS = {  # status and code
    ("DynamoDB", "throttled"): (400, "ProvisionedThroughputExceededException"),
    ("DynamoDB", "failed"): (500, "InternalServerError"),
    ("S3", "throttled"): (503, "SlowDown"),
    ("S3", "failed"): (500, "InternalError"),
    ("SQS", "throttled"): (403, "RequestThrottled"),
    ("SQS", "failed"): (500, "InternalFailure"),
}
DROPPED = {"connection", "keep-alive", "transfer-encoding", "content-length"}
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close() sends RST


class Faults:
    """Chooses what happens to each call, and counts it."""

    def __init__(self, seed, rate):
        """rate is the share of calls that meet a fault."""
        self.rate = rate
        self.calls, self.kinds = Counter(), Counter()
        self._seed = seed
        self._lock = threading.Lock()

    def next(self, operation):
        """Return the kind of fault, or "" for none."""
        with self._lock:
            self.calls[operation] += 1
            chance = random.Random(f"{self._seed} {operation} {self.calls[operation]}")
            if chance.random() >= self.rate:
                return ""
            (kind,) = chance.choices(list(KINDS), list(KINDS.values()))
            self.kinds[kind] += 1
            return kind


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        operation = _operation(self.command, self.headers)
        kind = self.server.faults.next(operation)
        if kind == "refused":
            self._reset()
        elif kind in ("throttled", "failed"):
            self._send(_error(operation, kind))
        else:
            self._forward(body, operation, kind)

    do_GET = do_PUT = do_DELETE = do_HEAD = do_POST

    def _forward(self, body, operation, kind):
        if kind == "slow":
            self.server.stopping.wait(SLOW_S)
        answer = self.server.forward(self.command, self.path, self.headers, body)
        if kind == "hung":
            self.server.stopping.wait(HUNG_S)
        if kind in ("hung", "unanswered"):
            self._reset()
        elif kind == "done but failed":
            self._send(_error(operation, "failed"))
        else:
            self._send(answer, is_cut=kind == "cut")

    def _send(self, answer, is_cut=False):
        """Send an answer, or half of it: of its body, or of its first line if it has none."""
        head = f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
        if self.command != "HEAD":
            head += f"Content-Length: {len(answer.body)}\r\n"
        whole = f"{head}\r\n".encode() + answer.body
        self.wfile.write(whole[: -len(answer.body) // 2 or 7] if is_cut else whole)
        self.close_connection |= is_cut

    def _reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.close_connection = True

    def log_message(self, *args):
        pass


class Proxy(ThreadingHTTPServer):
    """Forwards to the local AWS at a URL.

    A transaction of DynamoDB with a ClientRequestToken is executed once, as on AWS; the emulator
    would execute it at each retry.
    """

    request_queue_size = 100
    daemon_threads = True

    def __init__(self, url, faults):
        super().__init__(("127.0.0.1", 0), Handler)
        self.faults = faults
        self.stopping = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"
        self._upstream = url.removeprefix("http://")
        self._answers = {}
        self._locks = defaultdict(threading.Lock)

    def forward(self, method, path, headers, body):
        if not headers.get("X-Amz-Target", "").endswith(".TransactWriteItems"):
            return self._forward(method, path, headers, body)
        token = json.loads(body)["ClientRequestToken"]
        with self._locks[token]:
            if token not in self._answers:
                answer = self._forward(method, path, headers, body)
                if answer.status != HTTPStatus.OK:
                    return answer
                self._answers[token] = answer
            return self._answers[token]

    def shutdown_request(self, request):
        with suppress(OSError):  # it has been reset
            self.close_request(request)

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # of a client that has given up
            super().handle_error(request, client_address)

    def _forward(self, method, path, headers, body):
        with closing(HTTPConnection(self._upstream)) as connection:
            sent = {name: text for name, text in headers.items() if name.lower() != "expect"}
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            dropped = DROPPED - ({"content-length"} if method == "HEAD" else set())
            kept = [pair for pair in response.getheaders() if pair[0].lower() not in dropped]
            return Answer(response.status, tuple(kept), response.read())


@contextmanager
def running(url, seed, rate):
    """Yield a proxy before the local AWS at a URL."""
    with served(Proxy(url, Faults(seed, rate))) as proxy:
        try:
            yield proxy
        finally:
            proxy.stopping.set()


def _operation(method, headers):
    """Return the name of a call, such as DynamoDB.GetItem or S3.PUT."""
    target = headers.get("X-Amz-Target", "")
    service, _, name = target.partition(".")
    return f"{SERVICES[service]}.{name}" if target else f"S3.{method}"


def _error(operation, kind):
    """Return the error of the operation's service as AWS documents it."""
    service = operation.partition(".")[0]
    status, code = ERRORS[service, kind]
    if service == "S3":
        body = f"<Error><Code>{code}</Code><Message>{kind}</Message></Error>"
        return Answer(status, (("Content-Type", "application/xml"),), body.encode())
    kinds = ("Content-Type", f"application/x-amz-json-1.{int(service == 'SQS')}")
    body = {"__type": f"{PREFIXES[service]}#{code}", "message": kind}
    return Answer(status, (kinds,), json.dumps(body).encode())
