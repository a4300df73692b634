"""The poller of `make serve`, with a queue in memory and a worker that fails on demand."""

import logging

import pytest

from cutout.errors import Unavailable
from cutout.jobs.worker import Busy
from tools import job_poller


class Queue:
    """SQS. Each call receives the next message."""

    def __init__(self, *bodies):
        self.kept = list(bodies)
        self._unseen = list(bodies)

    def call(self, operation, **arguments):
        if operation == "DeleteMessage":
            self.kept.remove(arguments["ReceiptHandle"])
            return {}
        if not self._unseen:
            return {}
        body = self._unseen.pop(0)
        attributes = {"ApproximateReceiveCount": "1"}
        return {"Messages": [{"Body": body, "ReceiptHandle": body, "Attributes": attributes}]}


class Work:
    """A worker that raises an error for the message "bad"."""

    def __init__(self, error):
        self.done = []
        self._error = error

    def run(self, message, received):
        if message == "bad":
            raise self._error
        self.done.append((message, received))


@pytest.mark.parametrize("error", [Unavailable("too busy"), Busy("j1"), RuntimeError("a bug")])
def test_a_failing_job_stays_in_the_queue_and_the_next_one_runs(error, caplog, monkeypatch):
    # Uvicorn's own logger is silent after a test that ran a server.
    monkeypatch.setattr(job_poller, "log", logging.getLogger("jobs"))
    queue, work = Queue("bad", "good"), Work(error)

    for _ in range(3):
        job_poller.run_next(queue, "url", work)

    assert work.done == [("good", 1)]
    assert queue.kept == ["bad"]
    (line,) = caplog.records
    assert "a job failed and is retried" in line.message
    assert str(error) in caplog.text
