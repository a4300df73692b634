"""Limits the time that one account's receivers of webhooks take, so that others do not wait.

An attempt at a dead receiver holds a thread of WebhookFunction for ten seconds. Therefore a host
that does not answer FAILURES times in a row is paused for its account, with one attempt after each
pause; and the slow attempts of one account have SLOW_SHARE_MS in a minute, whatever their hosts.
"""

import re
from dataclasses import dataclass
from hashlib import sha256

from cutout.ports import Clock, Condition, ConditionFailed, Key, Table, Write

FAILURES = 5  # in a row, after which a receiver is paused
FIRST_PAUSE_S, LONGEST_PAUSE_S = 60, 60 * 60  # it doubles with each failure after a pause
SLOW_MS = 1000  # an attempt that takes less counts nothing
# Of the 1,200 seconds that two WebhookFunctions with ten threads each have in a minute.
SLOW_SHARE_MS = 300_000
MINUTE_S = 60


@dataclass(frozen=True)
class Receiver:
    """What is known of a webhook's host before an attempt."""

    key: Key
    account: str
    failures: int  # in a row
    is_forgotten: bool  # its item has expired, but DynamoDB has not deleted it yet
    is_paused: bool  # no attempt may be made now


@dataclass(frozen=True)
class Receivers:
    """Counts the failures of receivers, for each account and host."""

    table: Table
    clock: Clock

    def find(self, account: str, url: str) -> Receiver:
        """Return the receiver of a URL.

        The first call after a pause begins the next pause and returns a receiver that is not
        paused: only that caller may make an attempt, and has to make it.
        """
        now_ms, key = int(self.clock() * 1000), _key(account, url)
        item = self.table.get(key) or {}
        is_forgotten = bool(item) and int(item["expires_at"]) * 1000 <= now_ms
        failures = 0 if is_forgotten else int(item.get("failures", 0))
        is_paused = self._has_used_its_share(account, now_ms // 1000) or (
            failures >= FAILURES
            and not self._is_first_after_pause(key, failures, int(item.get("paused_ms", 0)), now_ms)
        )
        return Receiver(key, account, failures, is_forgotten, is_paused)

    def writes(self, receiver: Receiver, is_answered: bool, ms: int) -> tuple[Write, ...]:
        """Return the writes that count an attempt which took ms milliseconds."""
        now = int(self.clock())
        expiry = {"expires_at": now + 2 * LONGEST_PAUSE_S}
        writes = []
        if not is_answered and receiver.is_forgotten:
            writes.append(Write(receiver.key, set=expiry | {"failures": 1, "paused_ms": 0}))
        elif not is_answered:
            writes.append(Write(receiver.key, set=expiry, add={"failures": 1}))
        elif receiver.failures:
            writes.append(Write(receiver.key, set=expiry | {"failures": 0, "paused_ms": 0}))
        if ms >= SLOW_MS:
            share = _share_key(receiver.account, now)
            writes.append(Write(share, set={"expires_at": now + 60 * 60}, add={"slow_ms": ms}))
        return tuple(writes)

    def _has_used_its_share(self, account: str, now: int) -> bool:
        item = self.table.get(_share_key(account, now)) or {"slow_ms": 0}
        return int(item["slow_ms"]) >= SLOW_SHARE_MS

    def _is_first_after_pause(self, key: Key, failures: int, paused_ms: int, now_ms: int) -> bool:
        """Begin the next pause if the last one is over. Return False if it is not over, or if
        another caller has begun the next."""
        if paused_ms > now_ms:
            return False
        doublings = min(failures - FAILURES, 10)
        next_ms = 1000 * min(FIRST_PAUSE_S << doublings, LONGEST_PAUSE_S)
        old = Condition("paused_ms", "=", paused_ms) if paused_ms else _UNPAUSED
        try:
            self.table.write(Write(key, set={"paused_ms": now_ms + next_ms}, when=(old,)))
        except ConditionFailed:
            return False
        return True


_UNPAUSED = Condition("paused_ms", "absent or <", 1)


def _key(account: str, url: str) -> Key:
    """Return the key of the URL's host and port, hashed because they may be long."""
    host = re.split(r"[/?#\\]", url.partition("://")[2], maxsplit=1)[0].lower()
    return Key(f"receiver#{account}#{sha256(host.encode()).hexdigest()}", "receiver")


def _share_key(account: str, now: int) -> Key:
    return Key(f"receivers#{account}#{now // MINUTE_S}", "receivers")
