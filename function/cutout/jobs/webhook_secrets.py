"""Secrets that sign webhooks, as Standard Webhooks specifies (standardwebhooks.com).

Receivers verify a signature with the same secret, so the table stores it in plain text. An expired
secret is erased the next time any secret of the account is created, rotated, revoked or listed; the
table's backups hold it for 35 more days.
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cutout.credits.accounts import account_key, end, has_ended
from cutout.errors import InvalidParameter
from cutout.ports import Clock, Condition, Item, Key, Table, Write, timestamp

ID_DIGITS, SECRET_DIGITS = 8, 64  # hexadecimal: 32 bytes
PREFIX = "whsec_"


@dataclass(frozen=True)
class WebhookSecret:
    id: str
    created_at: str
    ends_at: str  # empty means no end


class WebhookSecrets:
    """Creates, rotates and revokes the secrets of accounts, and signs with them."""

    def __init__(self, table: Table, clock: Clock, random_hex: Callable[[int], str]) -> None:
        """random_hex(n) returns n random hexadecimal digits."""
        self._table = table
        self._clock = clock
        self._random_hex = random_hex

    def create(self, account: str) -> str:
        """Create the account's secret and return it.

        Raises InvalidParameter if there is no such account, or if it has a valid secret.
        """
        if any(self._valid(account)):
            raise InvalidParameter(f"{account} has a webhook secret; rotate it instead")
        self._erase_ended(account)
        return self._create(account)

    def rotate(self, account: str, overlap_s: float) -> str:
        """Create and return a secret, and end the valid ones after overlap_s seconds.

        Until then webhooks carry a signature of each. Raises InvalidParameter without a valid one.
        """
        old = [_webhook_secret(item).id for item in self._valid(account)]
        if not old:
            raise InvalidParameter(f"{account} has no webhook secret to rotate; make one")
        new = self._create(account)
        for secret_id in old:
            self._end(account, secret_id, self._clock() + overlap_s)
        self._erase_ended(account)
        return new

    def revoke(self, account: str, secret_id: str) -> None:
        """End a secret immediately and erase it. Raises InvalidParameter if it does not exist."""
        self._end(account, secret_id, self._clock())
        self._erase_ended(account)

    def secrets(self, account: str) -> Iterator[WebhookSecret]:
        """Yield the ids and times of all secrets, including those that have ended."""
        self._erase_ended(account)
        return map(_webhook_secret, self._items(account))

    def signatures(self, account: str, signed: bytes) -> str:
        """Sign with each valid secret; the signatures are separated by spaces, or empty."""
        secrets = (str(item["secret"]) for item in self._valid(account))
        return " ".join(f"v1,{_signature(secret, signed)}" for secret in secrets)

    def _create(self, account: str) -> str:
        if not self._table.get(account_key(account)):
            raise InvalidParameter(f"there is no account {account}")
        key = _key(account, self._random_hex(ID_DIGITS))
        secret = PREFIX + b64encode(bytes.fromhex(self._random_hex(SECRET_DIGITS))).decode()
        attributes = {"secret": secret, "created_at": timestamp(self._clock()), "ends_at": ""}
        self._table.write(Write(key, set=attributes, when=(Condition("pk", "absent"),)))
        return secret

    def _erase_ended(self, account: str) -> None:
        """Erase the secrets that have ended, but keep their ids and times."""
        now = self._clock()
        for item in self._items(account):
            if "secret" in item and has_ended(item, now):
                self._table.write(
                    Write(_key(account, _webhook_secret(item).id), remove=("secret",))
                )

    def _items(self, account: str) -> Iterator[Item]:
        first = _key(account, "")
        return self._table.query(first.pk, first.sk, f"{first.sk}~")

    def _valid(self, account: str) -> Iterator[Item]:
        """Yield the items of valid secrets. An erased one is invalid, even if the clock is late."""
        now, items = self._clock(), self._items(account)
        return (item for item in items if "secret" in item and not has_ended(item, now))

    def _end(self, account: str, secret_id: str, at: float) -> None:
        missing = f"{account} has no webhook secret {secret_id}"
        end(self._table, _key(account, secret_id), at, missing)


def _key(account: str, secret_id: str) -> Key:
    return Key(account_key(account).pk, f"webhook-secret#{secret_id}")


def _webhook_secret(item: Item) -> WebhookSecret:
    return WebhookSecret(
        id=str(item["sk"]).removeprefix("webhook-secret#"),
        created_at=str(item["created_at"]),
        ends_at=str(item["ends_at"]),
    )


def _signature(secret: str, signed: bytes) -> str:
    key = b64decode(secret.removeprefix(PREFIX))
    return b64encode(hmac.digest(key, signed, "sha256")).decode()
