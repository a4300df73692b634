"""What may be said to tools.keys."""

import argparse
import re
from collections.abc import Iterable
from datetime import UTC, datetime

from cutout.credits.accounts import MEGAPIXELS_PER_MINUTE
from cutout.credits.entries import QUARTERS_PER_CREDIT

MOST_CREDITS = 10**9
DAY_S = 24 * 60 * 60


def parser(
    program: str, description: str | None, environments: Iterable[str]
) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog=program, description=description)
    made.add_argument("--env", choices=tuple(environments), default="dev")
    commands = made.add_subparsers(dest="command", required=True)

    def command(name: str, sentence: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=sentence, description=sentence)
        added.add_argument("account", help="small letters, digits and hyphens")
        return added

    _of_keys(
        command("create", "a new key, which is shown this once; the account begins with it"),
        command("revoke", "a key ends now"),
        command("rotate", "another key like it, and an end for the old one"),
    )
    command("list", "the account's credits and keys")
    _of_credits(command("grant", "more credits"))
    _of_credits(command("expire", "takes credits away"))
    _of_month(command("statement", "a month of the account"))
    _of_export(command("export", "the calls that a month charged"))
    sentence = "what an account's webhooks are signed with"
    _of_webhooks(commands.add_parser("webhook-secret", help=sentence, description=sentence))
    return made


def _of_keys(
    create: argparse.ArgumentParser,
    revoke: argparse.ArgumentParser,
    rotate: argparse.ArgumentParser,
) -> None:
    create.add_argument("--test", action="store_true", help="free, with watermarks")
    create.add_argument("--note", type=_line, default="", help="what it is for")
    create.add_argument("--megapixels", type=_whole, default=MEGAPIXELS_PER_MINUTE, help="a minute")
    for ended in (revoke, rotate):
        ended.add_argument("key", help="the id that list tells")
    rotate.add_argument("--days", type=_days, default=7.0, help="for which both are good")


def _of_credits(changed: argparse.ArgumentParser) -> None:
    changed.add_argument("credits", type=_quarters, help="a number, in steps of 0.25")
    changed.add_argument("--note", type=_line, default="", help="why")


def _of_webhooks(secret: argparse.ArgumentParser) -> None:
    actions = secret.add_subparsers(dest="action", required=True)

    def action(name: str, sentence: str) -> argparse.ArgumentParser:
        added = actions.add_parser(name, help=sentence, description=sentence)
        added.add_argument("account", help="small letters, digits and hyphens")
        return added

    action("make", "the account's secret, which is shown this once")
    rotate = action("rotate", "another secret, and an end for the old one")
    rotate.add_argument("--days", type=_days, default=7.0, help="for which both sign")
    revoke = action("revoke", "a secret ends now, and is forgotten but for the table's backups")
    revoke.add_argument("secret", help="the id that list tells")
    action("list", "the account's secrets and their ends")


def _of_month(told: argparse.ArgumentParser) -> None:
    now = datetime.now(UTC).strftime("%Y-%m")
    told.add_argument("--month", type=_month, default=now, help="like 2026-11, in UTC")


def _of_export(told: argparse.ArgumentParser) -> None:
    _of_month(told)
    told.add_argument("--format", choices=("csv", "jsonl"), default="csv")
    told.add_argument("--customer", help="stripe_customer_id; the account's name unless given")


def _line(text: str) -> str:
    if not text.isprintable():
        raise argparse.ArgumentTypeError("a note is one line")
    return text


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
    quarters = int(float(text) * QUARTERS_PER_CREDIT)
    if not 0 < quarters <= MOST_CREDITS * QUARTERS_PER_CREDIT:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most {MOST_CREDITS:,}")
    return quarters


def _month(text: str) -> str:
    if not re.fullmatch("[0-9]{4}-(0[1-9]|1[0-2])", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no month such as 2026-11")
    return text
