"""When to ask again, and when to give up."""

from collections.abc import Callable
from threading import Lock

from cutout import retry_after

from . import answers
from .wire import Broken, Reply

Clock = Callable[[], float]  # seconds since 1970
Sleep = Callable[[float], None]

BETWEEN = (502, 504)  # somebody between us and the service has waited in vain
MOST_TRIES = 7
FIRST_S, MOST_S = 0.5, 16.0  # twice as long after each try
MOST_TOLD = 20  # times to wait for as long as the service says; others may take what comes free
MOST_TOLD_S = 300.0  # whoever asks for more has answered


class Patience:
    """That of all threads of a client: who is told to wait does so one after another, and nobody
    pushes in. Else a key's rate, which comes back for one photo, would be asked for by all."""

    def __init__(self, clock: Clock, sleep: Sleep) -> None:
        self._clock = clock
        self._sleep = sleep
        self._turn = Lock()

    def ask(self, send: Callable[[], Reply]) -> Reply:
        """The first answer that stands, or the last there was."""
        failed = told = 0
        while True:
            with self._turn:
                pass
            try:
                reply = send()
            except Broken:
                failed += 1
                if failed == MOST_TRIES:
                    raise
                self._sleep(_growing_s(failed))
                continue
            if _stands(reply):
                return reply
            wait_s = self._told_s(reply)
            if wait_s is None:
                failed += 1
                if failed == MOST_TRIES:
                    return reply
                self._sleep(_growing_s(failed))
                continue
            told += 1
            if told == MOST_TOLD or wait_s > MOST_TOLD_S:
                return reply
            with self._turn:
                self._sleep(wait_s)

    def _told_s(self, reply: Reply) -> float | None:
        return retry_after.seconds(str(reply.headers.get("Retry-After", "")), self._clock())


def _growing_s(failed: int) -> float:
    return min(FIRST_S * 2.0 ** (failed - 1), MOST_S)


def _stands(reply: Reply) -> bool:
    return reply.status not in (*answers.BUSY, *BETWEEN) or answers.is_for_all(reply)
