"""What webhooks are signed with, as Standard Webhooks has it (standardwebhooks.com).

Who checks a signature needs the same secret as who makes it, so that it is kept as it is and not
as a hash. One that has ended is forgotten when an account's secrets are next made, ended or listed,
but for the table's backups, which go back for 35 days.
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cutout.credits import endings
from cutout.credits.accounts import account_key
from cutout.errors import InvalidParameter
from cutout.ports.clock import Clock, moment
from cutout.ports.table import Item, Key, Table, When, Write

ID_DIGITS, SECRET_DIGITS = 8, 64  # hexadecimal: 32 bytes
PREFIX = "whsec_"


@dataclass(frozen=True)
class WebhookSecret:
    id: str
    created_at: str
    ends_at: str  # empty is never


class WebhookSecrets:
    def __init__(self, table: Table, clock: Clock, digits: Callable[[int], str]) -> None:
        """digits(n) is n random hexadecimal ones."""
        self._table = table
        self._clock = clock
        self._digits = digits

    def create(self, account: str) -> str:
        """The account's only one. A second comes by rotate, with an end for the first."""
        if any(self._good(account)):
            raise InvalidParameter(f"{account} has a webhook secret; rotate it instead")
        self._forget(account)
        return self._make(account)

    def rotate(self, account: str, overlap_s: float) -> str:
        """Another one, and as long as all are good webhooks have the signatures of all."""
        old = [_of(item).id for item in self._good(account)]
        if not old:
            raise InvalidParameter(f"{account} has no webhook secret to rotate; make one")
        new = self._make(account)
        for secret_id in old:
            self._end(account, secret_id, self._clock() + overlap_s)
        self._forget(account)
        return new

    def revoke(self, account: str, secret_id: str) -> None:
        """From this moment on, and what it was is forgotten but for the table's backups."""
        self._end(account, secret_id, self._clock())
        self._forget(account)

    def secrets(self, account: str) -> Iterator[WebhookSecret]:
        """Without what they are."""
        self._forget(account)
        return map(_of, self._items(account))

    def signatures(self, account: str, signed: bytes) -> str:
        """One for each good secret, between spaces; empty without any."""
        secrets = (str(item["secret"]) for item in self._good(account))
        return " ".join(f"v1,{_signature(secret, signed)}" for secret in secrets)

    def _make(self, account: str) -> str:
        if not self._table.get(account_key(account)):
            raise InvalidParameter(f"there is no account {account}")
        key = _key(account, self._digits(ID_DIGITS))
        secret = PREFIX + b64encode(bytes.fromhex(self._digits(SECRET_DIGITS))).decode()
        told = {"secret": secret, "created_at": moment(self._clock()), "ends_at": ""}
        self._table.write(Write(key, set=told, when=(When("pk", "absent"),)))
        return secret

    def _forget(self, account: str) -> None:
        """What the ended ones were; that they have been stays."""
        now = self._clock()
        for item in self._items(account):
            if "secret" in item and endings.has_ended(item, now):
                self._table.write(Write(_key(account, _of(item).id), remove=("secret",)))

    def _items(self, account: str) -> Iterator[Item]:
        first = _key(account, "")
        return self._table.query(first.pk, first.sk, f"{first.sk}~")

    def _good(self, account: str) -> Iterator[Item]:
        """By a clock that is behind, one that is forgotten may not have ended yet."""
        now, items = self._clock(), self._items(account)
        return (item for item in items if "secret" in item and not endings.has_ended(item, now))

    def _end(self, account: str, secret_id: str, at: float) -> None:
        missing = f"{account} has no webhook secret {secret_id}"
        endings.end(self._table, _key(account, secret_id), at, missing)


def _key(account: str, secret_id: str) -> Key:
    return Key(account_key(account).pk, f"webhook-secret#{secret_id}")


def _of(item: Item) -> WebhookSecret:
    return WebhookSecret(
        id=str(item["sk"]).removeprefix("webhook-secret#"),
        created_at=str(item["created_at"]),
        ends_at=str(item["ends_at"]),
    )


def _signature(secret: str, signed: bytes) -> str:
    key = b64decode(secret.removeprefix(PREFIX))
    return b64encode(hmac.digest(key, signed, "sha256")).decode()
