"""What every door does around a picture: a clock from the start, and a turn at the network."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from math import inf
from threading import TIMEOUT_MAX, BoundedSemaphore
from typing import Any

from cutout.deadline import Deadline


def clock(deadline_s: int) -> Callable[[], Coroutine[Any, Any, Deadline]]:
    # async, for a route that is not may have to wait for a thread, and that counts.
    async def start() -> Deadline:
        return Deadline.after(deadline_s or inf)

    return start


@contextmanager
def turn(slots: BoundedSemaphore, deadline: Deadline) -> Iterator[None]:
    if not slots.acquire(timeout=min(deadline.left(), TIMEOUT_MAX)):
        raise deadline.exceeded()
    try:
        yield
    finally:
        slots.release()
