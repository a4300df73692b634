"""What the doors are given."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import BoundedSemaphore

from fastapi.routing import APIRoute

from cutout.contract import Options, Result
from cutout.deadline import Deadline
from cutout.services.accounts import Caller
from cutout.services.meter import Meter

from . import access


@dataclass(frozen=True)
class Ports:
    check: Callable[[Options], None]  # what is wrong with them, before any work
    remove_background: Callable[[bytes, Options, Deadline], Result]
    fetch: Callable[[str, Deadline], bytes]
    authenticate: Callable[[str], Caller]  # by an API key
    balance: Callable[[str], int]  # of an account, in quarters of a credit
    meter: Meter
    is_ready: Callable[[], bool]
    record: Callable[[Result], None]
    slots: BoundedSemaphore  # pictures in work at once; uploads wait on disk for their turn
    max_bytes: int  # of a picture
    max_result_bytes: int  # of an answer; 0 is no limit
    deadline_s: int  # for an answer; 0 is none
    ask_for_keys: bool
    open_rembg_door: bool

    def keyed(self) -> type[APIRoute]:
        """The rule of routes for callers who pay."""
        return access.key(self.authenticate) if self.ask_for_keys else access.Anyone
