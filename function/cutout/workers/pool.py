"""A pool of workers that replaces those that have ended."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from math import isfinite
from threading import Condition

from cutout.deadline import Deadline
from cutout.errors import Unavailable

from .worker import Worker


class Pool:
    """At most `size` workers, each started when no other is free."""

    def __init__(self, start: Callable[[], Worker], size: int) -> None:
        self._start = start
        self._size = size
        self._workers: set[Worker] = set()
        self._idle: list[Worker] = []  # the last has been used last, and has its networks loaded
        self._changed = Condition()
        self._is_closed = False

    @contextmanager
    def worker(self, deadline: Deadline) -> Iterator[Worker]:
        """Hold a worker for the block.

        Raises DeadlineExceeded or Abandoned if none is free in time, and Unavailable if none can be
        started or the pool is closed.
        """
        worker = self._take(deadline)
        try:
            yield worker
        finally:
            self._give_back(worker)

    def close(self) -> None:
        """End all workers at once, and start no more."""
        with self._changed:
            self._is_closed = True
            for worker in self._workers:
                worker.end()
            self._changed.notify_all()

    def _take(self, deadline: Deadline) -> Worker:
        with deadline.interrupting(self._wake), self._changed:
            while True:
                if self._is_closed:
                    raise Unavailable("the server is stopping; try again")
                deadline.check()
                if worker := self._free():
                    return worker
                left = deadline.left()
                self._changed.wait(left if isfinite(left) else None)

    def _free(self) -> Worker | None:
        """Return an idle or a new worker, None if all are in use. Called with the lock held."""
        while self._idle:
            worker = self._idle.pop()
            if worker.is_alive():
                return worker
            self._remove(worker)
        return self._add() if len(self._workers) < self._size else None

    def _give_back(self, worker: Worker) -> None:
        with self._changed:
            if worker.is_alive():
                self._idle.append(worker)
            else:
                self._remove(worker)
                self._restart()
            self._changed.notify()

    def _restart(self) -> None:
        """Start a worker now, so that the next call does not wait for its whole start."""
        if not self._is_closed:
            with suppress(Unavailable):  # the next call tries again, and reports it
                self._idle.insert(0, self._add())

    def _remove(self, worker: Worker) -> None:
        worker.end()
        self._workers.remove(worker)

    def _add(self) -> Worker:
        worker = self._start()
        self._workers.add(worker)
        return worker

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
