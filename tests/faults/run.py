"""One run: a local AWS behind the fault proxy, the plain server, workers, clients and an audit."""

import json
import os
import secrets
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cutout import bootstrap
from cutout.aws.dynamodb import DynamoDbTable
from tests.conftest import served
from tests.processes import ROOT, started
from tools.local_aws import LocalAws
from tools.time_limits import wait_until

from . import proxy
from .audit import Audit, Finding
from .clients import Clients, Record

GRANTED = 1_000_000  # quarters
QUEUES = ("JobQueue", "WebhookQueue")
DRAINED_WITHIN_S = 300


@dataclass(frozen=True)
class Outcome:
    seed: int
    faults: proxy.Faults
    record: Record
    finding: Finding

    def report(self):
        record, finding = self.record, self.finding
        statuses = Counter(status for status, _ in record.responses)
        codes = Counter(code for _, code in record.responses if code)
        lines = {
            "seed": self.seed,
            "calls": f"{len(record.calls):,}: {counted(Counter(record.calls))}",
            "given up by clients": counted(Counter(record.given_up)),
            "responses of the service": f"{len(record.responses):,}: {counted(statuses)}",
            "codes": counted(codes),
            "requests sent again": len(record.repeated),
            "calls of AWS": f"{self.faults.calls.total():,}: {counted(self.faults.calls)}",
            "with a fault": f"{self.faults.kinds.total():,}: {counted(self.faults.kinds)}",
            "jobs": counted(Counter(finding.jobs)),
            "reservations": f"{finding.settled} settled, {finding.released} released, of which"
            f" {finding.swept} by the sweep after the run",
            "returned to a queue": counted(Counter(finding.errors)),
            "problems": len(finding.problems),
        }
        text = "\n".join(f"{name:26}{value}" for name, value in lines.items())
        return "\n".join([text, *(f"  {sentence}" for sentence in finding.problems)])


def counted(counter):
    return ", ".join(f"{name} {count:,}" for name, count in counter.most_common()) or "none"


def run(aws, names, account, settings, folder, calls, seed, rate, threads, workers=2):
    """Make the calls, and audit what is left. settings are environment variables of the model."""
    table = DynamoDbTable(aws.service("dynamodb"), names["LedgerTable"])
    key = bootstrap.accounts(table).create_key(account, megapixels_per_minute=1_000_000)
    bootstrap.ledger(table).grant(account, GRANTED)
    bootstrap.webhook_secrets(table).create(account)
    with ExitStack() as stack:
        receiver = stack.enter_context(served(Receiver()))
        faulty = stack.enter_context(proxy.running(aws.url, seed, rate))
        environment = os.environ | settings | _environment(LocalAws(faulty.url), names)
        logs = [folder / name for name in ("server", *(f"worker-{n}" for n in range(workers)))]
        pollers = [stack.enter_context(worker(aws, receiver, environment, log)) for log in logs[1:]]
        server, port = stack.enter_context(started("cutout.server", environment, logs[0]))
        record = Clients(f"http://127.0.0.1:{port}", key, seed).run(calls, threads)
        wait_until(lambda: _are_empty(aws, names), "the queues to be empty", DRAINED_WITHIN_S)
        for process in (server, *pollers):
            if process.poll() is not None:
                record.problems.append(f"a process has ended with {process.returncode}")
    audit = Audit(aws, names, account, GRANTED)
    texts = [log.read_text() for log in logs]
    return Outcome(seed, faulty.faults, record, audit.run(record, receiver, texts))


def _environment(aws, names):
    return aws.environment() | {
        "CUTOUT_LEDGER_TABLE": names["LedgerTable"],
        "CUTOUT_STATE_TABLE": names["StateTable"],
        "CUTOUT_BUCKET": names["PictureBucket"],
        "CUTOUT_JOB_QUEUE": names["JobQueue"],
        "CUTOUT_WEBHOOK_QUEUE": names["WebhookQueue"],
        "CUTOUT_SECRET": secrets.token_hex(),
        "CUTOUT_ASK_FOR_KEYS": "true",
        "CUTOUT_DEADLINE_S": "60",
    }


@contextmanager
def worker(aws, receiver, environment, log):
    command = [sys.executable, "-m", "tests.faults.workers", aws.url, receiver.url]
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class Receiver(ThreadingHTTPServer):
    """Receives webhooks. One in ten is refused at its first delivery."""

    request_queue_size = 100
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), ReceiverHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self._statuses = defaultdict(set)
        self._seen = Counter()
        self._lock = threading.Lock()

    def statuses(self, job_id):
        """Return the statuses that webhooks have given a job."""
        return self._statuses.get(job_id, set())

    def take(self, data):
        job_id = data["job_id"]
        with self._lock:
            self._seen[job_id] += 1
            if self._seen[job_id] == 1 and int(job_id, 16) % 10 == 0:
                return 500
            self._statuses[job_id].add(data["status"])
            return 200


class ReceiverHandler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.take(json.loads(body)["data"]))
        self.end_headers()

    def log_message(self, *args):
        pass


def _are_empty(aws, names):
    sqs = aws.client("sqs")
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = [
        sqs.get_queue_attributes(QueueUrl=names[queue], AttributeNames=counts)["Attributes"]
        for queue in QUEUES
    ]
    return not any(int(count) for each in found for count in each.values())
