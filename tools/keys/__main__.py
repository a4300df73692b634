"""API keys, credits, what was spent of them, and webhooks' secrets. The table is that of the stack
of --env, or the one that CUTOUT_LEDGER_TABLE names."""

import argparse
import os
import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from cutout import bootstrap
from cutout.aws.dynamodb import DynamoDbTable
from cutout.credits import statement
from cutout.credits.entries import QUARTERS_PER_CREDIT, format_credits
from cutout.credits.ledger import Ledger
from cutout.errors import CutoutError
from cutout.ports import Table
from tools.deploy import environments, stacks

from . import arguments, exports, webhooks
from .arguments import DAY_S
from .printing import show_once

PROGRAM = "python -m tools.keys"


def main() -> int:
    given = arguments.parser(PROGRAM, __doc__, environments.read()).parse_args()
    try:
        COMMANDS[given.command](_table(given.env), given)
    except (
        CutoutError, environments.Refused, stacks.StackError, statement.Unbalanced,
        BotoCoreError, ClientError,
    ) as error:  # fmt: skip
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 1
    return 0


def create(table: Table, given: argparse.Namespace) -> None:
    key = bootstrap.accounts(table).create_key(
        given.account, given.test, given.note, given.megapixels
    )
    show_once(key)


def list_keys(table: Table, given: argparse.Namespace) -> None:
    _tell_balance(bootstrap.ledger(table), given.account)
    for key in bootstrap.accounts(table).keys(given.account):
        kind = "test" if key.is_test else "live"
        end = f"ends {key.ends_at}" if key.ends_at else "no end"
        print(
            f"{key.id}  {kind}  {key.megapixels_per_minute} MP/min  "
            f"since {key.created_at}  {end}  {key.note}".rstrip()
        )


def revoke(table: Table, given: argparse.Namespace) -> None:
    bootstrap.accounts(table).revoke(given.account, given.key)
    print(f"{given.key} is revoked")


def rotate(table: Table, given: argparse.Namespace) -> None:
    key = bootstrap.accounts(table).rotate(given.account, given.key, given.days * DAY_S)
    print(f"{given.key} ends in {given.days:g} days, unless it does before", file=sys.stderr)
    show_once(key)


def grant(table: Table, given: argparse.Namespace) -> None:
    ledger = bootstrap.ledger(table)
    ledger.grant(given.account, given.credits, given.note)
    _tell_balance(ledger, given.account)


def expire(table: Table, given: argparse.Namespace) -> None:
    ledger = bootstrap.ledger(table)
    ledger.expire(given.account, given.credits, given.note)
    _tell_balance(ledger, given.account)


def tell(table: Table, given: argparse.Namespace) -> None:
    month = _month(table, given)
    previews = sum(call.charged < QUARTERS_PER_CREDIT for call in month.calls)
    print(f"{given.account}, {given.month}, in credits")
    for name, quarters, note in (
        ("opening balance", month.opening, ""),
        ("granted", month.granted, ""),
        ("expired", -month.expired, ""),
        ("charged", -month.charged, f"{len(month.calls)} calls, {previews} of them previews"),
        ("held back", -month.held, "for calls that are not over, less those when it began"),
        ("closing balance", month.closing, ""),
    ):
        print(f"{name:16} {quarters / QUARTERS_PER_CREDIT:>12.2f}  {note}".rstrip())


def export(table: Table, given: argparse.Namespace) -> None:
    calls = _month(table, given).calls
    lines = (
        exports.to_csv(calls)
        if given.format == "csv"
        else exports.to_meter_events(calls, given.customer or given.account)
    )
    for line in lines:
        print(line)


COMMANDS: dict[str, Callable[[Table, argparse.Namespace], None]] = {
    "create": create,
    "list": list_keys,
    "revoke": revoke,
    "rotate": rotate,
    "grant": grant,
    "expire": expire,
    "statement": tell,
    "export": export,
    "webhook-secret": webhooks.run,
}


def _table(environment: str) -> Table:
    if name := os.environ.get("CUTOUT_LEDGER_TABLE"):
        return bootstrap.table(name)
    settings = environments.read()[environment]
    session = environments.session(settings)
    stack = environments.stack_name(settings)
    outputs = stacks.facts(session.client("cloudformation"), stack)
    return DynamoDbTable(session.client("dynamodb"), outputs["LedgerTableName"])


def _month(table: Table, given: argparse.Namespace) -> statement.Statement:
    ledger = bootstrap.ledger(table)
    ledger.balance(given.account)  # tells where there is no such account
    return statement.for_month(ledger.entries(given.account, until=given.month), given.month)


def _tell_balance(ledger: Ledger, account: str) -> None:
    print(f"{account}: {format_credits(ledger.balance(account))} credits")


if __name__ == "__main__":
    sys.exit(main())
