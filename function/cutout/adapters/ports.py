"""What the doors are given."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import BoundedSemaphore

from cutout.contract import Options, Result


@dataclass(frozen=True)
class Ports:
    remove_background: Callable[[bytes, Options], Result]
    fetch: Callable[[str], bytes]
    is_ready: Callable[[], bool]
    record: Callable[[Result], None]
    slots: BoundedSemaphore  # pictures in work at once; uploads wait on disk for their turn
    max_bytes: int  # of a picture
    max_result_bytes: int  # of an answer; 0 is no limit
