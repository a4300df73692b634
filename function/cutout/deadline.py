"""The deadline of a response, which includes downloads and the wait for a free engine."""

from dataclasses import dataclass
from math import inf
from time import monotonic

from cutout.errors import DeadlineExceeded

WAY_OUT = "send a smaller one"


@dataclass(frozen=True)
class Deadline:
    """A time limit. The sentence of its error ends with way_out, advice for the caller."""

    seconds: float
    at: float  # on the clock of time.monotonic()
    way_out: str = WAY_OUT

    @classmethod
    def after(cls, seconds: float, way_out: str = WAY_OUT) -> "Deadline":
        return cls(seconds, monotonic() + seconds, way_out)

    def left(self) -> float:
        return self.at - monotonic()

    def check(self) -> None:
        """Raise DeadlineExceeded if no time is left."""
        if self.left() <= 0:
            raise self.exceeded()

    def exceeded(self) -> DeadlineExceeded:
        """Build the error, for code that waits with its own timeout."""
        return DeadlineExceeded(
            f"the picture took longer than the {self.seconds:g} s allowed; {self.way_out}"
        )


NEVER = Deadline(inf, inf)
