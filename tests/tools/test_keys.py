"""`python -m tools.keys`, on a local AWS."""

import json
import sys
import tomllib

import pytest

from cutout import bootstrap
from cutout.credits.reservations import Purchase
from tools.deploy.stacks import SAMCONFIG
from tools.keys import __main__ as tool


@pytest.fixture
def run(aws, resources, monkeypatch, capsys):
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CUTOUT_LEDGER_TABLE", resources["LedgerTable"])
    monkeypatch.setenv("CUTOUT_STATE_TABLE", resources["StateTable"])

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["tools.keys", *map(str, words)])
        status = tool.main()
        out, err = capsys.readouterr()
        return status, out.strip(), err.strip()

    return run


def key_of(run, account, *words):
    status, key, note = run("create", account, *words)
    assert status == 0
    assert "cannot be shown again" in note
    return key


def test_a_created_key_is_printed_once_and_authenticates(run, account, ledger_table):
    key = key_of(run, account, "--note", "the web shop", "--megapixels", "50")

    api_key = bootstrap.accounts(ledger_table).authenticate(key)
    status, listed, _ = run("list", account)

    assert (api_key.account, api_key.megapixels_per_minute) == (account, 50)
    assert status == 0
    assert api_key.id in listed and "the web shop" in listed and "0 credits" in listed
    assert key not in listed and key.split("_")[-1] not in listed


def test_a_strict_key_stays_strict_when_it_is_rotated(run, account, ledger_table):
    accounts = bootstrap.accounts(ledger_table)
    strict = accounts.authenticate(key_of(run, account, "--strict"))
    plain = accounts.authenticate(key_of(run, account))

    _, rotated, _ = run("rotate", account, strict.id)

    assert (strict.is_strict, plain.is_strict) == (True, False)
    assert accounts.authenticate(rotated).is_strict
    rows = {row.split()[0]: row for row in run("list", account)[1].splitlines()[1:]}
    assert "strict" in rows[strict.id] and "strict" not in rows[plain.id]


def test_a_key_is_restricted_and_listed_with_its_places_and_last_use(
    run, account, ledger_table, resources
):
    key = key_of(run, account, "--origin", "https://shop.example")
    api_key = bootstrap.accounts(ledger_table).authenticate(key)
    uses = bootstrap.last_use(bootstrap.table(resources["StateTable"]))

    before = run("list", account)[1]
    uses.record(api_key)
    status, shown, _ = run("restrict", account, api_key.id, "--address", "203.0.113.7")
    after = run("list", account)[1]

    assert "never used  from https://shop.example" in before
    assert status == 0
    assert f"{api_key.id} may be used from 203.0.113.7" in shown
    assert "from 203.0.113.7/32" in after and "shop.example" not in after
    assert f"used {uses.find(account, api_key.id)[:13]}h" in after
    status, _, error = run("restrict", account, api_key.id, "--address", "office")
    assert (status, "is not a network such as 203.0.113.0/24" in error) == (1, True)


def test_revoked_and_rotated_keys_are_listed_with_their_ends(run, account, ledger_table):
    accounts = bootstrap.accounts(ledger_table)
    first = accounts.authenticate(key_of(run, account)).id
    second = accounts.authenticate(key_of(run, account, "--test")).id

    assert run("revoke", account, first)[0] == 0
    status, rotated, _ = run("rotate", account, second, "--days", "2")

    assert status == 0
    assert accounts.authenticate(rotated).is_test
    rows = {row.split()[0]: row for row in run("list", account)[1].splitlines()[1:]}
    assert len(rows) == 3
    assert "ends" in rows[first] and "ends" in rows[second]
    assert "no end" in rows[accounts.authenticate(rotated).id]


def test_credits_are_granted_and_expire(run, account):
    key_of(run, account)

    assert run("grant", account, "10.25", "--note", "order 66")[1] == f"{account}: 10.25 credits"
    assert run("expire", account, "0.5")[1] == f"{account}: 9.75 credits"
    status, _, sentence = run("expire", account, "10")
    assert status == 1
    assert "9.75 credits left" in sentence


def test_a_month_has_a_statement_and_exports(run, account, ledger_table):
    key_of(run, account)
    run("grant", account, 10)
    ledger = bootstrap.ledger(ledger_table)
    for name, quarters in (("a", 4), ("b", 1)):
        ledger.settle(ledger.reserve(Purchase(account, "00000001", name, name, quarters)))
    ledger.reserve(Purchase(account, "00000001", "c", "c", 4))

    totals = {
        row[:16].strip(): row[16:].split() for row in run("statement", account)[1].splitlines()
    }
    rows = run("export", account)[1].splitlines()
    events = run("export", account, "--format", "jsonl", "--customer", "cus_1")[1].splitlines()

    assert totals["charged"][:1] == ["-1.25"] and "2 calls, 1 of them" in " ".join(
        totals["charged"]
    )
    assert totals["reserved"][0] == "-1.00"
    assert totals["closing balance"] == ["7.75"]
    assert rows[0] == "time,call,key,credits"
    assert sorted(row.split(",")[-1] for row in rows[1:]) == ["0.25", "1"]
    assert sorted(json.loads(event)["payload"]["value"] for event in events) == ["1", "4"]


def test_a_webhook_secret_is_printed_once_rotated_and_revoked(run, account, ledger_table):
    key_of(run, account)
    secrets = bootstrap.webhook_secrets(ledger_table)

    status, first, note = run("webhook-secret", "make", account)
    assert (status, first[:6]) == (0, "whsec_")
    assert "cannot be shown again" in note
    _, second, note = run("webhook-secret", "rotate", account, "--days", "2")
    assert "2 days" in note
    assert len(secrets.signatures(account, b"a").split()) == 2
    _, listed, _ = run("webhook-secret", "list", account)

    assert first not in listed and second not in listed
    (last,) = [row.split()[0] for row in listed.splitlines() if "no end" in row]
    assert run("webhook-secret", "revoke", account, last)[0] == 0
    assert len(secrets.signatures(account, b"a").split()) == 1
    assert all("ends" in row for row in run("webhook-secret", "list", account)[1].splitlines())
    status, _, sentence = run("webhook-secret", "revoke", account, "00000000")
    assert status == 1
    assert "has no webhook secret 00000000" in sentence


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["create", "No_Name"], "an account name has"),
        (["grant", "nobody-here", "1"], "there is no account nobody-here"),
        (["list", "nobody-here"], "there is no account nobody-here"),
        (["statement", "nobody-here"], "there is no account nobody-here"),
        (["revoke", "nobody-here", "00000001"], "there is no account nobody-here"),
        (["webhook-secret", "make", "nobody-here"], "there is no account nobody-here"),
        (["webhook-secret", "list", "nobody-here"], "there is no account nobody-here"),
    ],
)
def test_invalid_commands_are_error_sentences(run, words, sentence):
    status, _, error = run(*words)

    assert status == 1
    assert sentence in error and "Traceback" not in error


def test_an_unknown_api_key_is_an_error_sentence(run, account):
    key_of(run, account)

    status, _, error = run("revoke", account, "00000001")

    assert (status, "00000001" in error) == (1, True)


@pytest.mark.parametrize(
    "words",
    [
        ["grant", "shop", "0"],
        ["grant", "shop", "-1"],
        ["grant", "shop", "0.3"],
        ["grant", "shop", "1e9"],
        ["grant", "shop", "9999999999"],
        ["rotate", "shop", "00000001", "--days", "-1"],
        ["create", "shop", "--megapixels", "0"],
        ["export", "shop", "--month", "2026-13"],
        ["export", "shop", "--format", "xml"],
        ["spend", "shop"],
        ["webhook-secret", "shop"],
        ["webhook-secret", "rotate", "shop", "--days", "-1"],
    ],
)
def test_invalid_arguments_are_refused(run, words, capsys):
    with pytest.raises(SystemExit) as ended:
        run(*words)

    assert ended.value.code == 2


def test_without_a_table_name_the_stack_of_the_environment_is_used(run, aws, account, monkeypatch):
    monkeypatch.delenv("CUTOUT_LEDGER_TABLE")
    samconfig = tomllib.loads(SAMCONFIG.read_text())
    stack = samconfig["prod"]["deploy"]["parameters"]["stack_name"]

    status, _, sentence = run("--env", "prod", "list", account)

    assert status == 1
    assert f"there is no stack {stack}" in sentence
