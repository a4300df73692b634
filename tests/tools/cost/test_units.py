"""The units of tools/prices.toml are those that tests/test_requests.py counts."""

from collections import Counter

import pytest

from cutout.credits.accounts import account_key
from tests import memory
from tests.test_requests import WAYS, WITHOUT_A_KEY, Calls
from tools.cost import inputs

COUNTED = WAYS | WITHOUT_A_KEY
PRICED = inputs.load().ways
UNITS = {"dynamodb_write": "writes", "dynamodb_read": "reads", "s3_put": "s3_puts",
         "s3_get": "s3_gets"}  # fmt: skip
UPLOAD, JOB = ("an upload", "an upload's cutout"), ("a job", "a job's cutout", "a job's status")


@pytest.mark.parametrize(
    ("way", "calls", "of_the_client"),
    [
        ("call", ("removebg",), {}),
        ("upload", UPLOAD, {"s3_put": 1, "s3_get": 1}),  # POSTs the photo and GETs the cutout
        ("page", UPLOAD, {"s3_put": 1, "s3_get": 1}),
        ("job", JOB, {"s3_get": 1}),
    ],
)
def test_a_way_costs_what_its_calls_are_counted_to_cost(way, calls, of_the_client):
    priced = {name: PRICED[way].units.get(name, 0) for name in UNITS}

    assert priced == {
        name: sum(COUNTED[call][1].get(count, 0) for call in calls) + of_the_client.get(name, 0)
        for name, count in UNITS.items()
    }


def test_the_worker_of_a_job_waits_for_the_requests_that_are_counted():
    counts = COUNTED["a job's cutout"][1]
    s3 = sum(counts[name] for name in ("s3_puts", "s3_gets", "s3_deletes"))

    assert PRICED["job"].waits == {"dynamodb": counts["dynamodb"], "s3": s3}


def test_a_job_writes_as_many_units_to_one_table_and_one_row_as_its_limits_count(
    engine, photo, monkeypatch
):
    calls, units = Calls(engine, photo, monkeypatch), Counter()
    calls.queue_job()
    calls.work()
    write = memory.MemoryTable.write

    def counted(table, *writes):
        each = 1 if len(writes) == 1 else 2  # all items have less than 1 KB
        for one in writes:
            units.update({id(table): each, one.key: each})
        write(table, *writes)

    monkeypatch.setattr(memory.MemoryTable, "write", counted)
    calls.queue_job()
    calls.work()
    calls.ask()

    by_table = [count for name, count in units.items() if isinstance(name, int)]
    requests = PRICED["job"].requests
    assert requests["table_writes"] == max(by_table)
    assert requests["row_writes"] == units[account_key("shop")]
