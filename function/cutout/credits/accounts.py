"""Accounts and their API keys. A key is shown once, when it is made; what is kept is its hash."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest

from cutout.errors import AuthFailed, InvalidParameter
from cutout.ports.clock import Clock, moment
from cutout.ports.table import Item, Key, Table, When, Write

from . import endings

ACCOUNT = re.compile("[a-z0-9][a-z0-9-]{0,39}")
API_KEY = re.compile("cutout_(live|test)_([a-z0-9-]{1,40})_([0-9a-f]{8})_[0-9a-f]{48}")
ID_DIGITS, SECRET_DIGITS = 8, 48  # hexadecimal: 192 bits that nobody guesses
MEGAPIXELS_PER_MINUTE = 500  # remove.bg's


@dataclass(frozen=True)
class Caller:
    account: str
    key_id: str
    is_test: bool  # its results are watermarked and free
    megapixels_per_minute: int


@dataclass(frozen=True)
class ApiKey:
    id: str
    is_test: bool
    note: str
    megapixels_per_minute: int
    created_at: str
    ends_at: str  # empty is never


class Accounts:
    def __init__(self, table: Table, clock: Clock, digits: Callable[[int], str]) -> None:
        """digits(n) is n random hexadecimal ones."""
        self._table = table
        self._clock = clock
        self._digits = digits

    def create_key(
        self,
        account: str,
        is_test: bool = False,
        note: str = "",
        megapixels_per_minute: int = MEGAPIXELS_PER_MINUTE,
    ) -> str:
        """The key itself; there is no other way to it. The account begins with its first."""
        if not ACCOUNT.fullmatch(account):
            raise InvalidParameter("an account is 1 to 40 small letters, digits and hyphens")
        key_id, secret = self._digits(ID_DIGITS), self._digits(SECRET_DIGITS)
        key = f"cutout_{'test' if is_test else 'live'}_{account}_{key_id}_{secret}"
        self._table.write(Write(account_key(account), add={"quarters": 0}))
        self._table.write(
            Write(
                _key_of(account, key_id),
                set={
                    "hash": _hash(key),
                    "is_test": is_test,
                    "note": note,
                    "megapixels_per_minute": megapixels_per_minute,
                    "created_at": moment(self._clock()),
                    "ends_at": "",
                },
                when=(When("pk", "absent"),),
            )
        )
        return key

    def keys(self, account: str) -> Iterator[ApiKey]:
        for item in self._table.query(account_key(account).pk, "key#", "key#~"):
            yield _api_key(item)

    def revoke(self, account: str, key_id: str) -> None:
        """From this moment on."""
        self._end(account, key_id, self._clock())

    def rotate(self, account: str, key_id: str, overlap_s: float) -> str:
        """Another key like it, and as long as both are good."""
        item = endings.existing(self._table, _key_of(account, key_id), _missing(account, key_id))
        old = _api_key(item)
        if endings.has_ended(item, self._clock()):
            raise InvalidParameter(f"{key_id} has ended; create another key instead")
        new = self.create_key(account, old.is_test, old.note, old.megapixels_per_minute)
        self._end(account, key_id, self._clock() + overlap_s)
        return new

    def authenticate(self, text: str) -> Caller:
        if not text:
            raise AuthFailed("this route is for callers with an API key, sent as X-Api-Key")
        match = API_KEY.fullmatch(text)
        item = self._table.get(_key_of(match[2], match[3])) if match else None
        if not match or not item or not compare_digest(str(item["hash"]), _hash(text)):
            raise AuthFailed("the key in X-Api-Key is not one of ours")
        key = _api_key(item)
        if endings.has_ended(item, self._clock()):
            raise AuthFailed("the key in X-Api-Key has been revoked")
        return Caller(match[2], key.id, key.is_test, key.megapixels_per_minute)

    def _end(self, account: str, key_id: str, at: float) -> None:
        endings.end(self._table, _key_of(account, key_id), at, _missing(account, key_id))


def account_key(account: str) -> Key:
    """Of the item with its balance."""
    return Key(f"account#{account}", "balance")


def _key_of(account: str, key_id: str) -> Key:
    return Key(account_key(account).pk, f"key#{key_id}")


def _missing(account: str, key_id: str) -> str:
    return f"{account} has no key {key_id}"


def _hash(key: str) -> str:
    """Slow hashes are for secrets that people think up."""
    return sha256(key.encode()).hexdigest()


def _api_key(item: Item) -> ApiKey:
    return ApiKey(
        id=str(item["sk"]).removeprefix("key#"),
        is_test=bool(item["is_test"]),
        note=str(item["note"]),
        megapixels_per_minute=int(item["megapixels_per_minute"]),
        created_at=str(item["created_at"]),
        ends_at=str(item["ends_at"]),
    )
