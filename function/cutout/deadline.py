"""The deadline of a response, which includes downloads and the wait for a free engine."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from threading import Event
from time import monotonic

from cutout.errors import Abandoned, CutoutError, DeadlineExceeded

WAY_OUT = "send a smaller one"


@dataclass(frozen=True)
class Deadline:
    """A time limit, which ends early when the client closes its connection.

    The sentence of its error ends with way_out, advice for the client."""

    seconds: float
    at: float  # on the clock of time.monotonic()
    way_out: str = WAY_OUT
    _abandoned: Event = field(default_factory=Event, compare=False, repr=False)
    _interrupts: list[Callable[[], None]] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def after(cls, seconds: float, way_out: str = WAY_OUT) -> "Deadline":
        return cls(seconds, monotonic() + seconds, way_out)

    @property
    def is_abandoned(self) -> bool:
        return self._abandoned.is_set()

    def left(self) -> float:
        return 0.0 if self.is_abandoned else self.at - monotonic()

    def check(self) -> None:
        """Raise DeadlineExceeded if no time is left, Abandoned if the client has gone."""
        if self.left() <= 0:
            raise self.exceeded()

    def exceeded(self) -> CutoutError:
        """Build the error, for code that waits with its own timeout."""
        if self.is_abandoned:
            return Abandoned("the client closed the connection before the response was ready")
        return DeadlineExceeded(
            f"the picture took longer than the {self.seconds:g} s allowed; {self.way_out}"
        )

    def abandon(self) -> None:
        """End the request, whose client has gone, and call all interrupts. Safe from any thread."""
        self._abandoned.set()
        for interrupt in list(self._interrupts):
            interrupt()

    @contextmanager
    def interrupting(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Call interrupt if the client goes within the block: from any thread, and maybe twice."""
        self._interrupts.append(interrupt)
        try:
            if self.is_abandoned:
                interrupt()
            yield
        finally:
            self._interrupts.remove(interrupt)


NEVER = Deadline(inf, inf)
