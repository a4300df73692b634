"""Accounts and their API keys. The table holds the hash of a key, never the key itself."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from ipaddress import IPv6Address, ip_address, ip_network
from zlib import crc32

from cutout.errors import ApiKeyMissing, AuthFailed, InvalidParameter
from cutout.ports import Clock, Condition, ConditionFailed, Item, Key, Table, Write, timestamp

ACCOUNT = re.compile("[a-z0-9][a-z0-9-]{0,39}")
# Keys of version 0.1.0 have no checksum, the last 8 digits. Scanners find keys
# by the pattern of docs/operate/keys.md.
API_KEY = re.compile(
    "(cutout_(?:live|test)_([a-z0-9-]{1,40})_([0-9a-f]{8})_[0-9a-f]{48})([0-9a-f]{8})?"
)
ID_DIGITS, SECRET_DIGITS = 8, 48  # hexadecimal; the secret has 192 random bits
ORIGIN = re.compile(r"https?://[a-z0-9.-]{1,253}(:[0-9]{1,5})?")
MOST_RESTRICTIONS = 50  # of a key, whose item is read for calls
MEGAPIXELS_PER_MINUTE = 500  # remove.bg's rate limit
# A process uses an API key for so long before it reads the key again. A key that is revoked or
# restricted in another process stays usable no longer than that.
REMEMBERED_S = 10
MOST_REMEMBERED = 10_000  # keys


@dataclass(frozen=True)
class ApiKey:
    """An API key as the table describes it, without its secret."""

    account: str
    id: str
    is_test: bool  # results are watermarked and not charged
    megapixels_per_minute: int
    is_strict: bool = False  # requests are refused where Cutout would do otherwise than they ask
    note: str = ""
    created_at: str = ""
    ends_at: str = ""  # empty means no end
    origins: tuple[str, ...] = ()  # of browsers, as https://shop.example; empty allows all requests
    networks: tuple[str, ...] = ()  # of clients, as 203.0.113.0/24; empty allows all addresses
    is_of_first_version: bool = False  # created by version 0.1.0

    def check_use(self, origin: str, address: str) -> None:
        """Raise AuthFailed if the key is restricted, and not to this origin and address.

        The sentence does not say which restriction, so that a thief does not learn it.
        """
        if (self.origins and origin not in self.origins) or (
            self.networks and not _is_in(address, self.networks)
        ):
            raise AuthFailed(
                "the API key in X-Api-Key may not be used from here: it is restricted to origins "
                "or addresses"
            )


class Accounts:
    """Creates, rotates, revokes and authenticates API keys."""

    def __init__(self, table: Table, clock: Clock, random_hex: Callable[[int], str]) -> None:
        """random_hex(n) returns n random hexadecimal digits."""
        self._table = table
        self._clock = clock
        self._random_hex = random_hex
        self._remembered: dict[Key, tuple[float, Item]] = {}  # when it was read, and the item

    def create_key(
        self,
        account: str,
        is_test: bool = False,
        note: str = "",
        megapixels_per_minute: int = MEGAPIXELS_PER_MINUTE,
        is_strict: bool = False,
        origins: Sequence[str] = (),
        networks: Sequence[str] = (),
    ) -> str:
        """Create an API key, and the account with its first one.

        The returned key cannot be read again later. Raises InvalidParameter for a bad account name,
        origin or network.
        """
        restrictions = _restrictions(origins, networks)
        if not ACCOUNT.fullmatch(account):
            raise InvalidParameter(
                "an account name has 1 to 40 lowercase letters, digits and hyphens, "
                "and does not start with a hyphen"
            )
        key_id, secret = self._random_hex(ID_DIGITS), self._random_hex(SECRET_DIGITS)
        key = f"cutout_{'test' if is_test else 'live'}_{account}_{key_id}_{secret}"
        key += _checksum(key)
        self._table.write(Write(account_key(account), add={"quarters": 0}))
        self._table.write(
            Write(
                _item_key(account, key_id),
                set={
                    "hash": _hash(key),
                    "is_test": is_test,
                    "is_strict": is_strict,
                    "note": note,
                    "megapixels_per_minute": megapixels_per_minute,
                    "created_at": timestamp(self._clock()),
                    "ends_at": "",
                    **restrictions,
                },
                when=(Condition("pk", "absent"),),
            )
        )
        return key

    def keys(self, account: str) -> Iterator[ApiKey]:
        """Yield all API keys of an account, including those that have ended."""
        for item in self._table.query(account_key(account).pk, "key#", "key#~"):
            yield _api_key(item)

    def revoke(self, account: str, key_id: str) -> None:
        """End an API key, in other processes after REMEMBERED_S at most.

        Raises InvalidParameter if the account has no such key."""
        self._end(account, key_id, self._clock())

    def restrict(
        self, account: str, key_id: str, origins: Sequence[str], networks: Sequence[str]
    ) -> None:
        """Allow an API key for these origins and networks alone, in place of those before.

        None allow it for all. Other processes follow after REMEMBERED_S at most. Raises
        InvalidParameter if the account has no such key, or for a bad origin or network.
        """
        key, restrictions = _item_key(account, key_id), _restrictions(origins, networks)
        find_item(self._table, key, _missing(account, key_id))  # no key is ever deleted
        self._table.write(Write(key, set=restrictions))
        self._remembered.pop(key, None)

    def rotate(self, account: str, key_id: str, overlap_s: float) -> str:
        """Create an API key with the same properties, and end the old one after overlap_s seconds.

        Returns the new key. Raises InvalidParameter if the old one does not exist or has ended.
        """
        item = find_item(self._table, _item_key(account, key_id), _missing(account, key_id))
        old = _api_key(item)
        if has_ended(item, self._clock()):
            raise InvalidParameter(f"the API key {key_id} has ended; create another key instead")
        new = self.create_key(
            account, old.is_test, old.note, old.megapixels_per_minute, old.is_strict,
            old.origins, old.networks,
        )  # fmt: skip
        self._end(account, key_id, self._clock() + overlap_s)
        return new

    def authenticate(self, text: str) -> ApiKey:
        """Return the API key that the text is. Raises AuthFailed."""
        if not text:
            raise ApiKeyMissing("this endpoint requires an API key in the header X-Api-Key")
        match = API_KEY.fullmatch(text)
        if match and match[4] and match[4] != _checksum(match[1]):
            raise AuthFailed("the API key in X-Api-Key has a typing error: its checksum is wrong")
        item = self._find(_item_key(match[2], match[3])) if match else None
        if not item or not compare_digest(str(item["hash"]), _hash(text)):
            raise AuthFailed("the API key in X-Api-Key is not valid")
        if has_ended(item, self._clock()):
            raise AuthFailed("the API key in X-Api-Key has been revoked")
        return _api_key(item)

    def _find(self, key: Key) -> Item | None:
        """Return the item of an API key, read at most REMEMBERED_S ago; None if there is none."""
        now = self._clock()
        read_at, item = self._remembered.get(key, (0.0, None))
        if item and 0 <= now - read_at < REMEMBERED_S:
            return item
        found = self._table.get(key)
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        if found:  # keys that do not exist would fill the memory
            self._remembered[key] = now, found
        return found

    def _end(self, account: str, key_id: str, at: float) -> None:
        key = _item_key(account, key_id)
        end(self._table, key, at, _missing(account, key_id))
        self._remembered.pop(key, None)


def account_key(account: str) -> Key:
    """Return the key of the item that holds the account's balance."""
    return Key(f"account#{account}", "balance")


def has_ended(item: Item, now: float) -> bool:
    """Return whether an item's `ends_at`, a timestamp or empty, has passed."""
    return bool(item["ends_at"]) and str(item["ends_at"]) <= timestamp(now)


def find_item(table: Table, key: Key, missing: str) -> Item:
    """Return the item, or raise InvalidParameter with the message `missing`."""
    item = table.get(key)
    if not item:
        raise InvalidParameter(missing)
    return item


def end(table: Table, key: Key, at: float, missing: str) -> None:
    """Set an item's `ends_at`, unless an earlier one is set.

    Raises InvalidParameter with the message `missing` if there is no such item.
    """
    ends_at = timestamp(at)
    while True:
        present = find_item(table, key, missing)["ends_at"]
        if present and str(present) < ends_at:
            return
        unchanged = Condition("ends_at", "=", present)
        try:
            return table.write(Write(key, set={"ends_at": ends_at}, when=(unchanged,)))
        except ConditionFailed:
            continue  # a concurrent call has set it


def _item_key(account: str, key_id: str) -> Key:
    return Key(account_key(account).pk, f"key#{key_id}")


def _missing(account: str, key_id: str) -> str:
    return f"{account} has no API key {key_id}"


def _hash(key: str) -> str:
    """A fast hash suffices, since the secret is random and not a password."""
    return sha256(key.encode()).hexdigest()


def _checksum(text: str) -> str:
    """Return a checksum that reveals a typing error in an API key without reading the table."""
    return f"{crc32(text.encode()):08x}"


def _restrictions(origins: Sequence[str], networks: Sequence[str]) -> dict[str, str]:
    """Return the attributes of an API key's item. Raises InvalidParameter."""
    if max(len(origins), len(networks)) > MOST_RESTRICTIONS:
        raise InvalidParameter(
            f"an API key has {MOST_RESTRICTIONS} origins and {MOST_RESTRICTIONS} networks at most"
        )
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            raise InvalidParameter(
                f"{origin[:100]!r} is not an origin such as https://shop.example"
            )
    return {"origins": " ".join(origins), "networks": " ".join(map(_network, networks))}


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError as error:
        raise InvalidParameter(
            f"{text[:100]!r} is not a network such as 203.0.113.0/24, or an address"
        ) from error


def _is_in(address: str, networks: Sequence[str]) -> bool:
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or parsed  # as a socket for both versions has it
    return any(parsed in ip_network(network) for network in networks)


def _api_key(item: Item) -> ApiKey:
    return ApiKey(
        account=str(item["pk"]).removeprefix("account#"),
        id=str(item["sk"]).removeprefix("key#"),
        is_test=bool(item["is_test"]),
        megapixels_per_minute=int(item["megapixels_per_minute"]),
        is_strict=bool(item.get("is_strict")),  # which keys of version 0.1.0 do not have
        note=str(item["note"]),
        created_at=str(item["created_at"]),
        ends_at=str(item["ends_at"]),
        origins=tuple(str(item.get("origins", "")).split()),  # absent in version 0.1.0, too
        networks=tuple(str(item.get("networks", "")).split()),
        is_of_first_version="is_strict" not in item,
    )
