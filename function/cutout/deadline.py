"""How long an answer may take, its download and the wait for a turn included."""

from dataclasses import dataclass
from math import inf
from time import monotonic

from cutout.errors import DeadlineExceeded

WAY_OUT = "send a smaller one"


@dataclass(frozen=True)
class Deadline:
    seconds: float
    at: float  # on the clock of time.monotonic()
    way_out: str = WAY_OUT

    @classmethod
    def after(cls, seconds: float, way_out: str = WAY_OUT) -> "Deadline":
        return cls(seconds, monotonic() + seconds, way_out)

    def left(self) -> float:
        return self.at - monotonic()

    def check(self) -> None:
        if self.left() <= 0:
            raise self.exceeded()

    def exceeded(self) -> DeadlineExceeded:
        return DeadlineExceeded(
            f"the picture took longer than the {self.seconds:g} s allowed; {self.way_out}"
        )


NEVER = Deadline(inf, inf)
