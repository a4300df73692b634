"""WorkerFunction on real stores, as Lambda runs it: in a process of its own."""

import json
import os
import subprocess
import sys
import time

import pytest

from cutout.aws.sqs import SqsQueue
from tests.job_services import JobServices, job_request, message

pytestmark = pytest.mark.slow

WORK = """
import json, sys
from types import SimpleNamespace
from cutout.lambdas import worker
assert worker.engine.is_ready()

def buggy(photo, options, deadline):
    if photo == b"bug":
        raise KeyError("bug")
    return worker.engine.remove_background(photo, options, deadline)

worker.worker.remove_background = buggy
context = SimpleNamespace(function_name="worker", memory_limit_in_mb=1769, aws_request_id="1")
context.invoked_function_arn = "arn"
for event in json.load(sys.stdin):
    print(json.dumps(worker.handler(event, context)), file=sys.stderr)
served = {"starlette", "mangum", "uvicorn"} & set(sys.modules)
assert not served, served
"""


def event(*bodies, received=1):
    """Build the event for these messages, as Lambda does."""
    return {
        "Records": [
            {
                "messageId": str(n),
                "receiptHandle": "handle",
                "body": body,
                "attributes": {"ApproximateReceiveCount": str(received)},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:jobs",
                "awsRegion": "us-east-1",
            }
            for n, body in enumerate(bodies)
        ]
    }


@pytest.fixture
def job_services(aws, ledger_table, bucket, queue):
    sqs = SqsQueue(aws.service("sqs"), queue)
    return JobServices(ledger_table, bucket, sqs, sqs, time.time)


@pytest.fixture
def worked(aws, resources, red_folder):
    """Return the function's responses to events and its log."""
    environment = aws.environment() | {
        "CUTOUT_MODEL": "red",
        "CUTOUT_MODELS": str(red_folder),
        "CUTOUT_LEDGER_TABLE": resources["LedgerTable"],
        "CUTOUT_STATE_TABLE": resources["LedgerTable"],
        "CUTOUT_BUCKET": resources["PictureBucket"],
        "AWS_LAMBDA_FUNCTION_NAME": "worker",
    }

    def worked(*events):
        run = subprocess.run(
            [sys.executable, "-c", WORK], input=json.dumps(events),
            env=os.environ | environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        answers = [json.loads(line) for line in run.stderr.splitlines()]
        return answers, [json.loads(line) for line in run.stdout.splitlines()]

    return worked


def test_a_poisoned_picture_fails_its_own_job_and_no_other(job_services, worked, photo):
    jobs = [
        job_services.jobs.create(job_request(None), {"photo": data}, "")
        for data in (photo, b"words", photo)
    ]

    answers, log = worked(event(*map(message, jobs)))

    assert answers == [{"batchItemFailures": []}]
    states = [job_services.jobs.find("", job.id).state for job in jobs]
    assert states == ["done", "failed", "done"]
    assert [line["message"] for line in log] == ["cutout made"] * 2


def test_a_bug_fails_its_own_job_and_is_logged_with_its_traceback_and_counted(
    job_services, worked, photo
):
    broken, whole = (
        job_services.jobs.create(job_request(None), {"photo": data}, "") for data in (b"bug", photo)
    )

    answers, log = worked(event(message(broken), message(whole)))

    assert answers == [{"batchItemFailures": []}]
    assert job_services.jobs.find("", broken.id).error["code"] == "internal_error"
    assert job_services.jobs.find("", whole.id).state == "done"
    (line,) = [line for line in log if line.get("level") == "ERROR"]
    assert (line["message"], line["job_id"]) == ("job failed by a bug", broken.id)
    assert "KeyError: 'bug'" in line["exception"] and "Traceback" in line["exception"]
    (metric,) = [line for line in log if "_aws" in line]
    assert (metric["JobBugs"], metric["function_name"]) == ([1.0], "worker")


def test_a_message_that_fails_comes_back_alone_and_the_last_time_ends_its_job(
    job_services, worked, photo
):
    broken, whole = (
        job_services.jobs.create(job_request(None, model=model), {"photo": photo}, "")
        for model in ("blue", "red")
    )
    lost = '{"job_id": 5'

    answers, log = worked(
        event(lost, message(whole)), event(message(broken), received=5), event(lost)
    )

    comes_back = {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert answers == [comes_back, {"batchItemFailures": []}, comes_back]
    assert job_services.jobs.find("", whole.id).state == "done"
    assert job_services.jobs.find("", broken.id).error["code"] == "unavailable"
    reported = [line for line in log if line["message"] == "message requeued"]
    assert [line["message_id"] for line in reported] == ["0", "0"]
