import pytest

from cutout.credits.accounts import ApiKey
from cutout.credits.last_use import LastUse

KEY, OTHER = (ApiKey("shop", key_id, False, 500) for key_id in ("00000001", "00000002"))


@pytest.fixture
def writes(table):
    """The writes to the table, in order."""
    made, write = [], table.write

    def counted(*writes):
        made.extend(writes)
        write(*writes)

    table.write = counted
    return made


def test_the_last_use_is_known_to_the_hour(table, clock):
    uses = LastUse(table, clock)

    assert uses.find("shop", KEY.id) == ""
    uses.record(KEY)
    first = uses.find("shop", KEY.id)
    clock.now += 3600
    uses.record(KEY)

    assert first == "2027-01-15T08:00:00.000+00:00"
    assert uses.find("shop", KEY.id) == "2027-01-15T09:00:00.000+00:00"
    assert uses.find("shop", OTHER.id) == ""


def test_a_key_is_written_once_an_hour_whatever_the_calls(table, clock, writes):
    uses = LastUse(table, clock)

    for _ in range(100):
        clock.now += 60
        uses.record(KEY)
        uses.record(OTHER)

    assert len(writes) == 2 * 2  # in 100 minutes
