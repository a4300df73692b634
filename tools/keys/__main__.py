"""Manage accounts, their API keys, credits and webhook secrets.

The accounts are in the ledger table of --env's stack, or in the one that CUTOUT_LEDGER_TABLE names.
"""

import argparse
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from cutout import bootstrap
from cutout.aws.dynamodb import DynamoDbTable
from cutout.aws.errors import AwsError, NotConfigured
from cutout.credits import audit, statement
from cutout.credits.accounts import MEGAPIXELS_PER_MINUTE, ApiKey
from cutout.credits.entries import QUARTERS_PER_CREDIT, format_credits
from cutout.errors import CutoutError, InvalidSetting
from cutout.jobs.webhook_secrets import WebhookSecret
from cutout.ports import Table
from tools.deploy import stacks

from . import exports, types

PROGRAM = "python -m tools.keys"
DAY_S = 24 * 60 * 60


class AuditFailed(Exception):
    """An account is not as its entries say. str(error) has the sentences."""


def main() -> int:
    arguments = _parser().parse_args()
    try:
        table = _table(arguments.env, "LEDGER_TABLE", "LedgerTableName")
        if arguments.run is not create_key:
            bootstrap.ledger(table).balance(arguments.account)  # raises for an unknown account
        arguments.run(table, arguments)
    except (
        AuditFailed, CutoutError, stacks.DeployError, statement.Unbalanced, BotoCoreError,
        ClientError, AwsError, NotConfigured,
    ) as error:  # fmt: skip
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description=__doc__)
    parser.add_argument("--env", choices=stacks.environment_names(), default="dev")
    commands = parser.add_subparsers(required=True)

    create = _command(commands, "create", create_key, "create an API key, and its account")
    create.add_argument("--test", action="store_true", help="results are free, with watermarks")
    create.add_argument(
        "--strict", action="store_true", help="refuse what is not done as remove.bg or rembg does"
    )
    create.add_argument("--note", type=types.note, default="", help="what the API key is for")
    create.add_argument(
        "--megapixels",
        type=types.positive,
        default=MEGAPIXELS_PER_MINUTE,
        help="rate limit a minute",
    )
    revoke = _command(commands, "revoke", revoke_key, "end an API key, within ten seconds")
    rotate = _command(commands, "rotate", rotate_key, "replace an API key by a new one")
    rotate.add_argument("--days", type=types.days, default=7.0, help="until the old one ends")
    restrict = _command(
        commands, "restrict", restrict_key, "allow an API key from some places, or from all again"
    )
    for changed in (revoke, rotate, restrict):
        changed.add_argument("key", help="its id, which `list` prints")
    for restricted in (create, restrict):
        restricted.add_argument(
            "--origin", action="append", default=[], help="of a page, such as https://shop.example"
        )
        restricted.add_argument(
            "--address", action="append", default=[], help="of clients, such as 203.0.113.0/24"
        )
    _command(commands, "list", list_keys, "print the account's credits and API keys")

    grant = _command(commands, "grant", change_credits, "add credits")
    expire = _command(commands, "expire", change_credits, "remove credits")
    for changed, kind in ((grant, "grant"), (expire, "expire")):
        changed.set_defaults(kind=kind)
        changed.add_argument("credits", type=types.quarters, help="a number in steps of 0.25")
        changed.add_argument("--note", type=types.note, default="", help="why")
    totals = _command(commands, "statement", print_statement, "print a month's totals")
    export = _command(commands, "export", print_export, "print the calls that a month charged")
    now = datetime.now(UTC).strftime("%Y-%m")
    for month in (totals, export):
        month.add_argument("--month", type=types.month, default=now, help="such as 2026-11, in UTC")
    export.add_argument("--format", choices=("csv", "jsonl"), default="csv")
    export.add_argument("--customer", help="stripe_customer_id, by default the account's name")

    audited = _command(commands, "audit", audit_account, "check balance, reservations and grants")
    audited.add_argument(
        "--vouch", action="store_true", help="first accept the grants of version 0.1.0 as right"
    )

    _add_secrets(commands)
    return parser


def _add_secrets(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help = "manage the secrets that sign an account's webhooks"
    secrets = commands.add_parser("webhook-secret", help=help, description=help)
    actions = secrets.add_subparsers(required=True)
    _command(actions, "make", make_secret, "create the account's secret")
    rotate = _command(actions, "rotate", rotate_secret, "add a new secret, and end the old one")
    rotate.add_argument("--days", type=types.days, default=7.0, help="for which both sign")
    revoke = _command(actions, "revoke", revoke_secret, "end a secret now")
    revoke.add_argument("secret", help="its id, which `webhook-secret list` prints")
    _command(actions, "list", list_secrets, "print the account's secrets and their ends")


def _command(
    group: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Callable[[Table, argparse.Namespace], None],
    help: str,
) -> argparse.ArgumentParser:
    parser = group.add_parser(name, help=help, description=help)
    parser.add_argument("account", help="lower-case letters, digits and hyphens")
    parser.set_defaults(run=run)
    return parser


def _table(environment: str, setting: str, output: str) -> Table:
    """Return the table of a setting, or of the stack's output where no table is set."""
    if "CUTOUT_LEDGER_TABLE" in os.environ:
        if name := os.environ.get(f"CUTOUT_{setting}"):
            return bootstrap.table(name)
        raise InvalidSetting(f"CUTOUT_LEDGER_TABLE is set: set CUTOUT_{setting}, too")
    deployed = stacks.open_environment(environment)
    values = stacks.values(deployed.session, deployed.service)
    if output not in values:
        raise stacks.DeployError(f"{deployed.service} has no {output}: deploy this version first")
    return DynamoDbTable(stacks.json_service(deployed.session, "dynamodb"), values[output])


def create_key(table: Table, arguments: argparse.Namespace) -> None:
    key = bootstrap.accounts(table).create_key(
        arguments.account,
        is_test=arguments.test,
        note=arguments.note,
        megapixels_per_minute=arguments.megapixels,
        is_strict=arguments.strict,
        origins=arguments.origin,
        networks=arguments.address,
    )
    _print_secret(key)


def restrict_key(table: Table, arguments: argparse.Namespace) -> None:
    accounts = bootstrap.accounts(table)
    accounts.restrict(arguments.account, arguments.key, arguments.origin, arguments.address)
    where = ", ".join(arguments.origin + arguments.address)
    print(f"the API key {arguments.key} may be used from {where or 'anywhere'}")


def revoke_key(table: Table, arguments: argparse.Namespace) -> None:
    bootstrap.accounts(table).revoke(arguments.account, arguments.key)
    print(f"the API key {arguments.key} is revoked")


def rotate_key(table: Table, arguments: argparse.Namespace) -> None:
    overlap_s = arguments.days * DAY_S
    key = bootstrap.accounts(table).rotate(arguments.account, arguments.key, overlap_s)
    print(f"the API key {arguments.key} ends in {arguments.days:g} days", file=sys.stderr)
    _print_secret(key)


def list_keys(table: Table, arguments: argparse.Namespace) -> None:
    uses = bootstrap.last_use(_table(arguments.env, "STATE_TABLE", "StateTableName"))
    _print_balance(table, arguments.account)
    for key in bootstrap.accounts(table).keys(arguments.account):
        kind, limit = "test" if key.is_test else "live", f"{key.megapixels_per_minute} MP/min"
        strict = "strict  " if key.is_strict else ""
        used = uses.find(key.account, key.id)
        lifetime = f"{_lifetime(key)}  " + (f"used {used[:13]}h" if used else "never used")
        where = "".join(f"from {place}  " for place in key.origins + key.networks)
        print(f"{key.id}  {kind}  {limit}  {strict}{lifetime}  {where}{key.note}".rstrip())


def change_credits(table: Table, arguments: argparse.Namespace) -> None:
    ledger = bootstrap.ledger(table)
    change = ledger.grant if arguments.kind == "grant" else ledger.expire
    change(arguments.account, arguments.credits, arguments.note)
    _print_balance(table, arguments.account)


def print_statement(table: Table, arguments: argparse.Namespace) -> None:
    month = _statement(table, arguments)
    previews = sum(call.charged < QUARTERS_PER_CREDIT for call in month.calls)
    print(f"{arguments.account}, {arguments.month}, in credits")
    for name, quarters, note in (
        ("opening balance", month.opening, ""),
        ("granted", month.granted, ""),
        ("expired", -month.expired, ""),
        ("charged", -month.charged, f"{len(month.calls)} calls, {previews} of them previews"),
        ("reserved", -month.held, "for unfinished calls, less those of the months before"),
        ("closing balance", month.closing, ""),
    ):
        print(f"{name:16} {quarters / QUARTERS_PER_CREDIT:>12.2f}  {note}".rstrip())


def print_export(table: Table, arguments: argparse.Namespace) -> None:
    calls = _statement(table, arguments).calls
    customer = arguments.customer or arguments.account
    is_csv = arguments.format == "csv"
    for line in exports.to_csv(calls) if is_csv else exports.to_meter_events(calls, customer):
        print(line)


def audit_account(table: Table, arguments: argparse.Namespace) -> None:
    ledger, account = bootstrap.ledger(table), arguments.account
    entries = list(ledger.entries(account))
    if arguments.vouch:
        print(f"{audit.vouch(table, account, entries)} grants and expiries accepted")
        entries = list(ledger.entries(account))
    found = list(audit.findings(ledger.balance(account), entries))
    if found:
        raise AuditFailed("; ".join(found))
    print(f"{account}: the balance and {len(entries)} entries agree")


def make_secret(table: Table, arguments: argparse.Namespace) -> None:
    _print_secret(bootstrap.webhook_secrets(table).create(arguments.account))


def rotate_secret(table: Table, arguments: argparse.Namespace) -> None:
    secret = bootstrap.webhook_secrets(table).rotate(arguments.account, arguments.days * DAY_S)
    print(f"the old secret also signs for {arguments.days:g} days", file=sys.stderr)
    _print_secret(secret)


def revoke_secret(table: Table, arguments: argparse.Namespace) -> None:
    bootstrap.webhook_secrets(table).revoke(arguments.account, arguments.secret)
    print(f"the webhook secret {arguments.secret} is revoked")


def list_secrets(table: Table, arguments: argparse.Namespace) -> None:
    for secret in bootstrap.webhook_secrets(table).secrets(arguments.account):
        print(f"{secret.id}  {_lifetime(secret)}")


def _statement(table: Table, arguments: argparse.Namespace) -> statement.Statement:
    entries = bootstrap.ledger(table).entries(arguments.account, until=arguments.month)
    return statement.for_month(entries, arguments.month)


def _lifetime(item: ApiKey | WebhookSecret) -> str:
    return f"since {item.created_at}  " + (f"ends {item.ends_at}" if item.ends_at else "no end")


def _print_balance(table: Table, account: str) -> None:
    print(f"{account}: {format_credits(bootstrap.ledger(table).balance(account))} credits")


def _print_secret(secret: str) -> None:
    """Print it alone to standard output, for programs that read it there."""
    print("Keep it: it cannot be shown again.", file=sys.stderr)
    print(secret)


if __name__ == "__main__":
    sys.exit(main())
