"""`cutout migrate PATH`: find the uses of remove.bg and rembg, or check a service against both."""

import os
import sys
from argparse import Namespace
from io import TextIOWrapper
from pathlib import Path

from cutout.config import Settings
from cutout.errors import CutoutError, InvalidSetting
from cutout.migrate import conformance, find, report
from cutout.migrate.service import Outcome, Service

from .console import print_error, printable
from .flags import Parser

NONE, USES, WRONG = 0, 1, 2  # exit codes, as those of grep, but that uses are what is to be gone


def parser() -> Parser:
    parser = Parser(
        prog="cutout migrate",
        description="Find the uses of remove.bg and rembg in a code base, and say what changes for"
        " each; or check by about 60 calls, of 8 credits at most, that a service does as they do.",
        epilog="Exit codes: 0 no use is left, or every call passed; 1 a use was found, or a call"
        " failed; 2 wrong usage, or a file could not be read and no use was found.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("path", nargs="?", type=Path, metavar="PATH", help="a folder or a file")
    what.add_argument("--check", default="", metavar="URL", help="the address of a service")
    parser.add_argument(
        "--key",
        default="",
        help="the service's API key; CUTOUT_API_KEY keeps it out of process lists",
    )
    parser.add_argument("--json", action="store_true", help="write JSON")
    return parser


def run(arguments: Namespace) -> int:
    if isinstance(sys.stdout, TextIOWrapper):
        # Lines of any language are shown, also where the terminal has another character set.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = _check(arguments) if arguments.check else _find(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as head, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return USES
    return status


def _find(arguments: Namespace) -> int:
    try:
        if arguments.key:
            raise InvalidSetting("--key is used with --check only")
        found = find.search(arguments.path)
    except (CutoutError, OSError) as error:
        print_error(error, str(arguments.path))
        return WRONG
    for path, reason in found.unreadable:
        print(f"cutout: {printable(path)}: {reason}", file=sys.stderr)
    for line in [report.as_json(found)] if arguments.json else report.lines(found):
        print(line if arguments.json else printable(line))
    if found.finds:
        return USES
    return WRONG if found.unreadable else NONE


def _check(arguments: Namespace) -> int:
    outcomes = list[Outcome]()
    try:
        key = arguments.key or Settings.from_env().api_key
        for outcome in conformance.check(Service(arguments.check, key)):
            outcomes.append(_without(key, outcome))
            if not arguments.json:
                _print(outcomes[-1])
    except InvalidSetting as error:
        print_error(error, arguments.check)
        return WRONG
    except CutoutError as error:
        return print_error(error, arguments.check)
    is_json = arguments.json
    print(report.outcomes_as_json(outcomes) if is_json else report.outcome_summary(outcomes))
    return int(any(outcome.wrong for outcome in outcomes))


def _without(key: str, outcome: Outcome) -> Outcome:
    """Hide the key, which the service may have repeated."""
    return Outcome(outcome.name, outcome.wrong.replace(key, "...") if key else outcome.wrong,
                   outcome.skipped)  # fmt: skip


def _print(outcome: Outcome) -> None:
    for line in report.outcome_lines(outcome):
        print(printable(line), flush=True)
