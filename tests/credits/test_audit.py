"""The audit, on ledgers into which forged writes are put."""

from dataclasses import replace

import pytest

from cutout.credits import audit
from cutout.credits.accounts import Accounts, account_key
from cutout.credits.entries import Entry, entry_key, entry_writes
from cutout.credits.ledger import Ledger
from cutout.credits.reservations import Purchase
from cutout.ports import Write
from tests.memory import digits

PURCHASE = Purchase("shop", "00000001", id="c1", fingerprint="r1", quarters=4)


@pytest.fixture
def ledger(table, clock):
    Accounts(table, clock, digits()).create_key("shop")
    number = digits()
    ledger = Ledger(table, clock, lambda: number(4))
    ledger.grant("shop", 40)
    ledger.expire("shop", 8)
    ledger.settle(ledger.reserve(PURCHASE))
    ledger.release(ledger.reserve(replace(PURCHASE, id="c2")))
    ledger.reserve(replace(PURCHASE, id="c3"))
    return ledger


def findings(ledger):
    return list(audit.findings(ledger.balance("shop"), ledger.entries("shop")))


def entry(ledger, kind):
    return next(entry for entry in ledger.entries("shop") if entry.kind == kind)


def test_an_account_that_was_only_used_has_no_findings(ledger):
    assert findings(ledger) == []


def test_a_balance_that_was_raised_alone_is_found(ledger, table):
    table.write(Write(account_key("shop"), add={"quarters": 400}))

    assert findings(ledger) == ["the balance is 106 credits, and the entries add up to 6"]


@pytest.mark.parametrize("kind", ["grant", "expire"])
def test_a_grant_without_its_mark_is_found(ledger, table, clock, kind):
    forged = Entry("2020-01-01", kind, 4, reservation="f1")
    table.write(*entry_writes("shop", forged))

    (finding,) = findings(ledger)
    assert finding.startswith(f"{kind} of 1 credits at 2020-01-01: written by version 0.1.0, or")


def test_a_grant_that_was_raised_later_is_found(ledger, table):
    key = entry_key("shop", entry(ledger, "grant"))
    table.write(Write(key, add={"quarters": 40}), Write(account_key("shop"), add={"quarters": 40}))

    (finding,) = findings(ledger)
    assert finding.endswith("10 when it was made")


@pytest.mark.parametrize(
    "forged",
    [
        Entry("2030-01-01", "release", 400, 0, "f1"),  # of nothing
        Entry("2030-01-01", "release", 4, 0, "0003"),  # of what was paid
    ],
    ids=["never reserved", "already settled"],
)
def test_a_forged_release_is_found(ledger, table, forged):
    table.write(*entry_writes("shop", forged))

    assert len(findings(ledger)) == 1


def test_grants_of_the_first_version_pass_once_they_are_vouched_for(ledger, table):
    key = entry_key("shop", entry(ledger, "grant"))
    table.write(Write(key, remove=("granted",)))
    assert len(findings(ledger)) == 1

    assert audit.vouch(table, "shop", ledger.entries("shop")) == 1

    assert findings(ledger) == []
