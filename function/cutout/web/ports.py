"""What the endpoints need from the rest of the service."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import BoundedSemaphore

from fastapi import Request

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
    check: Callable[[Options], None]  # raises what no picture is needed to know
    remove_background: Callable[[bytes, Options, Deadline], Result]
    fetch: Callable[[str, Deadline], bytes]
    authenticate: access.Authenticate
    visitor: Callable[[Request], Visitor] | None  # without it there are no visitors
    allow: Callable[[Visitor], None]  # counts a request of the daily allowance
    balance: Callable[[str], int]  # of an account, in quarters of a credit
    count: Callable[[ApiKey], object]  # a fetch, in the API key's rate limit
    meter: Meter
    uploads: Uploads | None  # none without a bucket
    jobs: Jobs | None  # none without a queue
    is_ready: Callable[[], bool]
    record: Callable[[Result], None]
    slots: BoundedSemaphore  # as many as there may be pictures in work at once
    max_bytes: int  # of a picture
    max_result_bytes: int  # of a response; 0 is no limit
    deadline_s: int  # of a request; 0 is no deadline
    ask_for_keys: bool
    open_rembg_door: bool

    def admit(self, identity: Identity, fetches: bool = False) -> None:
        """Count a visitor's request in the allowance, and an API key's fetch in its rate limit.

        Raises AllowanceUsedUp or RateLimited, and then counts nothing."""
        if isinstance(identity, Visitor):
            self.allow(identity)
        if isinstance(identity, ApiKey) and fetches:
            self.count(identity)

    def key_rule(self) -> access.Rule:
        """Return the rule of routes for accounts."""
        return access.KeyRequired(self.authenticate) if self.ask_for_keys else access.Anyone()

    def visitor_rule(self) -> access.Rule:
        """Return the rule of routes that are open to visitors, within limits."""
        if not self.ask_for_keys or not self.visitor:
            return self.key_rule()
        return access.KeyOrVisitor(self.authenticate, self.visitor)
