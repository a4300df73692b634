"""When an API key was last used, to the hour."""

from cutout.ports import Clock, Key, Table, Write, timestamp

from .accounts import ApiKey

HOUR_S = 60 * 60
KEPT_S = 400 * 24 * HOUR_S  # over a year, so that a key used once a year does not look unused


class LastUse:
    """Records when API keys were last used. Each process writes once an hour for each key."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._recorded: dict[Key, int] = {}  # the hour that this process has written

    def record(self, api_key: ApiKey) -> None:
        """Record that an API key is used now."""
        key = _item_key(api_key.account, api_key.id)
        hour = int(self._clock()) // HOUR_S
        if self._recorded.get(key) == hour:
            return
        at = hour * HOUR_S
        self._table.write(Write(key, {"used_at": timestamp(at), "expires_at": at + KEPT_S}))
        self._recorded[key] = hour

    def find(self, account: str, key_id: str) -> str:
        """Return the start of the hour of the last use, or an empty text if there was none."""
        item = self._table.get(_item_key(account, key_id))
        return str(item["used_at"]) if item else ""


def _item_key(account: str, key_id: str) -> Key:
    return Key(f"use#{account}#{key_id}", "use")
