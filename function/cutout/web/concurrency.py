"""The deadline of a request, the slots that limit how many pictures are in work at once, and the
end of a request whose client has gone."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import Future
from contextlib import asynccontextmanager
from math import inf
from threading import Lock
from typing import Any, TypeVar

from anyio import CancelScope, fail_after
from fastapi import Request

from cutout.deadline import WAY_OUT, Deadline
from cutout.options import removebg

OR_AS_A_JOB = f"{WAY_OUT}, or send it to {removebg.PREFIX}/jobs, which has more time"
T = TypeVar("T")


def clock(deadline_s: int, has_jobs: bool = False) -> Callable[[], Coroutine[Any, Any, Deadline]]:
    """Return a FastAPI dependency that starts a request's deadline; 0 s is no deadline."""

    # async, since a dependency that is not waits for a thread, and that wait has to count.
    async def start() -> Deadline:
        return Deadline.after(deadline_s or inf, OR_AS_A_JOB if has_jobs else WAY_OUT)

    return start


class Slots:
    """Limits how many pictures are in work at once.

    Requests get a slot in the order in which they came, and hold no thread while they wait. Safe
    with several event loops.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._queue: deque[Future[None]] = deque()  # in the order of their requests
        self._lock = Lock()

    @asynccontextmanager
    async def slot(self, deadline: Deadline) -> AsyncIterator[None]:
        """Hold a slot. Raises what the deadline raises where none is free in time."""
        turn = self._join()
        try:
            await _until(deadline, turn)
            yield
        finally:
            if not turn.cancel():  # it had got its slot
                self._pass_on()

    def _join(self) -> Future[None]:
        turn: Future[None] = Future()
        with self._lock:
            self._queue.append(turn)
            if self._free:
                self._free -= 1
                self._serve_first()
        return turn

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
