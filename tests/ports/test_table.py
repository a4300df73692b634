"""What every table holds to: DynamoDB's, and the one in memory that the services' tests use."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from cutout.ports.table import Key, Refused, When, Write
from tests.memory import MemoryTable


@pytest.fixture(params=["memory", pytest.param("dynamodb", marks=pytest.mark.aws)])
def table(request):
    return MemoryTable() if request.param == "memory" else request.getfixturevalue("ledger_table")


@pytest.fixture
def key():
    return Key(f"thing#{uuid4().hex}", "one")


def test_an_item_comes_into_being_by_its_first_change(table, key):
    assert table.get(key) is None

    table.write(Write(key, set={"name": "ann", "is_new": True}, add={"count": 3}))

    assert table.get(key) == {
        "pk": key.pk, "sk": "one", "name": "ann", "is_new": True, "count": 3,
    }  # fmt: skip


def test_a_change_leaves_the_rest_alone(table, key):
    table.write(Write(key, set={"name": "ann", "state": "old"}, add={"count": 3}))

    table.write(Write(key, set={"state": "new"}, add={"count": -5}, remove=("name",)))

    assert table.get(key) == {"pk": key.pk, "sk": "one", "state": "new", "count": -2}


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        (When("count", "=", 5), True),
        (When("count", "=", 4), False),
        (When("count", ">=", 5), True),
        (When("count", ">=", 6), False),
        (When("nothing", ">=", 0), False),
        (When("count", "absent or <", 6), True),
        (When("count", "absent or <", 5), False),
        (When("nothing", "absent or <", 0), True),
        (When("nothing", "absent"), True),
        (When("count", "absent"), False),
    ],
    ids=str,
)
def test_conditions_are_of_the_item_as_it_was(table, key, when, holds):
    table.write(Write(key, set={"count": 5}))

    if holds:
        table.write(Write(key, set={"count": 6}, when=(when,)))
    else:
        with pytest.raises(Refused):
            table.write(Write(key, set={"count": 6}, when=(when,)))

    assert table.get(key)["count"] == (6 if holds else 5)


def test_all_is_written_or_none(table, key):
    other = Key(key.pk, "other")
    table.write(Write(key, set={"count": 1}))

    with pytest.raises(Refused):
        table.write(
            Write(other, add={"count": 1}), Write(key, when=(When("count", "=", 2),), set={"a": 1})
        )

    assert table.get(other) is None


def test_a_query_gives_a_range_in_order(table, key):
    for sk in ("b", "d", "a", "c"):
        table.write(Write(Key(key.pk, sk), set={"n": 1}))

    assert [item["sk"] for item in table.query(key.pk, "b", "c")] == ["b", "c"]


def test_a_query_goes_on_past_dynamodbs_page_of_a_megabyte(ledger_table, key):
    for n in range(4):
        ledger_table.write(Write(Key(key.pk, str(n)), set={"text": "x" * 390_000}))

    assert len(list(ledger_table.query(key.pk, "0", "9"))) == 4


def test_what_is_due_is_found_by_its_moment(table, key):
    for sk, moment in (("early", "2026-01"), ("late", "2026-03"), ("never", "")):
        due = {"due": key.pk, "due_at": moment} if moment else {"state": "done"}
        table.write(Write(Key(key.pk, sk), set=due))

    assert [item["sk"] for item in table.due(key.pk, "2026-02")] == ["early"]


def test_of_many_at_once_each_adds_what_it_has_to(table, key):
    log = [Write(Key(key.pk, str(n)), set={"n": n}) for n in range(64)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda write: table.write(Write(key, add={"count": 1}), write), log))

    assert table.get(key)["count"] == 64
