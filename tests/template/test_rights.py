"""What each function's role may write to the tables: all that its code does, and no more."""

from dataclasses import replace
from uuid import uuid4

import pytest

from cutout.credits.accounts import Accounts, account_key
from cutout.credits.entries import Entry, entry_writes
from cutout.credits.ledger import ABANDONED_AFTER_S, Ledger
from cutout.credits.reservations import Purchase
from cutout.jobs.webhook_secrets import WebhookSecrets
from cutout.jobs.webhooks import Reply, Webhook, Webhooks
from cutout.ports import Key, Write
from tests import memory
from tests.credit_services import StubEngine
from tests.job_services import JobServices, job_request, message
from tests.template.rights import Denied, GuardedTable, Role

CHARGING = ["ApiRole", "WorkerRole", "BatchWorkerRole"]
WRITING = [*CHARGING, "SweepRole"]
PURCHASE = Purchase("shop", "00000001", id="c1", fingerprint="r1", quarters=4)


def new_id():
    return uuid4().hex


def guarded(table, role, resource="LedgerTable"):
    return GuardedTable(table, Role(role), resource)


@pytest.fixture
def accounts(table, clock):
    accounts = Accounts(table, clock, memory.digits())
    key = accounts.create_key("shop")
    Ledger(table, clock, new_id).grant("shop", 40)
    return accounts, key


@pytest.mark.parametrize("role", CHARGING)
def test_a_role_that_charges_may_do_all_that_the_ledger_does(role, table, clock, accounts):
    ledger = Ledger(guarded(table, role), clock, new_id)

    ledger.settle(ledger.reserve(PURCHASE))
    ledger.release(ledger.reserve(replace(PURCHASE, id="c2")))
    taken_over = replace(PURCHASE, id="c3")
    ledger.reserve(taken_over)
    ledger.settle(ledger.reserve(taken_over))

    assert ledger.balance("shop") == 32


def test_the_api_may_read_keys(table, clock, accounts):
    Accounts(guarded(table, "ApiRole"), clock, memory.digits()).authenticate(accounts[1])


def test_the_sweep_may_release_abandoned_reservations(table, clock, accounts):
    Ledger(table, clock, new_id).reserve(PURCHASE)
    clock.now += ABANDONED_AFTER_S + 1

    assert Ledger(guarded(table, "SweepRole"), clock, new_id).sweep() == 1


@pytest.mark.parametrize("role", WRITING)
@pytest.mark.parametrize(
    "attack",
    [
        lambda accounts, ledger, secrets: accounts.create_key("mine"),
        lambda accounts, ledger, secrets: accounts.create_key("shop"),
        lambda accounts, ledger, secrets: accounts.revoke("shop", "00000001"),
        lambda accounts, ledger, secrets: ledger.grant("shop", 4),
        lambda accounts, ledger, secrets: ledger.expire("shop", 4),
        lambda accounts, ledger, secrets: secrets.create("shop"),
    ],
    ids=["another account", "a key", "an end", "a grant", "an expiry", "a webhook's secret"],
)
def test_no_role_that_charges_may_do_what_operators_do(role, attack, table, clock, accounts):
    stored = list(map(dict, table.items()))
    limited = guarded(table, role)

    with pytest.raises(Denied):
        attack(
            Accounts(limited, clock, memory.digits()),
            Ledger(limited, clock, new_id),
            WebhookSecrets(limited, clock, memory.digits()),
        )

    changed = [item for item in table.items() if item not in stored]
    assert all(item["sk"] == "balance" and item["quarters"] == 0 for item in changed)


@pytest.mark.parametrize("role", WRITING)
@pytest.mark.parametrize(
    "write",
    [
        Write(Key("account#shop", "key#00000001"), set={"hash": "mine"}),
        Write(Key("account#shop", "key#00000001"), set={"is_test": False}),
        Write(Key("account#shop", "key#00000001"), add={"megapixels_per_minute": 10_000}),
        Write(Key("account#shop", "webhook-secret#1"), remove=("secret",)),
        Write(Key("account#shop", "entry#1#2#grant"), set={"granted": 400}),
        Write(Key("other", "other"), set={"quarters": 4}),
    ],
    ids=lambda write: ", ".join((*write.set, *write.add, *write.remove)),
)
def test_no_role_that_charges_may_change_keys_secrets_and_marks_of_grants(role, write, table):
    with pytest.raises(Denied):
        guarded(table, role).write(write)


def test_a_grant_that_a_role_can_write_has_no_mark(table, clock, accounts):
    """What remains: a balance can be raised, and `tools.keys audit` finds that."""
    forged = Entry("2030-01-01", "grant", 400, reservation="f1")

    guarded(table, "ApiRole").write(*entry_writes("shop", forged))

    assert table.get(account_key("shop"))["quarters"] == 440


@pytest.mark.parametrize("role", ["WebhookRole", "BatchFunctionRole"])
def test_other_roles_write_nothing_to_the_ledger(role, table):
    with pytest.raises(Denied):
        guarded(table, role).write(Write(account_key("shop"), add={"quarters": 4}))


def test_a_worker_may_run_a_job_and_write_nothing_else_to_the_state_table(table, clock, accounts):
    services = JobServices(
        table, memory.MemoryBucket(clock), memory.MemoryQueue(), memory.MemoryQueue(), clock,
        most_jobs=1,
    )  # fmt: skip
    caller = accounts[0].authenticate(accounts[1])
    photo = job_request(caller, webhook_url="https://shop.example", photo_url="https://a.example/p")
    job = services.jobs.create(photo, {}, "")
    services.table = guarded(table, "WorkerRole", "StateTable")
    services.ledger = Ledger(guarded(table, "WorkerRole"), clock, new_id)

    services.worker(StubEngine()).run(message(job))

    assert services.bugs == []
    assert services.jobs.find("shop", job.id).status()["data"]["status"] == "done"
    assert table.get(Key(f"backlog#shop#{job.created_at[:10]}", "backlog"))["open"] == 0
    for key in ("rate#shop#1", "allowance#1", "upload#1", "webhook#1"):
        with pytest.raises(Denied):
            services.table.write(Write(Key(key, "x"), set={"y": 1}))


def test_the_webhook_function_may_deliver_and_read_accounts_alone(table, clock, accounts):
    WebhookSecrets(table, clock, memory.digits()).create("shop")
    ledger = guarded(table, "WebhookRole")
    webhooks = Webhooks(
        guarded(table, "WebhookRole", "StateTable"),
        WebhookSecrets(ledger, clock, memory.digits()),
        lambda url, headers, body: Reply(200),
        clock,
    )

    webhooks.deliver(Webhook("msg_1", "shop", "https://shop.example/hook", {}))

    assert table.get(Key("webhook#msg_1", "delivery"))
    with pytest.raises(Denied):
        list(ledger.query("charge#shop#c1", "", "~"))
