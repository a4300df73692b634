"""API keys, credits, and what was spent of them. The table is that of the stack of --env, or the
one that CUTOUT_LEDGER_TABLE names."""

import argparse
import os
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cutout import bootstrap
from cutout.adapters.dynamodb import DynamoDbTable
from cutout.errors import CutoutError
from cutout.services import statement
from cutout.services.accounts import MEGAPIXELS_PER_MINUTE
from cutout.services.ledger import QUARTERS, Ledger
from cutout.services.table import Table
from tools.deploy import environments, stacks

from . import exports

PROGRAM = "python -m tools.keys"
DAY_S = 24 * 60 * 60
MOST_CREDITS = 10**9


def main() -> int:
    given = _parser().parse_args()
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
    _show_once(key)


def list_keys(table: Table, given: argparse.Namespace) -> None:
    left = bootstrap.ledger(table).balance(given.account)
    print(f"{given.account}: {left / QUARTERS:g} credits")
    for key in bootstrap.accounts(table).keys(given.account):
        kind = "test" if key.is_test else "live"
        end = f"ends {key.ends_at}" if key.ends_at else "no end"
        print(
            f"{key.id}  {kind}  {key.megapixels_per_minute} MP/min  "
            f"since {key.created_at}  {end}  {key.note}".rstrip()
        )


def revoke(table: Table, given: argparse.Namespace) -> None:
    bootstrap.accounts(table).revoke(given.account, given.key)
    print(f"{given.key} is good for nothing from now on")


def rotate(table: Table, given: argparse.Namespace) -> None:
    key = bootstrap.accounts(table).rotate(given.account, given.key, given.days * DAY_S)
    print(f"{given.key} is good for {given.days:g} more days; after it comes", file=sys.stderr)
    _show_once(key)


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
    previews = sum(call.charged < QUARTERS for call in month.calls)
    print(f"{given.account}, {given.month}, in credits")
    for name, quarters, note in (
        ("opening balance", month.opening, ""),
        ("granted", month.granted, ""),
        ("expired", -month.expired, ""),
        ("charged", -month.charged, f"{len(month.calls)} calls, {previews} of them previews"),
        ("held back", -month.held, "for calls that are not over, less those when it began"),
        ("closing balance", month.closing, ""),
    ):
        print(f"{name:16} {quarters / QUARTERS:>12.2f}  {note}".rstrip())


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
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description=__doc__)
    parser.add_argument("--env", choices=environments.read(), default="dev")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, sentence: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=sentence, description=sentence)
        added.add_argument("account", help="small letters, digits and hyphens")
        return added

    made = command("create", "a new key, which is shown this once; the account begins with it")
    made.add_argument("--test", action="store_true", help="free, with watermarks")
    made.add_argument("--note", default="", help="what it is for")
    made.add_argument("--megapixels", type=_whole, default=MEGAPIXELS_PER_MINUTE, help="a minute")
    command("list", "the account's credits and keys")
    command("revoke", "a key ends now").add_argument("key", help="the id that list tells")
    rotated = command("rotate", "another key like it, and an end for the old one")
    rotated.add_argument("key", help="the id that list tells")
    rotated.add_argument("--days", type=_days, default=7.0, help="for which both are good")
    for name, sentence in (("grant", "more credits"), ("expire", "takes credits away")):
        changed = command(name, sentence)
        changed.add_argument("credits", type=_quarters, help="a number, in steps of 0.25")
        changed.add_argument("--note", default="", help="why")
    for name, sentence in (
        ("statement", "a month of the account"),
        ("export", "the calls that a month charged"),
    ):
        told = command(name, sentence)
        now = datetime.now(UTC).strftime("%Y-%m")
        told.add_argument("--month", type=_month_name, default=now, help="like 2026-11, in UTC")
    told.add_argument("--format", choices=("csv", "jsonl"), default="csv")
    told.add_argument("--customer", help="stripe_customer_id; the account's name unless given")
    return parser


def _table(environment: str) -> Table:
    if name := os.environ.get("CUTOUT_LEDGER_TABLE"):
        return DynamoDbTable(boto3.client("dynamodb"), name)
    settings = environments.read()[environment]
    session = environments.session(settings)
    stack = environments.stack_name(settings)
    outputs = stacks.facts(session.client("cloudformation"), stack)
    return DynamoDbTable(session.client("dynamodb"), outputs["LedgerTableName"])


def _month(table: Table, given: argparse.Namespace) -> statement.Statement:
    ledger = bootstrap.ledger(table)
    ledger.balance(given.account)  # tells where there is no such account
    return statement.of(ledger.entries(given.account, until=given.month), given.month)


def _tell_balance(ledger: Ledger, account: str) -> None:
    print(f"{account}: {ledger.balance(account) / QUARTERS:g} credits")


def _show_once(key: str) -> None:
    """The key alone goes to stdout, for programs that take it from there."""
    print("Keep it: it cannot be shown again.", file=sys.stderr)
    print(key)


def _whole(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,8}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def _days(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,6})?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days")
    return float(text)


def _quarters(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,10}(\.(0|00|25|5|50|75))?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number in steps of 0.25")
    quarters = int(float(text) * QUARTERS)
    if not 0 < quarters <= MOST_CREDITS * QUARTERS:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most {MOST_CREDITS:,}")
    return quarters


def _month_name(text: str) -> str:
    if not re.fullmatch("[0-9]{4}-(0[1-9]|1[0-2])", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no month such as 2026-11")
    return text


if __name__ == "__main__":
    sys.exit(main())
