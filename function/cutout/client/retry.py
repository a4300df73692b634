"""Retries with backoff, shared by all threads of a client."""

from collections.abc import Callable
from threading import Lock

from cutout import retry_after

from . import responses
from .http import ConnectionBroken, Response

Clock = Callable[[], float]  # seconds since 1970
Sleep = Callable[[float], None]

GATEWAY_STATUSES = (502, 504)  # from a proxy that got no response from the service
MOST_TRIES = 7
FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 0.5, 16.0  # doubles after each try
MOST_RETRY_AFTERS = 20  # other clients may use up the rate meanwhile
APART_S = 0.1  # between two requests after a wait, so that a refusal stops the second one
LONGEST_RETRY_AFTER_S = 300.0  # a longer Retry-After is final


class Retry:
    """Sends requests again while a retry may help.

    A Retry-After applies to all threads: they wait until then and continue one after another.
    Otherwise every waiting thread would use the rate that has become free for one photo.
    """

    def __init__(self, clock: Clock, sleep: Sleep) -> None:
        self._clock = clock
        self._sleep = sleep
        self._waiting = Lock()
        self._until = 0.0

    def send(self, send: Callable[[], Response]) -> Response:
        """Return the first final response, or the last one after all tries.

        Raises ConnectionBroken if the last try does.
        """
        failures = retry_afters = 0
        while True:
            with self._waiting:
                pass
            wait_s, is_last = None, failures == MOST_TRIES - 1
            try:
                response, now = send(), self._clock()
                header = str(response.headers.get("Retry-After", ""))
                wait_s = retry_after.seconds(header, now)
                if wait_s is not None:
                    is_last = (
                        retry_afters == MOST_RETRY_AFTERS - 1 or wait_s > LONGEST_RETRY_AFTER_S
                    )
                if is_last or _is_final(response):
                    return response
            except ConnectionBroken:
                if is_last:
                    raise
            if wait_s is None:
                failures += 1
                self._sleep(min(FIRST_BACKOFF_S * 2.0 ** (failures - 1), LONGEST_BACKOFF_S))
            else:
                retry_afters += 1
                self._wait(now + wait_s)

    def _wait(self, until: float) -> None:
        # Two threads may write at once and one value be lost; that thread is refused once more.
        self._until = max(self._until, until)
        with self._waiting:
            self._sleep(max(0.0, self._until - self._clock()))
            self._until = max(self._until, self._clock() + APART_S)


def _is_final(response: Response) -> bool:
    is_transient = response.status in (*responses.BUSY, *GATEWAY_STATUSES)
    return not is_transient or responses.concerns_all_photos(response)
