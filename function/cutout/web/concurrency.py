"""The deadline of a request, slots that limit how many pictures are processed at once, threads for
blocking calls, and the end of a request whose client has gone.

Downloads, tables and cutouts have threads of their own: a host or table that does not respond holds
up neither page and forms nor the others.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from functools import partial
from math import inf
from threading import Lock
from typing import ParamSpec, TypeVar

from anyio import CancelScope, CapacityLimiter, fail_after, to_thread
from anyio.lowlevel import RunVar
from starlette.requests import Request

from cutout.deadline import WAY_OUT, Deadline
from cutout.errors import QueueFull
from cutout.options import removebg

OR_AS_A_JOB = f"{WAY_OUT}, or send it to {removebg.PREFIX}/jobs, which has more time"
# 64 pictures of 12 MP take two slots some 40 s; clients and proxies that wait give up after 60.
MOST_WAITING = 64
RETRY_AFTER_S = 5  # in which two slots end some eight pictures of 12 MP
STORE_THREADS = 12  # with those of the slots, for the 16 connections that aws/client.py keeps
# Pictures from outside of the body are in memory from the download to the response.
MOST_OUTSIDE = 8
T = TypeVar("T")
P = ParamSpec("P")


def clock(deadline_s: int = 0, has_jobs: bool = False) -> Callable[[], Deadline]:
    """Return a function that starts a request's deadline; 0 s is no deadline."""
    return partial(Deadline.after, deadline_s or inf, OR_AS_A_JOB if has_jobs else WAY_OUT)


class Threads:
    """Runs blocking functions in at most `count` threads of its own for each event loop."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._limiter: RunVar[CapacityLimiter] = RunVar("limiter")

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking function in one of the threads."""
        limiter = self._limiter.get(None)
        if limiter is None:
            limiter = CapacityLimiter(self._count)
            self._limiter.set(limiter)
        return await to_thread.run_sync(partial(function, *args, **kwargs), limiter=limiter)


class Slots:
    """Limits how many pictures are processed at once, and how many wait for it.

    Requests get a slot in the order in which they came, and hold no thread while they wait. Safe
    with several event loops.
    """

    def __init__(self, count: int, most_waiting: int = MOST_WAITING) -> None:
        self._free = count
        self._most_waiting = most_waiting
        self._threads = Threads(count)
        self._queue: deque[Future[None]] = deque()  # in the order of their requests
        self._lock = Lock()

    def check(self) -> None:
        """Raise QueueFull if no further request may wait. Called before a body is read, this spares
        the reading."""
        if len(self._queue) >= self._most_waiting and not self._free:
            sentence = "as many pictures wait as this server accepts; try again later"
            raise QueueFull(sentence, RETRY_AFTER_S)

    @asynccontextmanager
    async def slot(self, deadline: Deadline) -> AsyncIterator[None]:
        """Hold a slot for the block. Raises QueueFull, and DeadlineExceeded or Abandoned if none is
        free in time."""
        turn = self._join()
        try:
            await _until(deadline, turn)
            yield
        finally:
            if turn.cancel():
                self._leave(turn)
            else:  # it had got its slot
                self._pass_on()

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking function in a thread. The caller holds a slot."""
        return await self._threads.run(function, *args, **kwargs)

    def _join(self) -> Future[None]:
        turn: Future[None] = Future()
        with self._lock:
            self.check()
            self._queue.append(turn)
            if self._free:
                self._free -= 1
                self._serve_first()
        return turn

    def _leave(self, turn: Future[None]) -> None:
        with self._lock, suppress(ValueError):  # its turn may have come already
            self._queue.remove(turn)

    def _pass_on(self) -> None:
        with self._lock:
            self._serve_first()

    def _serve_first(self) -> None:
        """Give a slot to the first request that still waits, or to those that come later."""
        while self._queue:
            first = self._queue.popleft()
            if first.set_running_or_notify_cancel():
                first.set_result(None)
                return
        self._free += 1


async def _until(deadline: Deadline, turn: Future[None]) -> None:
    try:
        with fail_after(deadline.left()):
            await asyncio.wrap_future(turn)
    except TimeoutError as error:
        raise deadline.exceeded() from error


async def while_connected(
    request: Request, deadline: Deadline, work: Callable[[], Awaitable[T]]
) -> T:
    """Return the work's result. Its body has to be read already.

    A client that closes its connection abandons the deadline: what waits is cancelled, and what
    runs in a thread ends at its next look at the deadline. Raises Abandoned then. On Lambda no
    client disconnects.
    """
    scope = CancelScope()

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass  # an empty body, which a GET has and nobody has read
        deadline.abandon()
        scope.cancel()

    watcher = asyncio.create_task(watch())
    try:
        with scope:
            return await work()
        raise deadline.exceeded()
    finally:
        watcher.cancel()
        await asyncio.wait([watcher])
