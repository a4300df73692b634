"""Statements and exports of months with many requests, which have to agree."""

import csv
import itertools
import json
import random
from datetime import UTC, datetime, timedelta

import pytest

from cutout.credits import statement
from cutout.credits.accounts import Accounts
from cutout.credits.entries import Entry
from cutout.credits.ledger import ABANDONED_AFTER_S, Ledger
from cutout.credits.reservations import Purchase
from cutout.errors import InsufficientCredits
from tests.memory import Clock, MemoryTable, digits
from tools.keys import exports

MONTHS = ("2026-10", "2026-11", "2026-12")


@pytest.fixture(scope="module")
def calls(repeats):
    """The number of requests in each month."""
    return repeats(10_000)


@pytest.fixture(scope="module")
def ledger(calls):
    """Three months of requests: paid, failed, repeated, abandoned, and without credits."""
    clock, chance, ids = Clock(), random.Random(1), itertools.count()
    table = MemoryTable()
    Accounts(table, clock, digits()).create_key("shop")
    ledger = Ledger(table, clock, lambda: f"id{next(ids)}")
    for month in MONTHS:
        start = datetime.fromisoformat(f"{month}-01T00:00:00").replace(tzinfo=UTC)
        clock.now = start.timestamp()
        ledger.grant("shop", chance.randrange(3 * calls, 4 * calls))
        for _ in range(calls):
            clock.now += chance.uniform(0, 2 * 28 * 86_400 / calls)
            call(ledger, clock, chance, names=4 * calls)
        clock.now = (start + timedelta(days=28)).timestamp()
        ledger.expire("shop", min(ledger.balance("shop"), chance.randrange(400)))
    return ledger


def call(ledger, clock, chance, names):
    name = f"{chance.randrange(names):x}"
    key_id, quarters = chance.choice("ab"), 1 if int(name, 16) % 3 else 4
    try:
        reservation = ledger.reserve(Purchase("shop", key_id, name, name, quarters))
    except InsufficientCredits:
        return
    fate = chance.random()
    clock.now += chance.uniform(0, 2)
    if fate < 0.9:
        ledger.settle(reservation, chance.choice([None, 1]))
    elif fate < 0.98:
        ledger.release(reservation)
    if chance.random() < 0.001:
        clock.now += ABANDONED_AFTER_S
        ledger.sweep()


def month(ledger, name):
    return statement.for_month(ledger.entries("shop", until=name), name)


def before(name):
    return f"{name[:5]}{int(name[5:]) - 1:02}"


def open_at(ledger, name):
    """Return the quarters reserved at the end of a month and neither settled nor released."""
    known = list(ledger.entries("shop", until=name))
    ended = {entry.reservation for entry in known if entry.kind in ("settle", "release")}
    reserved = [entry for entry in known if entry.kind == "reserve"]
    return -sum(entry.quarters for entry in reserved if entry.reservation not in ended)


def test_a_month_opens_with_the_closing_balance_of_the_month_before(ledger):
    made = [month(ledger, name) for name in MONTHS]

    assert made[0].opening == 0
    for before, after in itertools.pairwise(made):
        assert after.opening == before.closing
    assert made[-1].closing == ledger.balance("shop")


@pytest.mark.parametrize("name", MONTHS)
def test_a_statement_adds_up(ledger, calls, name):
    made = month(ledger, name)

    assert len(made.calls) > calls * 0.5
    assert made.held == open_at(ledger, name) - open_at(ledger, before(name))
    assert made.closing == (made.opening + made.granted - made.expired - made.charged - made.held)


@pytest.mark.parametrize("name", MONTHS)
def test_the_exports_list_every_charge_once(ledger, name):
    made = month(ledger, name)
    entries = [entry for entry in ledger.entries("shop") if entry.at.startswith(name)]
    charged = {entry.reservation: entry.charged for entry in entries if entry.kind == "settle"}

    rows = list(csv.DictReader(exports.to_csv(made.calls)))
    events = [json.loads(line) for line in exports.to_meter_events(made.calls, "cus_1")]

    assert {row["call"]: float(row["credits"]) * 4 for row in rows} == charged
    assert {event["identifier"]: int(event["payload"]["value"]) for event in events} == charged
    assert len(rows) == len(events) == len(charged) == len(made.calls)
    assert sum(charged.values()) == made.charged


def test_a_meter_event_has_the_fields_that_stripe_requires(ledger):
    (line, *_) = exports.to_meter_events(month(ledger, MONTHS[0]).calls, "cus_1")
    event = json.loads(line)

    assert event.keys() == {"event_name", "identifier", "timestamp", "payload"}
    assert event["payload"].keys() == {"stripe_customer_id", "value"}
    assert datetime.fromisoformat(event["timestamp"]).tzinfo
    assert all(isinstance(value, str) for value in event["payload"].values())


@pytest.mark.parametrize(
    "entries",
    [
        [Entry("1", "settle", 0, 4, "a")],
        [Entry("1", "reserve", -4, 0, "a"), Entry("2", "settle", 0, 1, "a")],
        [Entry("1", "reserve", -4, 0, "a"), Entry("2", "release", 1, 0, "a")],
        [
            Entry("1", "reserve", -4, 0, "a"),
            Entry("2", "settle", 0, 4, "a"),
            Entry("3", "release", 4, 0, "a"),
        ],
    ],
)
def test_contradictory_entries_raise_unbalanced(entries):
    with pytest.raises(statement.Unbalanced):
        statement.for_month(entries, "2026-11")
