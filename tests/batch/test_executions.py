"""Watching an execution, which is a script in memory."""

import json
from itertools import chain, repeat

import pytest

from cutout.batch import executions, request
from cutout.batch.executions import FIRST_POLLS, FIRST_S, LATER_S, MOST_FAILED_POLLS, Progress
from cutout.batch.request import Batch
from cutout.errors import RemoteError, Unavailable

RUNNING, ENDED = Progress("running"), Progress("succeeded", 3, 3)


def looking_at(*answers):
    """Return a poll function that returns or raises these one after another."""
    left = iter(answers)

    def look():
        answer = next(left)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return look


def watched(look, stops_after=10**9):
    """Return what watch yields and the pauses between the polls."""
    pauses = []

    def wait(seconds):
        pauses.append(seconds)
        return len(pauses) == stops_after

    return list(executions.watch(look, wait)), pauses


def test_an_execution_is_polled_to_its_end_and_less_often_after_a_while():
    seen, pauses = watched(looking_at(*[RUNNING] * 100, ENDED))

    assert seen == [*[RUNNING] * 100, ENDED]
    assert pauses == [*[FIRST_S] * FIRST_POLLS, *[LATER_S] * (100 - FIRST_POLLS)]


def test_an_interrupt_ends_the_watch_immediately():
    seen, pauses = watched(looking_at(*[RUNNING] * 9), stops_after=2)

    assert (len(seen), len(pauses)) == (2, 2)


def test_some_failed_polls_are_tolerated():
    gap = [Unavailable("no way there")] * MOST_FAILED_POLLS

    assert watched(looking_at(RUNNING, *gap, RUNNING, *gap, ENDED))[0] == [RUNNING, RUNNING, ENDED]


def test_too_many_failed_polls_raise_unavailable():
    with pytest.raises(Unavailable):
        watched(looking_at(*chain([RUNNING], repeat(Unavailable("no way there"), 1000))))


def test_a_permanent_error_is_raised_immediately():
    with pytest.raises(RemoteError):
        watched(looking_at(RUNNING, RemoteError("not yours", "AccessDeniedException"), ENDED))


class MemoryFiles:
    def __init__(self, files):
        self.files = files

    def lines(self, address):
        yield from self.files[address]


def test_summary_and_outcomes_are_read_from_the_batchs_folder():
    batch = Batch("x", request.from_json({"source": "s3://from/", "target": "s3://out/"}))
    reported = {"pictures": 3, "manifests": ["s3://out/1.jsonl", "s3://out/2.jsonl"]}
    files = MemoryFiles({
        "s3://out/_cutout/x/summary.json": json.dumps(reported, indent=1).splitlines(),
        "s3://out/1.jsonl": ['{"source": "a"}', '{"source": "b"}'],
        "s3://out/2.jsonl": ['{"source": "c"}'],
    })  # fmt: skip

    summary = executions.summary(files, batch)

    assert summary == reported
    assert [one["source"] for one in executions.outcomes(files, summary["manifests"])] == [*"abc"]
