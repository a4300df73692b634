"""What keys, ledger and bucket cost."""

import asyncio
import os

import pytest

from tools.bench.contract import Line, measure, table


@pytest.fixture
def loop():
    """Mangum makes one where there is none, and leaves it to the process's end."""
    try:
        asyncio.get_event_loop()
    except (RuntimeError, DeprecationWarning):  # that there is none, by the version of Python
        made = asyncio.new_event_loop()
    else:
        yield
        return
    asyncio.set_event_loop(made)
    yield
    asyncio.set_event_loop(None)
    made.close()


@pytest.mark.usefixtures("loop")
def test_every_way_is_charged_and_its_requests_are_counted(aws, settings, photo, monkeypatch):
    for name in aws.environment():
        monkeypatch.setenv(name, os.environ.get(name, ""))

    alone, door, keyed, uploaded = measure(aws, settings, photo, rounds=2)

    assert alone.requests == door.requests == {}
    # The key; the rate, read and taken; reserved, settled.
    assert keyed.requests == {"dynamodb": 5}
    # Besides these the upload, which file was in it, and whether it is still wanted; the photo and
    # the result.
    assert uploaded.requests == {"dynamodb": 8, "s3": 2}
    assert (alone.over_ms, door.over_ms) == (0, door.ms - alone.ms)


def test_shares_are_of_the_engine_alone():
    line = Line("with key", 250, 50, {"dynamodb": 5})

    assert line.cells() == ["with key", "250", "50.0", "25.0 %", "5", "0"]
    assert "| with key | 250 | 50.0 | 25.0 % | 5 | 0 |" in table([line])
