"""Signs webhooks, posts them, and retries for a day.

The table keeps a log of the attempts. A message that is delivered twice posts a webhook again only
if it is due and has not been delivered; two workers at the same moment may both post it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cutout.ports import (
    Clock,
    Condition,
    ConditionFailed,
    Item,
    Key,
    Table,
    Value,
    Write,
    timestamp,
)

from .receivers import Receiver, Receivers
from .webhook_secrets import WebhookSecrets

HOUR_S = 60 * 60
BACKOFF_S = (5, 30, 2 * 60, 10 * 60, 30 * 60, HOUR_S)  # after each attempt; the last one repeats
LONGEST_RETRY_AFTER_S = HOUR_S  # a longer one would leave the receiver fewer attempts
RETRIED_S = 24 * HOUR_S  # from the first attempt to the last
LOG_S = 7 * 24 * HOUR_S
NO_SECRET = "no_secret"
PAUSED = "paused"  # nothing was posted, as receivers.py says
GONE = 410  # HTTP's: the receiver wants no further attempts

State = Literal["waiting", "delivered", "gone", "given_up"]


class Unanswered(Exception):
    """The receiver sent no status; str(error) is a code for the log."""

    def __init__(self, code: str, is_final: bool = False) -> None:
        """is_final says that no attempt can succeed, as the address itself is refused."""
        super().__init__(code)
        self.is_final = is_final


@dataclass(frozen=True)
class Reply:
    status: int  # HTTP's, or 0
    error: str = ""  # a code if there is no status
    retry_after_s: float = 0  # from the Retry-After header
    is_final: bool = False  # whether no further attempt can succeed


Post = Callable[[str, Mapping[str, str], bytes], Reply]  # raises Unanswered


@dataclass(frozen=True)
class Webhook:
    id: str  # the same in all attempts, so that receivers can ignore duplicates
    account: str
    url: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Attempt:
    number: int  # from 1
    at: str
    status: int  # HTTP's, or 0
    error: str  # a code if there is no status
    ms: int


@dataclass(frozen=True)
class Delivery:
    state: State
    attempt: Attempt | None  # None if the webhook was not due
    wait_s: int  # until the next attempt, if the state is waiting; may be 0


class Webhooks:
    """Delivers webhooks. Safe with any number of workers."""

    def __init__(self, table: Table, secrets: WebhookSecrets, post: Post, clock: Clock) -> None:
        self._table = table
        self._secrets = secrets
        self._post = post
        self._clock = clock
        self._receivers = Receivers(table, clock)

    def deliver(self, webhook: Webhook) -> Delivery:
        """Make one attempt if the webhook is due, and log it."""
        item = self._table.get(_key(webhook.id))
        if item and item["state"] != "waiting":
            return Delivery(_state(item), None, 0)
        if item and (wait_s := self._wait_s(item)):
            return Delivery("waiting", None, wait_s)
        began = self._clock()
        receiver = self._receivers.find(webhook.account, webhook.url)
        reply = self._attempt(webhook, int(began), receiver)
        counted = self._count(receiver, began, reply)
        while True:
            try:
                return self._log(webhook, began, reply, counted)
            except ConditionFailed:
                continue  # another attempt was logged meanwhile

    def _attempt(self, webhook: Webhook, timestamp: int, receiver: Receiver) -> Reply:
        # A pause takes the place of an attempt, so that a message is received no more often than
        # attempts are allowed.
        if receiver.is_paused:
            return Reply(0, PAUSED)
        body = json.dumps(webhook.payload, ensure_ascii=False, separators=(",", ":")).encode()
        signed = f"{webhook.id}.{timestamp}.".encode() + body
        signatures = self._secrets.signatures(webhook.account, signed)
        # An unsigned webhook would train receivers to accept forgeries.
        if not signatures:
            return Reply(0, NO_SECRET, is_final=True)
        headers = {
            "content-type": "application/json",
            "webhook-id": webhook.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signatures,
        }
        try:
            return self._post(webhook.url, headers, body)
        except Unanswered as error:
            return Reply(0, str(error), is_final=error.is_final)

    def _count(self, receiver: Receiver, began: float, reply: Reply) -> tuple[Write, ...]:
        """Return the writes that count an attempt for its receiver; none if nothing was posted."""
        if receiver.is_paused or reply.is_final:
            return ()
        ms = _ms(self._clock()) - _ms(began)
        return self._receivers.writes(receiver, bool(reply.status), ms)

    def _log(
        self, webhook: Webhook, began: float, reply: Reply, counted: tuple[Write, ...]
    ) -> Delivery:
        item, now = self._table.get(_key(webhook.id)), self._clock()
        after = _after_attempt(item, began, now, reply)
        number = int(after["attempts"])
        attempt = Attempt(
            number, timestamp(began), reply.status, reply.error, _ms(now) - _ms(began)
        )
        expiry: dict[str, Value] = {"expires_at": int(now) + LOG_S}
        unchanged = Condition("attempts", "=", number - 1) if item else Condition("pk", "absent")
        owned: dict[str, Value] = {"account": webhook.account}
        self._table.write(
            Write(_key(webhook.id), set=owned | after | expiry, when=(unchanged,)),
            Write(_entry_key(webhook.id, number), set=vars(attempt) | expiry),
            *counted,
        )
        return Delivery(_state(after), attempt, self._wait_s(after))

    def _wait_s(self, item: Item) -> int:
        """Return the seconds until the next attempt, rounded up."""
        return max(0, -((_ms(self._clock()) - int(item["due_ms"])) // 1000))


def state(table: Table, webhook_id: str) -> State:
    """Return the state of a webhook, which is waiting before its first attempt."""
    item = table.get(_key(webhook_id))
    return _state(item) if item else "waiting"


def attempts(table: Table, webhook_id: str, now: float) -> Iterator[Attempt]:
    """Yield the log of a webhook in order."""
    for item in table.query(_key(webhook_id).pk, "attempt#", "attempt#~"):
        if int(item["expires_at"]) > now:
            yield Attempt(
                number=int(item["number"]),
                at=str(item["at"]),
                status=int(item["status"]),
                error=str(item["error"]),
                ms=int(item["ms"]),
            )


def _after_attempt(item: Item | None, began: float, now: float, reply: Reply) -> dict[str, Value]:
    """Return the webhook's attributes after another attempt."""
    before = int(item["attempts"]) if item else 0
    first_ms = int(item["first_ms"]) if item else _ms(began)
    backoff_s = BACKOFF_S[min(before, len(BACKOFF_S) - 1)]
    due_ms = _ms(now) + _ms(max(backoff_s, min(reply.retry_after_s, LONGEST_RETRY_AFTER_S)))
    is_last = reply.is_final or due_ms > first_ms + 1000 * RETRIED_S
    state = _state_after(reply.status, is_last)
    if item and item["state"] != "waiting" and state != "delivered":
        state = _state(item)  # set by another attempt at the same moment
    return {"state": state, "attempts": before + 1, "first_ms": first_ms, "due_ms": due_ms}


def _state_after(status: int, is_last: bool) -> State:
    if 200 <= status < 300:
        return "delivered"
    if status == GONE:
        return "gone"
    return "given_up" if is_last else "waiting"


def _state(item: Item) -> State:
    return item["state"]  # type: ignore[return-value]


def _key(webhook_id: str) -> Key:
    return Key(f"webhook#{webhook_id}", "delivery")


def _entry_key(webhook_id: str, number: int) -> Key:
    return Key(_key(webhook_id).pk, f"attempt#{number:03}")


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
