"""The daily limit of calls with a test key, whose results are free and watermarked."""

from cutout.errors import FreeCallsUsedUp
from cutout.ports import Clock, Condition, ConditionFailed, Key, Table, Write, timestamp

from .accounts import ApiKey
from .allowance import DAY_S, until_midnight_s

FREE_CALLS_PER_DAY = 500  # of each test key: enough for a test suite, and five minutes of processor


class FreeCalls:
    """Counts the calls of test keys in each day of UTC."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def consume(self, api_key: ApiKey) -> None:
        """Count one call of a test key, and none of another key.

        Raises FreeCallsUsedUp, and then counts nothing.
        """
        if not api_key.is_test:
            return
        now = self._clock()
        day = timestamp(now)[:10]
        write = Write(
            Key(f"free#{api_key.account}#{api_key.id}#{day}", "free"),
            set={"expires_at": int(now) + 2 * DAY_S},
            add={"calls": 1},
            when=(Condition("calls", "absent or <", FREE_CALLS_PER_DAY),),
        )
        try:
            self._table.write(write)
        except ConditionFailed:
            raise FreeCallsUsedUp(
                f"a test key has {FREE_CALLS_PER_DAY} free calls a day; try again after midnight "
                "UTC, or use a live key",
                retry_after_s=until_midnight_s(now),
            ) from None
