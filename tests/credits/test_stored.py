"""Tables as an earlier version stored them, in stored/tables.json: the present code reads them.

The file holds whole API keys, so that tests can send them. The meter made its charges, except one
of a job and one of a batch, which the ledger made.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from cutout.credits import statement
from cutout.credits.accounts import Accounts
from cutout.credits.ledger import ABANDONED_AFTER_S, PAID_FOR_S, Ledger
from cutout.credits.meter import CreditMeter
from cutout.credits.rate_limit import RateLimit
from cutout.credits.reservations import Purchase
from cutout.errors import AuthFailed, IdempotencyKeyReused
from cutout.jobs.webhook_secrets import WebhookSecrets
from cutout.options.record import Options
from cutout.picture import Size
from cutout.ports import Key, Write
from tests.memory import MemoryTable, digits

STORED = json.loads(Path(__file__).with_name("stored").joinpath("tables.json").read_text())
REQUESTS = {request["name"]: request for request in STORED["requests"]}
PAID = [name for name in REQUESTS if name.startswith("settled")]
RELEASED = [name for name in REQUESTS if name.startswith("released")]
HELD = [name for name in REQUESTS if name.startswith("reserved")]
SIZES = {"large": Size(2000, 1500), "small": Size(400, 300)}
PRICES = {"large": 4, "small": 1}  # quarters of a credit


def loaded(items):
    table = MemoryTable()
    for item in items:
        attributes = {name: value for name, value in item.items() if name not in ("pk", "sk")}
        table.write(Write(Key(item["pk"], item["sk"]), set=attributes))
    return table


@pytest.fixture
def clock(clock):
    """A clock that stands at the time when the tables were stored."""
    clock.now = STORED["clock"]
    return clock


@pytest.fixture
def table():
    return loaded(STORED["ledger_table"])


@pytest.fixture
def accounts(table, clock):
    return Accounts(table, clock, digits())


@pytest.fixture
def ledger(table, clock):
    ids = digits()
    return Ledger(table, clock, lambda: ids(32))


@pytest.fixture
def rate(table, clock):
    return RateLimit(table, clock)


@pytest.fixture
def send(ledger, rate, accounts):
    """Return a function that sends a stored request again and returns the quarters charged."""
    meter = CreditMeter(
        ledger, rate, lambda photo: SIZES[photo.decode().split()[0]], STORED["secret"]
    )

    def send(name, key=STORED["api_keys"]["live"], **changes):
        request, api_key = REQUESTS[name] | changes, accounts.authenticate(key)
        pictures = {name: text.encode() for name, text in request["pictures"].items()}
        options = Options(**request["options"], **pictures)
        photo = request["photo"].encode()
        with meter(api_key, photo, options, request["idempotency_key"]) as receipt:
            pass
        return receipt.quarters_charged

    return send


def test_stored_keys_authenticate(accounts):
    keys = STORED["api_keys"]

    live, test = (accounts.authenticate(keys[name]) for name in ("live", "test"))

    assert (live.account, live.is_test, live.megapixels_per_minute) == ("shop", False, 120)
    assert test.is_test
    assert not live.is_strict  # a setting that keys of that version do not have
    assert {key.note for key in accounts.keys("shop")} == {"the web shop", "trials", "the till", ""}


def test_a_stored_key_expires_at_its_time(accounts, clock):
    keys = STORED["api_keys"]

    with pytest.raises(AuthFailed, match="revoked"):
        accounts.authenticate(keys["revoked"])
    assert accounts.authenticate(keys["rotated"])
    clock.now += 3600
    with pytest.raises(AuthFailed, match="revoked"):
        accounts.authenticate(keys["rotated"])
    assert accounts.authenticate(keys["successor"])


def test_the_balance_is_the_sum_of_the_entries(ledger):
    entries = list(ledger.entries("shop"))

    assert ledger.balance("shop") == sum(entry.quarters for entry in entries) == STORED["balance"]
    assert Counter(entry.kind for entry in entries) == {
        "grant": 1,
        "expire": 1,
        "reserve": 11,
        "settle": 7,
        "release": 2,
    }


def test_the_statement_of_the_month_adds_up(ledger):
    month = statement.for_month(ledger.entries("shop"), "2027-01")

    assert (month.opening, month.granted, month.expired) == (0, 400, 8)
    assert (month.charged, month.held, month.closing) == (22, 5, STORED["balance"])
    assert len(month.calls) == 7


@pytest.mark.parametrize("name", PAID)
def test_a_paid_request_is_not_charged_again_within_a_day(ledger, clock, send, name):
    clock.now += PAID_FOR_S - 60

    assert send(name) == 0

    assert ledger.balance("shop") == STORED["balance"]


def test_a_key_of_a_later_version_has_what_was_paid_under_an_idempotency_key_alone(send, accounts):
    later = accounts.create_key("shop")

    assert send("settled under a key", later) == 0
    assert send("settled", later) == 4


@pytest.mark.parametrize("name", PAID)
def test_a_paid_request_is_charged_again_after_a_day(clock, send, name):
    clock.now += PAID_FOR_S

    assert send(name) == PRICES[REQUESTS[name]["photo"].split()[0]]


@pytest.mark.parametrize("name", RELEASED)
def test_a_released_request_is_charged_when_it_succeeds(send, name):
    assert send(name) == 4


@pytest.mark.parametrize("name", ["settled under a key", "reserved under a key"])
def test_a_stored_idempotency_key_is_refused_for_another_request(send, name):
    with pytest.raises(IdempotencyKeyReused):
        send(name, photo="large E")


def test_a_paid_job_and_a_paid_batch_picture_are_not_charged_again(ledger):
    for charge_id in (STORED["job_id"], STORED["batch_result"]):
        assert ledger.reserve(Purchase("shop", "batch", charge_id, charge_id, 4)).is_paid


@pytest.mark.parametrize("name", HELD)
def test_a_reserved_request_that_is_sent_again_is_charged_once(ledger, send, name):
    assert send(name) == PRICES[REQUESTS[name]["photo"].split()[0]]

    assert ledger.balance("shop") == STORED["balance"]


def test_the_sweep_releases_open_reservations(ledger, clock):
    clock.now += ABANDONED_AFTER_S + 1

    assert ledger.sweep() == len(HELD)

    assert ledger.balance("shop") == STORED["balance"] + 5


def test_the_rate_limit_which_had_an_item_of_its_own_begins_anew(accounts, rate):
    live = accounts.authenticate(STORED["api_keys"]["live"])

    assert rate.usage(live, Size(1000, 1000)).count().remaining == 119


def test_stored_webhook_secrets_sign(table, clock):
    secrets = WebhookSecrets(table, clock, digits())
    message, signatures = STORED["signatures"].values()

    assert secrets.signatures("shop", message.encode()) == signatures
    clock.now += 3600
    assert secrets.signatures("shop", message.encode()) in signatures.split()
    assert [bool(secret.ends_at) for secret in secrets.secrets("shop")].count(False) == 1
