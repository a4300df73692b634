"""What the doors are given."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import BoundedSemaphore

from fastapi import Request
from fastapi.routing import APIRoute

from cutout.credits.accounts import ApiKey
from cutout.credits.allowance import Visitor
from cutout.credits.meter import Identity, Meter
from cutout.deadline import Deadline
from cutout.jobs.submit import Jobs
from cutout.jobs.uploads import Uploads
from cutout.options.record import Options
from cutout.picture import Result

from . import access


@dataclass(frozen=True)
class Ports:
    check: Callable[[Options], None]  # what is wrong with them, before any work
    remove_background: Callable[[bytes, Options, Deadline], Result]
    fetch: Callable[[str, Deadline], bytes]
    authenticate: access.Authenticate  # by an API key
    visitor: Callable[[Request], Visitor] | None  # who comes without one; none are let in without
    allow: Callable[[Visitor], None]
    balance: Callable[[str], int]  # of an account, in quarters of a credit
    count: Callable[[ApiKey], object]  # a photo that is fetched, of the minute of a key
    meter: Meter
    uploads: Uploads | None  # none without a bucket
    jobs: Jobs | None  # none without a queue
    is_ready: Callable[[], bool]
    record: Callable[[Result], None]
    slots: BoundedSemaphore  # pictures in work at once; uploads wait on disk for their turn
    max_bytes: int  # of a picture
    max_result_bytes: int  # of an answer; 0 is no limit
    deadline_s: int  # for an answer; 0 is none
    ask_for_keys: bool
    open_rembg_door: bool

    def admit(self, payer: Identity, fetches: bool = False) -> None:
        """Counts the call of one without a key, who may have had as many as there are, and what is
        fetched for others before it is."""
        if isinstance(payer, Visitor):
            self.allow(payer)
        if isinstance(payer, ApiKey) and fetches:
            self.count(payer)

    def keyed(self) -> type[APIRoute]:
        """The rule of routes for callers who pay."""
        return access.key(self.authenticate) if self.ask_for_keys else access.Anyone

    def bounded(self, max_bytes: int = 0) -> type[APIRoute]:
        """The rule of routes that are within bounds for others, too."""
        if not self.ask_for_keys or not self.visitor:
            return self.keyed()
        return access.bounded(self.authenticate, self.visitor, max_bytes)
