"""Batches on the local AWS: the state machine of infra/, and the functions that it calls."""

import hashlib
import itertools
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from functools import partial
from io import BytesIO
from uuid import uuid4

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from cutout import bootstrap, engines
from cutout.aws.dynamodb import DynamoDbTable
from cutout.config import Settings
from tests import state_machine
from tests.conftest import encoded
from tests.credit_services import CreditServices, StubEngine
from tests.environments import environments
from tools.time_limits import wait_until

BAD = 9
FUNCTIONS = {
    "BatchFunction": "cutout.lambdas.batch",
    "BatchWorkerFunction": "cutout.lambdas.batch_worker",
}


class Stopped(Exception):
    """The batch was stopped; the emulator starts its children all the same."""


class BatchStack:
    """Two buckets, and a state machine that runs batches from one to the other."""

    def __init__(self, aws, source, target):
        self._states = aws.client("stepfunctions")
        self.arn = None
        self.s3 = aws.client("s3")
        self.source = source
        self.target = target
        self.before = lambda: None  # each call of a worker
        self.after = lambda: None  # each that has ended well
        self._stopped = set()

    def work(self, function, event):
        self.before()
        if event["BatchInput"]["id"] in self._stopped:
            raise Stopped
        answer = function(event)
        self.after()
        return answer

    def put(self, key, data):
        self.s3.put_object(Bucket=self.source, Key=key, Body=data)

    def get(self, place):
        bucket, _, key = place.removeprefix("s3://").partition("/")
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def lines(self, paths):
        return [json.loads(line) for place in paths for line in self.get(place).splitlines()]

    def start(self, source="in/", **more):
        asked = {"source": f"s3://{self.source}/{source}", "target": f"s3://{self.target}/out/"}
        data = json.dumps(asked | more)
        return self._states.start_execution(stateMachineArn=self.arn, input=data)["executionArn"]

    def stop(self, execution):
        self._states.stop_execution(executionArn=execution)
        self._stopped.add(execution.rpartition(":")[2])

    def ended(self, execution):
        def over():
            found = self._states.describe_execution(executionArn=execution)
            return None if found["status"] == "RUNNING" else found

        return wait_until(over, "the end of the batch", seconds=600)

    def run(self, source="in/", **more):
        found = self.ended(self.start(source, **more))
        assert found["status"] == "SUCCEEDED", found
        return json.loads(found["output"])


@pytest.fixture(scope="module")
def environment(aws, resources, red_folder):
    return aws.environment() | {
        "CUTOUT_MODEL": "red",
        "CUTOUT_MODELS": str(red_folder),
        "CUTOUT_THREADS": "1",
        "CUTOUT_LEDGER_TABLE": resources["LedgerTable"],
        "POWERTOOLS_LOG_LEVEL": "ERROR",
    }


@pytest.fixture(scope="module")
def functions(environment):
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(environments(module, environment, count=2))
            for name, module in FUNCTIONS.items()
        }


@pytest.fixture
def stack(aws, functions):
    s3, names = aws.client("s3"), [f"{kind}-{uuid4().hex}" for kind in ("source", "target")]
    for name in names:
        s3.create_bucket(Bucket=name)
    made = BatchStack(aws, *names)
    work = partial(made.work, functions["BatchWorkerFunction"])
    with state_machine.deployed(aws, 4, **functions | {"BatchWorkerFunction": work}) as arn:
        made.arn = arn
        yield made


def picture(n):
    """Return a photo of a red rectangle, of a different size for each n."""
    array = np.zeros((60, 80, 3), np.uint8)
    array[..., 2] = 200
    array[5 : 25 + n // 50, 5 : 25 + n % 50] = (250, 10, 10)
    return encoded(Image.fromarray(array), "PNG")


def bad(plain):
    """Nine bad pictures with the codes of their errors."""
    frames = [Image.new("L", (8, 8), grey) for grey in (0, 255)]
    animation = BytesIO()
    frames[0].save(animation, "GIF", save_all=True, append_images=frames[1:])
    return {
        "words.jpg": (b"no picture at all", "invalid_file_type"),
        "page.png": (b"<html><body>Not found</body></html>", "invalid_file_type"),
        "cut.png": (picture(0)[:-40], "failed_to_read_image"),
        "cut.jpg": (encoded(Image.new("RGB", (40, 40)), "JPEG")[:200], "failed_to_read_image"),
        "cut.webp": (encoded(Image.new("RGB", (40, 40)), "WEBP")[:30], "failed_to_read_image"),
        "moves.gif": (animation.getvalue(), "invalid_file_type"),
        "large.tif": (bytes(30_000_000), "file_too_large"),
        "huge.png": (encoded(Image.new("1", (9000, 9000)), "PNG"), "resolution_too_high"),
        "nothing.png": (plain, "unknown_foreground"),
    }


@pytest.fixture
def wrong(plain):
    return bad(plain)


def fill(stack, wrong, good):
    """Put so many good pictures, ten bad ones and other files under in/."""
    for n in range(good):
        stack.put(f"in/{n % 7}/{n}.png", picture(n))
    for name, (data, _) in wrong.items():
        stack.put(f"in/bad/{name}", data)
    for name in ("in/notes.txt", "in/folder/", "elsewhere/1.png"):
        stack.put(name, b"")


def check(stack, summary, wrong, good):
    """Assert that each picture has one outcome, which agrees with the result."""
    counts = summary["pictures"], summary["done"], summary["failed"]
    assert counts == (good + BAD, good, BAD)
    outcomes = stack.lines(summary["manifests"])
    sources = [outcome["source"] for outcome in outcomes]
    assert len(sources) == len(set(sources)) == good + BAD
    for outcome in outcomes:
        if outcome["status"] == "done":
            result = stack.get(outcome["target"])
            assert hashlib.sha256(result).hexdigest() == outcome["sha256"]
            assert len(result) == outcome["bytes"]
        else:
            assert outcome["code"] == wrong[outcome["source"].rpartition("/")[2]][1]
            assert outcome["message"]
    return outcomes


def test_a_batch_of_a_prefix_lists_each_picture_with_the_reasons_of_failures(stack, wrong, repeats):
    good = repeats(490)
    fill(stack, wrong, good)

    summary = stack.run(most_failed=0.5)

    outcomes = check(stack, summary, wrong, good)
    assert f"s3://{stack.target}/out/3/3.png" in {outcome["target"] for outcome in outcomes}


def test_a_batch_of_a_manifest_lists_each_line_with_the_reasons_of_failures(stack, wrong, repeats):
    good = repeats(490)
    lines = [{"source": f"pool/{n}.png", "target": f"named/{n}.png"} for n in range(good)]
    for n, line in enumerate(lines):
        stack.put(line["source"], picture(n))
    some = dict(list(wrong.items())[:5])
    for name, (data, _) in some.items():
        stack.put(f"pool/{name}", data)
        lines.append({"source": f"pool/{name}"})
    lines += [{"source": "pool/missing.jpg"}, {"source": f"s3://{uuid4().hex}/a.jpg"}]
    text = "\n".join([*map(json.dumps, lines), '{"source": "pool/"}', "unreadable", ""])
    stack.put("lists/all.jsonl", text.encode())

    summary = stack.run("lists/all.jsonl", most_failed=0.5)

    here = f"s3://{stack.source}/lists/all.jsonl"
    nowhere = lines[-1]["source"].rpartition("/")[2]
    codes = some | {
        "missing.jpg": ("", "failed_image_download"),
        nowhere: ("", "failed_image_download"),
        f"all.jsonl#{good + 8}": ("", "invalid_line"),
        f"all.jsonl#{good + 9}": ("", "invalid_line"),
    }
    outcomes = check(stack, summary, codes, good)
    assert f"{here}#{good + 9}" in {outcome["source"] for outcome in outcomes}


def test_a_stopped_batch_that_is_repeated_processes_only_the_rest(stack, wrong):
    fill(stack, wrong, good=90)
    calls = itertools.count(1)

    def stop_half_way():
        if next(calls) == 50:
            stack.stop(execution)

    stack.before = stop_half_way
    execution = stack.start()
    assert stack.ended(execution)["status"] == "ABORTED"
    stack.before = lambda: None

    summary = stack.run()

    assert 49 - BAD - 4 <= summary["skipped"] <= 52
    assert summary["skipped"] + summary["done"] == 90
    assert summary["failed"] == BAD
    assert stack.run()["skipped"] == 90


def test_killed_workers_lose_no_outcome_and_fail_no_picture(stack, wrong, by_night):
    good, least = (40, 3) if by_night else (15, 1)
    fill(stack, wrong, good)
    killed, ended, chance = [], itertools.count(1), random.Random(0)

    def kill():
        workers = multiprocessing.active_children()
        if next(ended) % 10 == 0 and workers:
            killed.append(chance.choice(workers).pid)
            os.kill(killed[-1], signal.SIGKILL)

    stack.after = kill

    summary = stack.run(most_failed=0.5)

    assert len(killed) >= least
    check(stack, summary, wrong, good)


def test_a_batch_with_too_many_bad_pictures_fails_and_says_so(stack):
    for n in range(5):
        stack.put(f"in/{n}.png", b"words" if n < 2 else picture(n))

    found = stack.ended(stack.start(most_failed=0.3))

    assert found["status"] == "FAILED"
    assert (found["error"], found["cause"]) == ("TooManyFailed", "2 of 5 failed, over 30%")


@pytest.mark.parametrize(
    ("source", "changes", "code", "sentence"),
    [
        ("none.csv", {}, "invalid_parameter", "there is no s3://"),
        ("in/", {"parameters": {"colour": "red"}}, "unsupported_option", "'colour'"),
        ("in/", {"parameters": {"model": "blue"}}, "invalid_model", "blue"),
        ("in/", {"account": "nobody"}, "invalid_parameter", "there is no account nobody"),
        ("in/", {"most_failed": 2}, "invalid_parameter", "a number from 0 to 1"),
        ("in/", {"target": "s3://nobody-has-this/"}, "NoSuchBucket", "NoSuchBucket"),
    ],
)
def test_an_invalid_request_fails_before_any_picture(stack, source, changes, code, sentence):
    found = stack.ended(stack.start(source, **changes))

    assert (found["status"], found["error"]) == ("FAILED", code)
    assert sentence in found["cause"]


def test_a_batch_without_pictures_succeeds(stack):
    assert stack.run()["pictures"] == 0


def test_cutouts_with_low_confidence_are_listed_for_review(stack):
    stack.put("in/a.png", picture(0))

    summary = stack.run(review_below=1)

    assert summary["review"] == 1
    (outcome,) = stack.lines(summary["reviews"])
    assert stack.get(outcome["target"])


def test_an_account_is_charged_for_its_results(stack, aws, resources, account):
    table = DynamoDbTable(aws.service("dynamodb"), resources["LedgerTable"])
    money = CreditServices(table, time.time, StubEngine())
    money.accounts.create_key(account, megapixels_per_minute=1)
    money.ledger.grant(account, 40)
    for n in range(3):
        stack.put(f"in/{n}.png", picture(n))

    summary = stack.run(account=account)

    assert summary["credits"] == 0.75
    assert money.ledger.balance(account) == 40 - 3
    assert money.is_balanced(account)


def test_the_command_watches_a_batch_and_reports_each_picture(stack, environment, wrong, tmp_path):
    fill(stack, wrong, good=5)
    paths = [f"s3://{stack.source}/in/", f"s3://{stack.target}/out"]
    report = tmp_path / "report.jsonl"

    run = subprocess.run(
        [sys.executable, "-m", "cutout", "batch", *paths, "--report", report, "--most-failed", "1",
         "--state-machine", stack.arn],
        env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert run.returncode == 1
    assert f"5 done, 0 skipped, {BAD} failed, 2 to review\n" in run.stderr
    assert "moves.gif: " in run.stderr and "[invalid_file_type]" in run.stderr
    outcomes = [json.loads(line) for line in report.read_text().splitlines()]
    assert Counter(outcome["status"] for outcome in outcomes) == {"done": 5, "failed": BAD}


@pytest.fixture
def service(aws, resources, settings, monkeypatch):
    """A client of the whole service in this process, and the worker of its jobs."""
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    bootstrap.caller.cache_clear()
    bootstrap.bucket.cache_clear()
    data = vars(settings) | {
        "ledger_table": resources["LedgerTable"],
        "state_table": resources["StateTable"],
        "bucket": resources["PictureBucket"],
        "job_queue": resources["JobQueue"],
        "secret": "secret",
    }
    values = Settings(**data)
    engine = engines.engine(values)
    app = bootstrap.app(values, engine, lambda result: None)
    worker = bootstrap.worker(
        values, engine, record=lambda result: None, report_bug=lambda job_id, error: None
    )
    yield TestClient(app), worker
    bootstrap.caller.cache_clear()
    bootstrap.bucket.cache_clear()


@pytest.mark.parametrize(
    "data", [{"size": "full"}, {"size": "full", "bg_color": "fa0", "crop": "1"}]
)
def test_a_request_a_job_and_a_batch_make_the_same_bytes(stack, service, photo, data):
    client, work = service
    stack.put("in/a.png", photo)
    sent = {"data": data, "files": {"image_file": photo}}

    direct = client.post("/v1.0/removebg", **sent).content
    job = client.post("/v1.0/jobs", **sent).json()["data"]
    work.run(json.dumps({"job_id": job["job_id"]}))
    status = client.get(job["status_url"]).json()["data"]
    (outcome,) = stack.lines(stack.run(parameters=data)["manifests"])

    by_job = stack.get(f"s3://{status['result_url'].split('?')[0].split('/', 3)[3]}")
    assert direct == by_job == stack.get(outcome["target"])
