"""Which worker a call gets, and what becomes of workers that have ended."""

import threading
from math import inf

import pytest

from cutout.deadline import NEVER, Deadline
from cutout.errors import Abandoned, DeadlineExceeded, Unavailable
from cutout.workers.pool import Pool


class FakeWorker:
    """A worker without a process."""

    def __init__(self):
        self.ended = False

    def is_alive(self):
        return not self.ended

    def end(self):
        self.ended = True


@pytest.fixture
def started():
    return []


@pytest.fixture
def pool(started):
    def start():
        started.append(FakeWorker())
        return started[-1]

    return Pool(start, 2)


def test_no_worker_starts_before_its_first_call(pool, started):
    assert started == []


def test_calls_one_after_the_other_use_one_worker(pool, started):
    for _ in range(3):
        with pool.worker(NEVER):
            pass

    assert len(started) == 1


def test_calls_at_once_use_a_worker_each(pool, started):
    with pool.worker(NEVER) as one, pool.worker(NEVER) as another:
        assert {one, another} == set(started)
        assert one is not another


def test_a_call_waits_for_a_worker_where_all_are_in_use(pool, started):
    got, waits = [], threading.Event()

    def wait():
        waits.set()
        with pool.worker(NEVER) as worker:
            got.append(worker)

    with pool.worker(NEVER), pool.worker(NEVER):
        waiting = threading.Thread(target=wait)
        waiting.start()
        waits.wait()
        waiting.join(0.05)
        assert got == []

    waiting.join()
    assert len(got) == 1
    assert len(started) == 2


def test_a_call_waits_no_longer_than_its_deadline(pool):
    with (
        pool.worker(NEVER), pool.worker(NEVER),
        pytest.raises(DeadlineExceeded), pool.worker(Deadline.after(0.05)),
    ):  # fmt: skip
        pass


def test_a_call_waits_no_longer_than_its_client(pool):
    deadline = Deadline.after(inf)
    threading.Timer(0.05, deadline.abandon).start()

    with (
        pool.worker(NEVER), pool.worker(NEVER),
        pytest.raises(Abandoned), pool.worker(deadline),
    ):  # fmt: skip
        pass


def test_a_worker_that_ends_in_a_call_is_replaced_before_the_next_one(pool, started):
    with pytest.raises(KeyError), pool.worker(NEVER) as worker:
        worker.end()
        raise KeyError

    assert len(started) == 2
    with pool.worker(NEVER) as next_worker:
        assert next_worker is started[1]


def test_a_worker_that_has_ended_between_two_calls_gets_none(pool, started):
    with pool.worker(NEVER) as worker:
        pass
    worker.end()

    with pool.worker(NEVER) as next_worker:
        assert next_worker is started[1]


def test_a_worker_that_has_run_is_preferred_to_a_new_one(pool, started):
    with pool.worker(NEVER) as first, pool.worker(NEVER) as second:
        first.end()  # given back last

    with pool.worker(NEVER) as used:
        assert used is second


def test_where_no_worker_can_be_started_the_error_of_a_call_stays_its_own():
    workers = [FakeWorker()]

    def start():
        if not workers:
            raise Unavailable("no process")
        return workers.pop()

    pool = Pool(start, 1)
    with pytest.raises(KeyError), pool.worker(NEVER) as worker:
        worker.end()
        raise KeyError

    with pytest.raises(Unavailable), pool.worker(NEVER):
        pass
    workers.append(FakeWorker())
    with pool.worker(NEVER) as worker:
        assert worker.is_alive()


def test_a_closed_pool_has_ended_its_workers_and_starts_none(pool, started):
    with pool.worker(NEVER), pool.worker(NEVER):
        pool.close()
        assert all(worker.ended for worker in started)

    with pytest.raises(Unavailable), pool.worker(NEVER):
        pass
    assert len(started) == 2
