"""The ledger against a model of it, in sequences of calls that hypothesis makes up."""

import itertools
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from cutout.credits import statement
from cutout.credits.accounts import Accounts, ApiKey
from cutout.credits.ledger import ABANDONED_AFTER_S, PAID_FOR_S, Ledger
from cutout.credits.rate_limit import RateLimit
from cutout.credits.reservations import Purchase
from cutout.errors import IdempotencyKeyReused, InsufficientCredits
from cutout.picture import Size
from cutout.ports import timestamp
from tests.memory import Clock, MemoryTable, digits

SHOP = "shop"
API_KEY = ApiKey(SHOP, "00000001", False, 1_000_000)  # whose limit is never reached
PURCHASES = st.builds(
    Purchase,
    account=st.just(SHOP),
    key_id=st.just("00000001"),
    id=st.sampled_from(["a1", "b2"]),
    fingerprint=st.sampled_from(["f1", "f1", "f1", "f2"]),
    quarters=st.sampled_from([1, 4]),
)
# Two of the second are just enough for a reservation to be abandoned.
SECONDS = st.sampled_from([1, ABANDONED_AFTER_S / 2 + 0.001, ABANDONED_AFTER_S, PAID_FOR_S])


@dataclass
class Held:
    """What the model knows of the latest reservation of a purchase's id."""

    reservation: str
    holder: str
    fingerprint: str
    quarters: int
    at: float  # of the reservation, or of its settlement
    state: str = "reserved"


class LedgerStates(RuleBasedStateMachine):
    reservations = Bundle("reservations")

    def __init__(self):
        super().__init__()
        self.clock, table = Clock(), MemoryTable()
        Accounts(table, self.clock, digits()).create_key(SHOP)
        ids = itertools.count()
        self.ledger = Ledger(table, self.clock, lambda: f"id{next(ids)}")
        self.processes = [RateLimit(table, self.clock) for _ in range(2)]
        self.balance, self.charged = 0, 0
        self.held = {}

    @rule(quarters=st.integers(1, 100))
    def grant(self, quarters):
        self.ledger.grant(SHOP, quarters)
        self.balance += quarters

    @rule(quarters=st.integers(1, 10))
    def expire(self, quarters):
        with self._expected(InsufficientCredits if quarters > self.balance else None):
            self.ledger.expire(SHOP, quarters)
            self.balance -= quarters

    @rule(target=reservations, purchase=PURCHASES)
    def reserve(self, purchase):
        return self._reserve(purchase)

    @rule(target=reservations, purchase=PURCHASES, process=st.integers(0, 1))
    def reserve_and_count(self, purchase, process):
        """The picture counts in the key's rate limit, also where the reservation is refused."""
        usage = self.processes[process].usage(API_KEY, Size(1000, 1000))
        reservation = self._reserve(purchase, usage)
        assert usage.state
        return reservation

    @rule(target=reservations, reservation=reservations)
    def reserve_again(self, reservation):
        return self._reserve(reservation.purchase)

    @rule(reservation=reservations)
    def settle(self, reservation):
        purchase, held = reservation.purchase, self._present(reservation.purchase)
        is_own = held and (held.reservation, held.state) == (reservation.id, "reserved")
        if reservation.is_paid or not (is_own or self._refusal(purchase)):
            is_paid = reservation.is_paid or bool(held and held.state == "settled")
            assert self.ledger.settle(reservation) is not is_paid
            if not is_paid:
                self._settled(purchase, held)
        elif is_own:
            assert self.ledger.settle(reservation)
            self._settled(purchase, held)
        else:
            with self._expected(self._refusal(purchase)):
                self.ledger.settle(reservation)

    @rule(reservation=reservations)
    def release(self, reservation):
        held = self.held.get(reservation.purchase.id)
        mine = (reservation.id, reservation.holder, "reserved")
        is_mine = held and (held.reservation, held.holder, held.state) == mine
        expected = bool(is_mine and not reservation.is_paid)

        assert self.ledger.release(reservation) is expected
        if expected:
            self._released(held)

    @rule()
    def sweep(self):
        before = timestamp(self.clock() - ABANDONED_AFTER_S)
        abandoned = [
            held
            for held in self.held.values()
            if held.state == "reserved" and timestamp(held.at) < before
        ]

        assert self.ledger.sweep() == len(abandoned)
        for held in abandoned:
            self._released(held)

    @rule(seconds=SECONDS)
    def wait(self, seconds):
        self.clock.now += seconds

    @invariant()
    def the_balance_is_the_models_and_the_sum_of_the_entries(self):
        entries = list(self.ledger.entries(SHOP))

        assert self.ledger.balance(SHOP) == self.balance >= 0
        assert sum(entry.quarters for entry in entries) == self.balance

    @invariant()
    def the_statement_has_what_is_held_and_charged(self):
        month = timestamp(self.clock())[:7]
        entries = list(self.ledger.entries(SHOP))
        found = statement.for_month(entries, month)
        reserved = [held.quarters for held in self.held.values() if held.state == "reserved"]

        assert found.closing == self.balance
        assert sum(entry.charged for entry in entries) == self.charged
        granted = sum(entry.quarters for entry in entries if entry.kind in ("grant", "expire"))
        assert granted - self.charged - self.balance == sum(reserved)

    def teardown(self):
        """After a time in which nobody works, nothing is held."""
        self.clock.now += ABANDONED_AFTER_S + 1
        self.sweep()

        assert not [held for held in self.held.values() if held.state == "reserved"]
        self.the_statement_has_what_is_held_and_charged()

    def _reserve(self, purchase, usage=None):
        with self._expected(self._refusal(purchase)):
            reservation = self.ledger.reserve(purchase, usage)
            self._reserved(purchase, reservation)
            return reservation
        return multiple()

    def _present(self, purchase):
        """Return what is held of a purchase's id, if that is not over."""
        held = self.held.get(purchase.id)
        if not held or held.state == "released":
            return None
        is_old = timestamp(held.at) <= timestamp(self.clock() - PAID_FOR_S)
        return None if held.state == "settled" and is_old else held

    def _refusal(self, purchase):
        held = self._present(purchase)
        if not held:
            return InsufficientCredits if purchase.quarters > self.balance else None
        return None if held.fingerprint == purchase.fingerprint else IdempotencyKeyReused

    def _reserved(self, purchase, reservation):
        held = self._present(purchase)
        assert reservation.is_paid == bool(held and held.state == "settled")
        assert (held.reservation if held else reservation.id) == reservation.id
        if not held:
            self.balance -= purchase.quarters
            self.held[purchase.id] = Held(
                reservation.id, reservation.holder, purchase.fingerprint, purchase.quarters,
                self.clock(),
            )  # fmt: skip
        elif held.state == "reserved":
            held.holder, held.at = reservation.holder, self.clock()

    def _settled(self, purchase, held):
        """Note a settlement: of the reservation that is held, or of one that was made for it."""
        if not held:
            self.balance -= purchase.quarters
            quarters = purchase.quarters
        else:
            quarters = held.quarters
        self.charged += quarters
        item = self.ledger._table.get(purchase.key)
        self.held[purchase.id] = Held(
            item["reservation"], item["holder"], item["request"], quarters, self.clock(), "settled"
        )

    def _released(self, held):
        self.balance += held.quarters
        held.state = "released"

    @staticmethod
    def _expected(kind):
        return Expected(kind)


class Expected:
    """Demands that the block raises an exception of the kind, or none if that is None."""

    def __init__(self, kind):
        self._kind = kind

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if self._kind is None:
            return False
        assert kind is self._kind, f"{kind} in place of {self._kind}"
        return True


test_any_sequence_of_calls = LedgerStates.TestCase
test_any_sequence_of_calls.settings = settings(max_examples=3 * settings.default.max_examples)
