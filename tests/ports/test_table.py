"""The contract of Table, for DynamoDB and for the table in memory that other tests use."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from cutout.ports import Condition, ConditionFailed, Key, Write
from tests.memory import MemoryTable


@pytest.fixture(params=["memory", pytest.param("dynamodb", marks=pytest.mark.aws)])
def table(request):
    return MemoryTable() if request.param == "memory" else request.getfixturevalue("ledger_table")


@pytest.fixture
def key():
    return Key(f"thing#{uuid4().hex}", "one")


def test_the_first_write_creates_an_item(table, key):
    assert table.get(key) is None

    table.write(Write(key, set={"name": "ann", "is_new": True}, add={"count": 3}))

    assert table.get(key) == {
        "pk": key.pk, "sk": "one", "name": "ann", "is_new": True, "count": 3,
    }  # fmt: skip


def test_a_write_keeps_other_attributes(table, key):
    table.write(Write(key, set={"name": "ann", "state": "old"}, add={"count": 3}))

    table.write(Write(key, set={"state": "new"}, add={"count": -5}, remove=("name",)))

    assert table.get(key) == {"pk": key.pk, "sk": "one", "state": "new", "count": -2}


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        (Condition("count", "=", 5), True),
        (Condition("count", "=", 4), False),
        (Condition("count", ">=", 5), True),
        (Condition("count", ">=", 6), False),
        (Condition("nothing", ">=", 0), False),
        (Condition("count", "absent or <", 6), True),
        (Condition("count", "absent or <", 5), False),
        (Condition("nothing", "absent or <", 0), True),
        (Condition("nothing", "absent"), True),
        (Condition("count", "absent"), False),
    ],
    ids=str,
)
def test_conditions_hold_for_the_item_before_the_write(table, key, when, holds):
    table.write(Write(key, set={"count": 5}))

    if holds:
        table.write(Write(key, set={"count": 6}, when=(when,)))
    else:
        with pytest.raises(ConditionFailed):
            table.write(Write(key, set={"count": 6}, when=(when,)))

    assert table.get(key)["count"] == (6 if holds else 5)


def test_a_failed_condition_cancels_all_writes(table, key):
    other = Key(key.pk, "other")
    table.write(Write(key, set={"count": 1}))

    with pytest.raises(ConditionFailed) as raised:
        table.write(
            Write(other, add={"count": 1}),
            Write(key, when=(Condition("count", "=", 2),), set={"a": 1}),
        )

    assert raised.value.failed == (1,)
    assert table.get(other) is None


@pytest.mark.parametrize(("least", "holds"), [(4, True), (6, False)])
def test_joined_writes_of_an_item_are_one_under_the_conditions_of_both(table, key, least, holds):
    table.write(Write(key, set={"count": 5, "full": 7}))
    one = Write(key, add={"count": -1}, when=(Condition("count", ">=", least),))
    within = (Condition("full", ">=", 7), Condition("full", "absent or <", 8))
    both = one.joined(Write(key, set={"name": "ann"}, add={"full": 2}, when=within))

    if holds:
        table.write(both)
    for _ in range(2):  # no condition holds a second time
        with pytest.raises(ConditionFailed):
            table.write(both)

    found = table.get(key)
    assert (found["count"], found["full"], found.get("name")) == (
        (4, 9, "ann") if holds else (5, 7, None)
    )


def test_a_query_yields_a_range_in_order(table, key):
    for sk in ("b", "d", "a", "c"):
        table.write(Write(Key(key.pk, sk), set={"n": 1}))

    assert [item["sk"] for item in table.query(key.pk, "b", "c")] == ["b", "c"]


def test_a_query_reads_all_of_dynamodbs_pages(ledger_table, key):
    for n in range(4):
        ledger_table.write(Write(Key(key.pk, str(n)), set={"text": "x" * 390_000}))

    assert len(list(ledger_table.query(key.pk, "0", "9"))) == 4


def test_due_items_are_found_by_time(table, key):
    for sk, time in (("early", "2026-01"), ("late", "2026-03"), ("never", "")):
        due = {"due": key.pk, "due_at": time} if time else {"state": "done"}
        table.write(Write(Key(key.pk, sk), set=due))

    assert [item["sk"] for item in table.due(key.pk, "2026-02")] == ["early"]


def test_concurrent_additions_all_count(table, key):
    log = [Write(Key(key.pk, str(n)), set={"n": n}) for n in range(64)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda write: table.write(Write(key, add={"count": 1}), write), log))

    assert table.get(key)["count"] == 64
