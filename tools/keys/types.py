"""Convert command line arguments. Each raises argparse.ArgumentTypeError with its reason."""

import argparse
import re
from collections.abc import Callable
from typing import TypeVar

from cutout.credits.entries import QUARTERS_PER_CREDIT

MOST_CREDITS = 10**9  # in one entry
T = TypeVar("T")


def _matching(pattern: str, meaning: str, convert: Callable[[str], T]) -> Callable[[str], T]:
    def parse(text: str) -> T:
        if not re.fullmatch(pattern, text):
            raise argparse.ArgumentTypeError(f"{text!r} is not {meaning}")
        return convert(text)

    return parse


note = _matching(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]*", "one line of text", str)
positive = _matching("[1-9][0-9]{0,8}", "a whole number above 0", int)
days = _matching(r"[0-9]{1,4}(\.[0-9]{1,6})?", "a number of days", float)
month = _matching("[0-9]{4}-(0[1-9]|1[0-2])", "a month such as 2026-11", str)
_credits = _matching(r"[0-9]{1,10}(\.(0|00|25|5|50|75))?", "a number in steps of 0.25", float)


def quarters(text: str) -> int:
    """Return an amount of credits in quarters of a credit."""
    amount = _credits(text)
    if not 0 < amount <= MOST_CREDITS:
        raise argparse.ArgumentTypeError(f"{text} is not between 0.25 and {MOST_CREDITS:,}")
    return int(amount * QUARTERS_PER_CREDIT)
