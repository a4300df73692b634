"""Calls of an engine in a process of its own, which ends with whatever a picture does to it."""

import os
import pickle
import threading

import pytest

from cutout.deadline import NEVER, Deadline
from cutout.errors import (
    Abandoned,
    DeadlineExceeded,
    ImageDownloadFailed,
    MemoryExceeded,
    Unavailable,
    WorkerDied,
)
from cutout.options.record import Options
from cutout.workers.limits import MB, Limits
from cutout.workers.messages import EngineBug
from cutout.workers.worker import Worker
from tests.hostile_engine import HostileEngine
from tools.time_limits import wait_until

pytestmark = pytest.mark.slow  # starts processes

LIMITS = Limits(data_bytes=512 * MB, processor_s=100)


@pytest.fixture
def start(monkeypatch):
    """Start workers, which end with the test and are killed soon."""
    monkeypatch.setattr("cutout.workers.worker.GRACE_S", 0.5)
    workers = []

    def start(limits=LIMITS):
        workers.append(Worker(pickle.dumps((HostileEngine(), limits)), limits))
        return workers[-1]

    yield start
    for worker in workers:
        worker.end()


def cut(worker, photo, deadline=NEVER):
    return worker.call("remove_background", (photo, Options()), deadline)


def pid(worker):
    return int(worker.call("network", (Options(),), NEVER)[1])


def later(action, seconds=0.2):
    timer = threading.Timer(seconds, action)
    timer.start()
    return timer


def test_a_worker_returns_what_the_engine_does(start):
    assert cut(start(), b"sound") == HostileEngine().sound(NEVER)


def test_an_error_of_the_engine_is_raised_with_its_fields_and_the_worker_goes_on(start):
    worker = start()
    number = pid(worker)

    with pytest.raises(ImageDownloadFailed, match="there is no such picture") as failed:
        cut(worker, b"error")

    assert (failed.value.status, failed.value.title[-3:]) == (404, "404")
    assert pid(worker) == number


def test_a_bug_is_raised_with_its_traceback(start):
    with pytest.raises(EngineBug, match=r"in bug\n(?s:.*)KeyError: 'missing key'"):
        cut(start(), b"bug")


def test_a_picture_that_holds_the_interpreter_ends_with_its_worker_past_the_deadline(start):
    worker = start()

    with pytest.raises(DeadlineExceeded, match=r"longer than the 0\.5 s allowed; wait"):
        cut(worker, b"endless", Deadline.after(0.5, "wait"))

    assert not worker.is_alive()


def test_a_picture_that_holds_the_interpreter_ends_with_its_worker_when_the_client_goes(start):
    worker, deadline = start(), NEVER.after(float("inf"))
    later(deadline.abandon)

    with pytest.raises(Abandoned):
        cut(worker, b"endless", deadline)

    assert not worker.is_alive()


@pytest.mark.parametrize("ends", ["deadline", "client"])
def test_an_engine_that_looks_at_its_deadline_keeps_its_worker(start, ends):
    worker = start()
    number = pid(worker)
    deadline = Deadline.after(0.2 if ends == "deadline" else 1000)
    if ends == "client":
        later(deadline.abandon)

    with pytest.raises(DeadlineExceeded if ends == "deadline" else Abandoned):
        cut(worker, b"staged", deadline)

    assert pid(worker) == number


def test_a_client_that_goes_after_its_call_does_not_disturb_the_next_one(start):
    worker, first = start(), Deadline.after(1000)
    cut(worker, b"sound", first)

    first.abandon()

    assert cut(worker, b"sound", Deadline.after(1000)) == HostileEngine().sound(NEVER)


def test_a_picture_that_needs_too_much_memory_is_refused_and_the_worker_goes_on(start):
    worker = start()
    number = pid(worker)

    with pytest.raises(MemoryExceeded, match="more than 512 MB of memory"):
        cut(worker, b"bomb")

    assert pid(worker) == number


def test_a_picture_that_takes_too_much_processor_time_is_too_slow_for_any_deadline(start):
    with pytest.raises(DeadlineExceeded, match="more than the 1 s of processor time allowed"):
        cut(start(Limits(512 * MB, processor_s=1)), b"endless")


def test_each_picture_has_the_processor_time_of_its_own(start):
    worker = start(Limits(512 * MB, processor_s=1))
    number = pid(worker)

    for _ in range(4):  # 2.8 s together
        cut(worker, b"busy")

    assert pid(worker) == number


def test_a_segmentation_fault_is_an_error_with_a_code(start, caplog):
    with pytest.raises(WorkerDied, match=r"has ended \(SIGSEGV\)") as died:
        cut(start(), b"segfault")

    assert died.value.code == "worker_died"
    assert "SIGSEGV" in caplog.text


def test_a_worker_that_the_system_kills_is_an_error_that_passes(start):
    with pytest.raises(Unavailable, match="maybe for lack of memory; try again"):
        cut(start(), b"killed")


def test_a_worker_that_is_ended_in_a_call_is_no_error_in_the_log(start, caplog):
    worker = start()
    pid(worker)
    later(worker.end)

    with pytest.raises(Unavailable, match="the server is stopping; try again"):
        cut(worker, b"endless")

    assert caplog.text == ""


def test_workers_do_not_inherit_the_services_secrets(start, monkeypatch):
    monkeypatch.setenv("CUTOUT_SECRET", "s")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")

    with pytest.raises(ImageDownloadFailed) as names:
        cut(start(), b"environment")

    assert "PATH" in str(names.value)
    assert "SECRET" not in str(names.value)


def test_ctrl_c_does_not_reach_a_worker(start):
    assert os.getpgid(pid(worker := start())) == pid(worker) != os.getpgrp()


def test_a_worker_ends_when_its_parent_has_gone(start):
    worker = start()
    pid(worker)

    worker._process.stdin.close()  # as the system closes it

    assert wait_until(lambda: not worker.is_alive(), "the worker's end")


def test_a_worker_ends_when_its_parent_has_gone_while_a_picture_holds_the_interpreter(start):
    worker = start()
    pid(worker)
    later(worker._process.stdin.close)

    with pytest.raises(WorkerDied, match="SIGIO"):
        cut(worker, b"endless")
