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
APART_S = 0.1  # in which who asks for too much is told so, before the next one asks
MOST_TOLD_S = 300.0  # whoever asks for more has answered


class Patience:
    """That of all threads of a client: what one is told holds for all who wait, they go one by one,
    and nobody pushes in. Else a key's rate, which comes back for one photo, would be asked for by
    all."""

    def __init__(self, clock: Clock, sleep: Sleep) -> None:
        self._clock = clock
        self._sleep = sleep
        self._turn = Lock()
        self._until = 0.0

    def ask(self, send: Callable[[], Reply]) -> Reply:
        """The first answer that stands, or the last there was."""
        failed = told = 0
        while True:
            with self._turn:
                pass
            wait_s, is_last = None, failed == MOST_TRIES - 1
            try:
                reply, now = send(), self._clock()
                wait_s = retry_after.seconds(str(reply.headers.get("Retry-After", "")), now)
                if wait_s is not None:
                    is_last = told == MOST_TOLD - 1 or wait_s > MOST_TOLD_S
                if is_last or _stands(reply):
                    return reply
            except Broken:
                if is_last:
                    raise
            if wait_s is None:
                failed += 1
                self._sleep(_growing_s(failed))
            else:
                told += 1
                self._wait(now + wait_s)

    def _wait(self, until: float) -> None:
        # Of two in the same moment one may get lost: who then comes too early is told once more.
        self._until = max(self._until, until)
        with self._turn:
            self._sleep(max(0.0, self._until - self._clock()))
            self._until = max(self._until, self._clock() + APART_S)


def _growing_s(failed: int) -> float:
    return min(FIRST_S * 2.0 ** (failed - 1), MOST_S)


def _stands(reply: Reply) -> bool:
    return reply.status not in (*answers.BUSY, *BETWEEN) or answers.is_for_all(reply)
