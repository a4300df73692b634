"""What the endpoints need from the rest of the service."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from cutout.credits.accounts import ApiKey
from cutout.credits.allowance import Visitor
from cutout.credits.entries import QUARTERS_PER_CREDIT
from cutout.credits.meter import Identity, Meter, free_meter
from cutout.credits.rate_limit import UNLIMITED
from cutout.deadline import Deadline
from cutout.jobs.submit import Jobs
from cutout.jobs.uploads import Uploads
from cutout.options.record import Options
from cutout.picture import Result

from . import access
from .bodies import BodyMemory
from .concurrency import Slots, Threads
from .readiness import Readiness


@dataclass(frozen=True)
class Credits:
    """Identifies, counts and charges clients."""

    authenticate: access.Authenticate
    visitor: Callable[[Request], Visitor] | None  # without it there are no visitors
    allow: Callable[[Visitor, int], None]  # counts calls in the daily allowance
    # counts a picture of unknown size in the API key's rate limit; takes its highest price in
    # quarters of a credit, and an Idempotency-Key
    count_unseen: Callable[[ApiKey, int, str], None]
    count_free: Callable[[ApiKey], None]  # counts a call of a test key
    balance: Callable[[str], int]  # of an account, in quarters of a credit
    meter: Meter


@dataclass(frozen=True)
class Ports:
    """The functions that the endpoints call, and the limits that they hold to."""

    check: Callable[[Options], None]  # raises what no picture is needed to know
    remove_background: Callable[[bytes, Options, Deadline], Result]
    is_ready: Callable[[], bool]  # the default network is loaded
    model_names: Callable[[], list[str]]  # the default's first
    fetch: Callable[[str, Deadline], bytes]
    check_url: Callable[[str], None]  # raises InvalidImageUrl for one that is not fetched
    check_webhook_url: Callable[[str], None]  # the same for one that nothing is posted to
    record: Callable[[Result], None]
    readiness: Readiness | None  # of tables and bucket; None without them
    credits: Credits | None  # None without tables: nobody is counted or charged
    uploads: Uploads | None  # None without a bucket
    jobs: Jobs | None  # None without a queue
    slots: Slots  # as many as there may be pictures in work at once
    downloads: Slots  # of pictures by their URLs
    upload_reads: Slots
    store_threads: Threads  # for calls of tables, bucket and queue
    body_memory: BodyMemory
    max_bytes: int  # of a picture
    max_result_bytes: int  # of a picture in a response; 0 is no limit
    deadline_s: int  # of a request; 0 is no deadline
    ask_for_keys: bool
    open_rembg_door: bool
    substitute_models: bool  # the default model replaces rembg's models that are not here

    def key_rule(self) -> access.Rule:
        """Return the rule of routes for accounts."""
        if not self.ask_for_keys:
            return access.Anyone()
        if not self.credits:
            return access.Closed()
        return access.KeyRequired(self.credits.authenticate, self.store_threads)

    def visitor_rule(self) -> access.Rule:
        """Return the rule of routes that are open to visitors, within limits."""
        if not self.ask_for_keys or not self.credits or not self.credits.visitor:
            return self.key_rule()
        return access.KeyOrVisitor(
            self.credits.authenticate, self.credits.visitor, self.store_threads
        )

    def admit(
        self,
        identity: Identity,
        unseen: int | None = None,
        idempotency_key: str = "",
        counts_free: bool = True,
        calls: int = 1,
    ) -> None:
        """Count a visitor's calls in the allowance, and a test key's call in its free calls.

        unseen is for a picture whose size is not known before it is fetched or its job runs: the
        quarters of a credit that the account needs for it. The picture's minimum is then counted in
        the API key's rate limit. Without counts_free nothing is counted for a test key.

        Raises AllowanceUsedUp, FreeCallsUsedUp or RateLimited, and InsufficientCredits unless the
        account has paid for the request with this Idempotency-Key; then it does not count the
        request in that limit."""
        if self.credits and isinstance(identity, Visitor):
            self.credits.allow(identity, calls)
        if self.credits and isinstance(identity, ApiKey):
            if unseen is not None:
                self.credits.count_unseen(identity, unseen, idempotency_key)
            if counts_free:
                self.credits.count_free(identity)

    @property
    def meter(self) -> Meter:
        return self.credits.meter if self.credits else free_meter

    def balance(self, identity: Identity) -> int:
        """Return the account's quarters of a credit, which are many where no API key is asked for:
        clients warn of a low balance."""
        if not self.credits or not isinstance(identity, ApiKey):
            return UNLIMITED * QUARTERS_PER_CREDIT
        return self.credits.balance(identity.account)
