"""WebhookFunction as SQS calls it."""

import importlib
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from uuid import uuid4

import pytest

from cutout import bootstrap
from cutout.aws.sqs import SqsVisibility
from cutout.credits.accounts import Accounts
from cutout.jobs.webhook_secrets import WebhookSecrets
from cutout.jobs.webhooks import Webhooks
from cutout.net.post import Poster
from tests import sqs_events
from tests.conftest import served
from tests.jobs.test_webhook_secrets import expected
from tests.memory import Clock, MemoryTable, digits
from tests.policies import reaching
from tests.sqs_events import CONTEXT, failed
from tests.template.templates import SERVICE
from tools.time_limits import limit_s

pytestmark = pytest.mark.slow

(SOURCE,) = (
    source
    for name, source in SERVICE.resources_of_type("AWS::Lambda::EventSourceMapping").items()
    if name.startswith("WebhookFunction")
)
BATCH = SOURCE["BatchSize"]
QUEUE = "arn:aws:sqs:us-east-1:000000000000:hooks"


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.headers, body))
        if self.path == "/together":
            self.server.together.wait()
        self.send_response(500 if self.path == "/500" else 200)
        self.end_headers()

    def log_message(self, *args):
        pass


class ManyServer(ThreadingHTTPServer):
    request_queue_size = 20


@pytest.fixture
def server():
    server = ManyServer(("127.0.0.1", 0), Receiver)
    server.got, server.together = [], threading.Barrier(BATCH, timeout=limit_s(10))
    with served(server):
        yield server


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def secrets(clock):
    table = MemoryTable()
    Accounts(table, clock, digits()).create_key("shop")
    return WebhookSecrets(table, clock, digits())


class Visibility:
    def __init__(self):
        self.hidden = []

    def hide(self, queue, receipt, seconds):
        self.hidden.append((queue, receipt, seconds))


@pytest.fixture
def function(monkeypatch, secrets, clock):
    """The module with stores in memory, which posts to this machine."""
    made = Webhooks(MemoryTable(), secrets, Poster(reaching()), clock)
    monkeypatch.setattr(bootstrap, "webhooks", lambda settings: made)
    monkeypatch.setattr(bootstrap, "visibility", Visibility)
    for module in ("cutout.lambdas.webhook", "cutout.telemetry"):
        sys.modules.pop(module, None)
    return importlib.import_module("cutout.lambdas.webhook")


def message(server, path="200", webhook_id="msg_1", account="shop"):
    url = f"http://127.0.0.1:{server.server_port}/{path}"
    return {"id": webhook_id, "account": account, "url": url, "payload": {"type": "job.done"}}


def event(*messages, queue=QUEUE):
    received = [
        {
            "MessageId": f"message {number}",
            "ReceiptHandle": f"receipt {number}",
            "Body": body if isinstance(body, str) else json.dumps(body),
        }
        for number, body in enumerate(messages)
    ]
    return sqs_events.event(received, queue)


def test_a_delivered_webhook_leaves_the_queue(function, server, secrets):
    secret = secrets.create("shop")

    answer = function.handler(event(message(server)), CONTEXT)

    assert failed(answer) == []
    ((headers, body),) = server.got
    signed = f"msg_1.{headers['webhook-timestamp']}.".encode() + body
    assert headers["webhook-signature"] == expected(secret, signed)


def test_a_failed_webhook_is_hidden_until_it_is_due(function, server, secrets, clock):
    secrets.create("shop")

    hidden = function.visibility.hidden
    for _ in range(3):
        good = message(server, "200", "msg_2")
        answer = function.handler(event(message(server, "500"), good), CONTEXT)
        assert failed(answer) == ["message 0"]
        clock.now += hidden[-1][-1]

    assert hidden == [(QUEUE, "receipt 0", seconds) for seconds in (5, 30, 120)]


def test_a_batch_of_failed_webhooks_is_no_failure_of_the_function(function, server, secrets):
    secrets.create("shop")

    messages = [message(server, "500", f"msg_{number}") for number in range(2)]

    assert failed(function.handler(event(*messages), CONTEXT)) == ["message 0", "message 1"]


def test_a_webhook_without_a_secret_leaves_the_queue(function, server):
    assert failed(function.handler(event(message(server)), CONTEXT)) == []
    assert server.got == []


def test_a_batch_is_posted_at_once_so_that_a_slow_receiver_holds_up_nobody(
    function, server, secrets
):
    """The server answers only when all requests have arrived."""
    secrets.create("shop")

    messages = [message(server, "together", f"msg_{number}") for number in range(BATCH)]

    assert failed(function.handler(event(*messages), CONTEXT)) == []
    assert len(server.got) == BATCH


def test_an_ordinary_wait_is_no_error_in_the_log(function, server, secrets, caplog):
    secrets.create("shop")

    assert failed(function.handler(event(message(server, "500")), CONTEXT)) == ["message 0"]

    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("body", ["words", "{}"])
def test_an_invalid_message_is_logged_and_left_for_the_dead_letter_queue(function, body, caplog):
    assert failed(function.handler(event(body), CONTEXT)) == ["message 0"]

    assert function.visibility.hidden == []
    assert "webhook not handled" in caplog.text


def test_each_attempt_is_a_line_of_the_log_without_address_and_payload(
    function, server, secrets, caplog
):
    secrets.create("shop")
    caplog.set_level("INFO")

    function.handler(event(message(server, "500")), CONTEXT)

    (line,) = [record for record in caplog.records if record.message == "webhook attempted"]
    assert (line.webhook, line.state, line.number, line.status) == ("msg_1", "waiting", 1, 500)
    assert "127.0.0.1" not in str(vars(line)) and "job.done" not in str(vars(line))


IMPORTS = "import sys, cutout.lambdas.webhook; print(*sys.modules, file=sys.stderr)"


def test_the_init_phase_prints_nothing_and_loads_neither_server_nor_engine():
    environment = os.environ | {
        "CUTOUT_LEDGER_TABLE": "ledger",
        "CUTOUT_STATE_TABLE": "state",
        "AWS_DEFAULT_REGION": "us-east-1",
    }

    run = subprocess.run(
        [sys.executable, "-c", IMPORTS],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert run.stdout == ""
    loaded = set(run.stderr.split())
    assert "cutout.lambdas.webhook" in loaded
    assert loaded.isdisjoint({"starlette", "mangum", "numpy", "PIL", "onnxruntime"})


@pytest.fixture
def queue(aws, resources):
    sqs, url = aws.client("sqs"), resources["WebhookQueue"]
    service = aws.service("sqs")
    return SimpleNamespace(client=sqs, service=service, url=url, arn=sqs_events.arn(sqs, url))


def received(queue):
    return queue.client.receive_message(QueueUrl=queue.url).get("Messages", [])


def test_a_message_is_hidden_for_the_given_seconds(queue):
    queue.client.send_message(QueueUrl=queue.url, MessageBody="{}")
    visibility = SqsVisibility(queue.service)
    (first,) = received(queue)
    assert received(queue) == []

    visibility.hide(queue.arn, first["ReceiptHandle"], 0)
    (again,) = received(queue)
    visibility.hide(queue.arn, again["ReceiptHandle"], 24 * 60 * 60)

    assert again["MessageId"] == first["MessageId"]
    assert received(queue) == []
    queue.client.delete_message(QueueUrl=queue.url, ReceiptHandle=again["ReceiptHandle"])


# The policy lets this machine in.
HANDLE = """
import json, sys
from types import SimpleNamespace
from cutout.net import special_addresses
special_addresses.is_public = lambda address, port: True
from cutout.lambdas.webhook import handler
context = SimpleNamespace(**json.loads(sys.argv[1]))
print(json.dumps(handler(json.load(sys.stdin), context)), file=sys.stderr)
"""


def test_by_real_queue_and_tables_one_goes_and_the_other_stays(
    aws, resources, ledger_table, account, queue, server
):
    bootstrap.accounts(ledger_table).create_key(account)
    secret = bootstrap.webhook_secrets(ledger_table).create(account)
    for path in ("200", "500"):
        body = json.dumps(message(server, path, f"msg_{uuid4().hex}_{path}", account))
        queue.client.send_message(QueueUrl=queue.url, MessageBody=body)
    messages = received(queue) + received(queue)
    environment = aws.environment() | {
        "CUTOUT_LEDGER_TABLE": resources["LedgerTable"],
        "CUTOUT_STATE_TABLE": resources["StateTable"],
        "CUTOUT_URL_PORTS": str(server.server_port),
    }

    run = subprocess.run(
        [sys.executable, "-c", HANDLE, json.dumps(vars(CONTEXT))],
        input=json.dumps(sqs_events.event(messages, queue.arn)),
        env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert run.returncode == 0, run.stderr
    (stays,) = [got["MessageId"] for got in messages if "_500" in got["Body"]]
    assert failed(json.loads(run.stderr)) == [stays]
    for headers, body in server.got:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        assert headers["webhook-signature"] == expected(secret, signed)
    states = {line["state"] for line in map(json.loads, run.stdout.splitlines())}
    assert states == {"delivered", "waiting"}
    assert received(queue) == []
