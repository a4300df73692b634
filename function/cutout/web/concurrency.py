"""What every door does around a picture: a clock from the start, and a turn at the network."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from math import inf
from threading import TIMEOUT_MAX, BoundedSemaphore
from typing import Any

from cutout.deadline import WAY_OUT, Deadline
from cutout.options import removebg as dialect

OR_AS_A_JOB = f"{WAY_OUT}, or send it to {dialect.PREFIX}/jobs, which has more time"


def clock(
    deadline_s: int, or_as_a_job: bool = False
) -> Callable[[], Coroutine[Any, Any, Deadline]]:
    # async, for a route that is not may have to wait for a thread, and that counts.
    async def start() -> Deadline:
        return Deadline.after(deadline_s or inf, OR_AS_A_JOB if or_as_a_job else WAY_OUT)

    return start


@contextmanager
def turn(slots: BoundedSemaphore, deadline: Deadline) -> Iterator[None]:
    if not slots.acquire(timeout=min(deadline.left(), TIMEOUT_MAX)):
        raise deadline.exceeded()
    try:
        yield
    finally:
        slots.release()
