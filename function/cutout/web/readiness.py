"""Tells `/readyz` whether tables and bucket respond, by at most one probe in KEPT_S."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from time import monotonic

from anyio import fail_after

from cutout.errors import Unavailable

KEPT_S = 5  # a load balancer asks every few seconds, and so may anybody else
TIMEOUT_S = 2  # load balancers wait for some seconds; aws/client.py for up to twelve


class Readiness:
    """Probes the stores in a thread of its own. Safe with several event loops."""

    def __init__(
        self,
        probe: Callable[[], None],
        clock: Callable[[], float] = monotonic,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """probe raises Unavailable where a store does not respond."""
        self._probe = probe
        self._clock = clock
        self._timeout_s = timeout_s
        self._pool = ThreadPoolExecutor(1, "readiness")
        self._lock = Lock()
        self._result: Future[None] | None = None
        self._begun = 0.0

    async def check(self) -> None:
        """Raise Unavailable unless the stores responded to a probe of the last KEPT_S seconds."""
        result = asyncio.wrap_future(self._latest())
        result.add_done_callback(_retrieve)
        try:
            with fail_after(self._timeout_s):
                await asyncio.shield(result)
        except TimeoutError as error:
            raise Unavailable("the service's tables and bucket do not respond in time") from error

    def _latest(self) -> Future[None]:
        with self._lock:
            is_old = self._clock() - self._begun >= KEPT_S
            if self._result is None or (self._result.done() and is_old):
                self._begun = self._clock()
                self._result = self._pool.submit(self._probe)
            return self._result


def _retrieve(result: asyncio.Future[None]) -> None:
    """Take the error of a probe for which nobody waits any more; asyncio would log it as lost."""
    if not result.cancelled():
        result.exception()
