"""The deadline of a request, and the slots that limit how many pictures are in work at once."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from math import inf
from threading import TIMEOUT_MAX, BoundedSemaphore
from typing import Any

from cutout.deadline import WAY_OUT, Deadline
from cutout.options import removebg

OR_AS_A_JOB = f"{WAY_OUT}, or send it to {removebg.PREFIX}/jobs, which has more time"


def clock(deadline_s: int, has_jobs: bool = False) -> Callable[[], Coroutine[Any, Any, Deadline]]:
    """Return a FastAPI dependency that starts a request's deadline; 0 s is no deadline."""

    # async, since a dependency that is not waits for a thread, and that wait has to count.
    async def start() -> Deadline:
        return Deadline.after(deadline_s or inf, OR_AS_A_JOB if has_jobs else WAY_OUT)

    return start


@contextmanager
def slot(slots: BoundedSemaphore, deadline: Deadline) -> Iterator[None]:
    """Hold one of the slots. Raises DeadlineExceeded where none is free in time."""
    if not slots.acquire(timeout=min(deadline.left(), TIMEOUT_MAX)):
        raise deadline.exceeded()
    try:
        yield
    finally:
        slots.release()
