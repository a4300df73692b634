"""Time limits that grow with the slowness of this machine, and waiting that says for what."""

import time
from collections.abc import Callable
from functools import cache
from typing import TypeVar

T = TypeVar("T")

ADDITIONS, REFERENCE_S = 1_000_000, 0.06  # what a quick machine takes for them
POLL_S = 0.01


@cache
def slowness() -> float:
    """How many times slower than a quick machine this one is just now; at least 1."""
    start, total = time.perf_counter(), 0
    for number in range(ADDITIONS):
        total += number
    return max(1.0, (time.perf_counter() - start) / REFERENCE_S)


def limit_s(seconds: float) -> float:
    """A limit for this machine; `seconds` is the limit for a quick one."""
    return seconds * slowness()


def wait_until(condition: Callable[[], T], what: str, seconds: float = 30) -> T:
    """The first true answer of the condition. TimeoutError says what did not happen."""
    until = time.monotonic() + limit_s(seconds)
    while not (answer := condition()):
        if time.monotonic() > until:
            raise TimeoutError(
                f"waited {limit_s(seconds):.0f} s for {what}; "
                f"this machine counts as {slowness():.1f} times slower than a quick one"
            )
        time.sleep(POLL_S)
    return answer
