"""Executions on the local AWS, and errors that it never returns from boto3's Stubber."""

from functools import partial

import boto3
import pytest
from botocore.exceptions import ProfileNotFound
from botocore.stub import Stubber

from cutout import bootstrap
from cutout.aws.stepfunctions import StepFunctions, explained, region
from cutout.batch.executions import Progress
from cutout.errors import InvalidSetting, RemoteError, Unavailable
from tests.state_machines import pictures, task

ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:batch"
EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:batch:x"
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}


@pytest.fixture
def executions(machines):
    """Return a function that builds StepFunctions for a state machine."""
    return partial(StepFunctions, machines.aws.client("stepfunctions"), machines.aws.client("s3"))


def test_progress_counts_the_pictures_of_a_running_execution(machines, executions):
    plan, picture = machines.activity(), machines.activity()
    made = machines.make({"Plan": task(plan)} | pictures(2, task(picture)))
    batch = executions(made)

    execution = batch.start("x", {"source": "s3://in/"})
    planned = machines.complete_later(plan)
    seen = [batch.progress(execution)]
    planned()
    first = machines.complete_later(picture)
    seen.append(batch.progress(execution))
    first()
    second = machines.complete_later(picture)
    seen.append(batch.progress(execution))
    second()

    assert seen == [Progress("running"), Progress("running", 2, 0), Progress("running", 2, 1)]
    assert machines.input(made) == {"source": "s3://in/"}
    assert execution.endswith(":x")


def test_a_stopped_execution_has_failed_and_can_be_stopped_again(machines, executions):
    batch = executions(machines.make({"Plan": task(machines.activity())}))
    execution = batch.start("x", {})

    for _ in range(2):
        batch.stop(execution)

    seen = batch.progress(execution)
    assert (seen.status, seen.code) == ("failed", "ABORTED")
    assert seen.message == "the execution has ended: ABORTED"


def test_lines_are_read_as_they_were_written(machines, executions):
    address = machines.put("list.jsonl", [{"n": n, "text": "ü\u2028" * 99} for n in range(999)])

    lines = list(executions(ARN).lines(address))

    assert len(lines) == 999
    assert lines[3].startswith('{"n": 3, ')


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda batch: batch.start("x", {}), "StateMachineDoesNotExist"),
        (lambda batch: batch.progress(EXECUTION), "ExecutionDoesNotExist"),
        (lambda batch: list(batch.lines("s3://nowhere-at-all/key")), "NoSuchBucket"),
    ],
)
def test_a_missing_resource_is_reported_in_awss_words(executions, ask, code):
    with pytest.raises(RemoteError) as raised:
        ask(executions(ARN))
    assert raised.value.code == code


@pytest.fixture
def states():
    """A client, and the stub that sets its next responses."""
    client = boto3.client("stepfunctions", **KEYS)
    with Stubber(client) as stubber:
        yield StepFunctions(client, None, ARN), stubber


def described(status, **more):
    return {
        "executionArn": EXECUTION, "stateMachineArn": ARN, "status": status,
        "startDate": 0, **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        ("12 of 100 pictures\nhave failed", "12 of 100 pictures have failed"),
        ('{"errorMessage": "no list", "errorType": "E", "stackTrace": ["a", "b"]}', "no list"),
        ('{"other": 1}', '{"other": 1}'),
        ("12", "12"),
        ("", "the execution has ended: FAILED"),
    ],
)
def test_the_cause_of_a_failure_is_one_sentence_without_a_traceback(states, cause, message):
    batch, stubber = states
    stubber.add_response("describe_execution", described("FAILED", error="E", cause=cause))
    stubber.add_response("list_map_runs", {"mapRuns": []})

    assert batch.progress(EXECUTION) == Progress("failed", None, 0, "E", message)


@pytest.mark.parametrize(
    ("status", "seen"),
    [
        ("RUNNING", "running"), ("PENDING_REDRIVE", "running"), ("SUCCEEDED", "succeeded"),
        ("TIMED_OUT", "failed"),
    ],
)  # fmt: skip
def test_each_status_is_one_of_three(states, status, seen):
    batch, stubber = states
    stubber.add_response("describe_execution", described(status))
    stubber.add_response("list_map_runs", {"mapRuns": []})

    assert batch.progress(EXECUTION).status == seen


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ThrottlingException", Unavailable),
        ("ServiceUnavailable", Unavailable),
        ("AccessDeniedException", RemoteError),
        ("ExpiredTokenException", RemoteError),
    ],
)
def test_transient_and_permanent_errors_differ(monkeypatch, states, code, kind):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    batch, stubber = states
    for _ in range(9):
        stubber.add_client_error("start_execution", code, "you\nmay not")

    with pytest.raises(kind, match="you may not"):
        batch.start("x", {})


def test_an_unreachable_endpoint_raises_unavailable():
    client = boto3.client("stepfunctions", endpoint_url="http://127.0.0.1:9", **KEYS)

    with pytest.raises(Unavailable, match="Could not connect"):
        StepFunctions(client, None, ARN).progress(EXECUTION)


def test_a_missing_profile_is_an_error():
    with pytest.raises(RemoteError, match="profile"), explained():
        raise ProfileNotFound(profile="mine")


def test_the_region_is_that_of_the_arn():
    assert region("arn:aws-cn:states:cn-north-1:123456789012:stateMachine:b:live") == "cn-north-1"


@pytest.mark.parametrize(
    "text",
    ["", "batch", ARN.replace("stateMachine", "execution"), ARN.replace("states", "lambda"),
     f"{ARN} ", f"{ARN}/x"],
)  # fmt: skip
def test_an_invalid_arn_is_refused(text):
    with pytest.raises(InvalidSetting, match="CUTOUT_STATE_MACHINE has to be an ARN"):
        bootstrap.executions(text)
