"""Executions, in Step Functions, with the files in S3 that they leave.

What is wrong is said in AWS's own words: account and rights are those of who sits at the terminal.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from cutout.batch.executions import Progress
from cutout.errors import InvalidSetting

from .errors import explained, one_line

ARN = re.compile(r"arn:aws[a-z-]*:states:([a-z0-9-]+):\d{12}:stateMachine:[^\s/]+")
CHUNK_BYTES = 64 * 1024
STATUSES = {"RUNNING": "running", "PENDING_REDRIVE": "running", "SUCCEEDED": "succeeded"}


def region(machine: str) -> str:
    match = ARN.fullmatch(machine)
    if not match:
        raise InvalidSetting(
            "--state-machine or CUTOUT_STATE_MACHINE has to be an ARN, the BatchStateMachineArn of"
            f" the stack's outputs, and is {machine[:100]!r}"
        )
    return match[1]


class StepFunctions:
    def __init__(self, states: Any, s3: Any, machine: str) -> None:
        self._states = states
        self._s3 = s3
        self._machine = machine
        self._map_runs: dict[str, str] = {}  # by their executions

    def start(self, name: str, order: Mapping[str, object]) -> str:
        with explained():
            begun = self._states.start_execution(
                stateMachineArn=self._machine, name=name, input=json.dumps(order)
            )
        execution: str = begun["executionArn"]
        return execution

    def look(self, execution: str) -> Progress:
        with explained():
            told = self._states.describe_execution(executionArn=execution)
            counts = self._counts(execution)
        total = counts["total"] if counts else None
        ended = sum(counts.get(how, 0) for how in ("succeeded", "failed", "timedOut", "aborted"))
        match STATUSES.get(told["status"]):
            case "running":
                return Progress("running", total, ended)
            case "succeeded":
                return Progress("succeeded", total, ended)
        code = told.get("error") or told["status"]
        cause = _cause(told.get("cause", "")) or f"the execution has ended: {told['status']}"
        return Progress("failed", total, ended, code, cause)

    def _counts(self, execution: str) -> dict[str, int]:
        """Empty before the pictures are handed out."""
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

    def put(self, address: str, data: bytes) -> None:
        bucket, _, key = address.removeprefix("s3://").partition("/")
        with explained():
            self._s3.put_object(Bucket=bucket, Key=key, Body=data)

    def lines(self, address: str) -> Iterator[str]:
        bucket, _, key = address.removeprefix("s3://").partition("/")
        with explained():
            body = self._s3.get_object(Bucket=bucket, Key=key)["Body"]
            for line in body.iter_lines(CHUNK_BYTES):
                yield line.decode()


def _cause(text: str) -> str:
    """A function's is JSON, with its trace."""
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    match told:
        case {"errorMessage": str(message)}:
            return one_line(message)
    return one_line(text)
