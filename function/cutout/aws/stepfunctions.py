"""Batch executions in Step Functions, and their files in S3.

Errors carry AWS's own messages: the user of the command line owns the AWS account.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from cutout.batch.executions import Progress, Status
from cutout.errors import InvalidSetting

from .boto3_errors import explained
from .errors import one_line

ARN = re.compile(r"arn:aws[a-z-]*:states:([a-z0-9-]+):\d{12}:stateMachine:[^\s/]+")
CHUNK_BYTES = 64 * 1024
STATUSES: dict[str, Status] = {
    "RUNNING": "running",
    "PENDING_REDRIVE": "running",
    "SUCCEEDED": "succeeded",
}
ENDED = ("succeeded", "failed", "timedOut", "aborted")  # counts of a map run


def region(machine: str) -> str:
    """Return the region in a state machine's ARN. Raises InvalidSetting if it is no such ARN."""
    match = ARN.fullmatch(machine)
    if not match:
        raise InvalidSetting(
            "--state-machine or CUTOUT_STATE_MACHINE has to be an ARN, the BatchStateMachineArn of"
            f" the stack's outputs, and is {machine[:100]!r}"
        )
    return match[1]


class StepFunctions:
    """Implements cutout.batch.executions.Executions for one state machine."""

    def __init__(self, states: Any, s3: Any, machine: str) -> None:
        self._states = states
        self._s3 = s3
        self._machine = machine
        self._map_runs: dict[str, str] = {}  # by execution

    def start(self, name: str, request: Mapping[str, object]) -> str:
        with explained():
            started = self._states.start_execution(
                stateMachineArn=self._machine, name=name, input=json.dumps(request)
            )
        execution: str = started["executionArn"]
        return execution

    def progress(self, execution: str) -> Progress:
        with explained():
            description = self._states.describe_execution(executionArn=execution)
            counts = self._counts(execution)
        total = counts["total"] if counts else None
        ended = sum(counts.get(name, 0) for name in ENDED)
        status = description["status"]
        if status in STATUSES:
            return Progress(STATUSES[status], total, ended)
        code = description.get("error") or status
        cause = _cause(description.get("cause", "")) or f"the execution has ended: {status}"
        return Progress("failed", total, ended, code, cause)

    def _counts(self, execution: str) -> dict[str, int]:
        """Return the counts of the map run; empty before it has started."""
        if execution not in self._map_runs:
            for run in self._states.list_map_runs(executionArn=execution)["mapRuns"]:
                self._map_runs[execution] = run["mapRunArn"]
        if execution not in self._map_runs:
            return {}
        run = self._states.describe_map_run(mapRunArn=self._map_runs[execution])
        counts: dict[str, int] = run["itemCounts"]
        return counts

    def stop(self, execution: str) -> None:
        has_ended = self._states.exceptions.ValidationException
        with explained(), suppress(has_ended):
            self._states.stop_execution(executionArn=execution)

    def put(self, url: str, data: bytes) -> None:
        bucket, _, key = url.removeprefix("s3://").partition("/")
        with explained():
            self._s3.put_object(Bucket=bucket, Key=key, Body=data)

    def lines(self, url: str) -> Iterator[str]:
        bucket, _, key = url.removeprefix("s3://").partition("/")
        with explained():
            body = self._s3.get_object(Bucket=bucket, Key=key)["Body"]
            for line in body.iter_lines(CHUNK_BYTES):
                yield line.decode()


def _cause(text: str) -> str:
    """Return the message of an error, which a Lambda function reports as JSON with a traceback."""
    try:
        match json.loads(text):
            case {"errorMessage": str(message)}:
                return one_line(message)
    except ValueError:
        pass
    return one_line(text)
