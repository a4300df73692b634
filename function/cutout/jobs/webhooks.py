"""Webhooks: signed, posted, and tried again for a day.

Each attempt is an entry of a log. Whoever is given the same webhook twice posts it once more only
while it has not arrived, and not before it is due; only two at the same moment may both post it.
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

from .webhook_secrets import WebhookSecrets

HOUR_S = 60 * 60
BACKOFF_S = (5, 30, 2 * 60, 10 * 60, 30 * 60, HOUR_S)  # after each attempt; then the last again
MOST_TOLD_S = HOUR_S  # of what a receiver asks for; more would cost it attempts
TRIED_S = 24 * HOUR_S  # after the first attempt, the last
REMEMBERED_S = 7 * 24 * HOUR_S  # the log
NO_SECRET = "no_secret"
GONE = 410  # HTTP's: the receiver wants no more of it

State = Literal["waiting", "delivered", "gone", "given_up"]


class Unanswered(Exception):
    """There was no status; str(error) is a word for the log."""


@dataclass(frozen=True)
class Reply:
    status: int  # HTTP's, or 0
    error: str = ""  # where there is no status
    retry_after_s: float = 0  # which the receiver asks for


Post = Callable[[str, Mapping[str, str], bytes], Reply]  # raises Unanswered


@dataclass(frozen=True)
class Webhook:
    id: str  # the same at each attempt, by which the receiver knows what he has had
    account: str
    url: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Attempt:
    number: int  # from 1
    at: str
    status: int  # HTTP's, or 0
    error: str  # where there is no status
    ms: int


@dataclass(frozen=True)
class Delivery:
    state: State
    attempt: Attempt | None  # none where it was not yet due, or no longer
    wait_s: int  # while it waits, until it is due, which may be now


class Webhooks:
    def __init__(self, table: Table, secrets: WebhookSecrets, post: Post, clock: Clock) -> None:
        self._table = table
        self._secrets = secrets
        self._post = post
        self._clock = clock

    def deliver(self, webhook: Webhook) -> Delivery:
        """One attempt, if it is due."""
        known = self._table.get(_key(webhook.id))
        if known and known["state"] != "waiting":
            return Delivery(_state(known), None, 0)
        if known and (wait_s := self._wait_s(known)):
            return Delivery("waiting", None, wait_s)
        began = self._clock()
        reply = self._attempt(webhook, int(began))
        while True:
            try:
                return self._enter(webhook, began, reply)
            except ConditionFailed:
                continue  # another attempt was entered in between

    def _attempt(self, webhook: Webhook, timestamp: int) -> Reply:
        body = json.dumps(webhook.payload, ensure_ascii=False, separators=(",", ":")).encode()
        signed = f"{webhook.id}.{timestamp}.".encode() + body
        signatures = self._secrets.signatures(webhook.account, signed)
        # Unsigned it would teach its receiver to believe anybody. It waits like any other, for who
        # revokes a secret that leaked makes another.
        if not signatures:
            return Reply(0, NO_SECRET)
        headers = {
            "content-type": "application/json",
            "webhook-id": webhook.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signatures,
        }
        try:
            return self._post(webhook.url, headers, body)
        except Unanswered as error:
            return Reply(0, str(error))

    def _enter(self, webhook: Webhook, began: float, reply: Reply) -> Delivery:
        known, now = self._table.get(_key(webhook.id)), self._clock()
        reached = _reached(known, began, now, reply)
        number = int(reached["attempts"])
        attempt = Attempt(
            number, timestamp(began), reply.status, reply.error, _ms(now) - _ms(began)
        )
        kept: dict[str, Value] = {"expires_at": int(now) + REMEMBERED_S}
        unchanged = Condition("attempts", "=", number - 1) if known else Condition("pk", "absent")
        owned: dict[str, Value] = {"account": webhook.account}
        self._table.write(
            Write(_key(webhook.id), set=owned | reached | kept, when=(unchanged,)),
            Write(_entry_key(webhook.id, number), set=vars(attempt) | kept),
        )
        return Delivery(_state(reached), attempt, self._wait_s(reached))

    def _wait_s(self, known: Item) -> int:
        """Rounded up, so that it does not come too early."""
        return max(0, -((_ms(self._clock()) - int(known["due_ms"])) // 1000))


def attempts(table: Table, webhook_id: str, now: float) -> Iterator[Attempt]:
    """The log, in order."""
    for item in table.query(_key(webhook_id).pk, "attempt#", "attempt#~"):
        if int(item["expires_at"]) > now:
            yield Attempt(
                number=int(item["number"]),
                at=str(item["at"]),
                status=int(item["status"]),
                error=str(item["error"]),
                ms=int(item["ms"]),
            )


def _reached(known: Item | None, began: float, now: float, reply: Reply) -> dict[str, Value]:
    """Where another attempt leaves the webhook."""
    before = int(known["attempts"]) if known else 0
    first_ms = int(known["first_ms"]) if known else _ms(began)
    backoff_s = BACKOFF_S[min(before, len(BACKOFF_S) - 1)]
    due_ms = _ms(now) + _ms(max(backoff_s, min(reply.retry_after_s, MOST_TOLD_S)))
    state = _state_after(reply.status, is_last=due_ms > first_ms + 1000 * TRIED_S)
    if known and known["state"] != "waiting" and state != "delivered":
        state = _state(known)  # by another attempt at the same moment
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
