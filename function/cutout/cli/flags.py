"""What may be said on the command line."""

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import Any

from cutout.batch.folder import REVIEW_BELOW
from cutout.batch.order import MOST_FAILED
from cutout.options import command_line
from cutout.version import VERSION


def _takes(value: str, **more: Any) -> dict[str, Any]:
    return {"metavar": value, "default": ""} | more


def _count(text: str) -> int:
    if not COUNT.fullmatch(text) or not 1 <= int(text) <= MOST_PARALLEL:
        raise ArgumentTypeError(f"{text[:40]!r} is not 1 to {MOST_PARALLEL}")
    return int(text)


def _share(text: str) -> float:
    """10% or 0.1"""
    number = text.removesuffix("%")
    if not SHARE.fullmatch(number) or (share := float(number) / (100 if "%" in text else 1)) > 1:
        raise ArgumentTypeError(f"{text[:40]!r} is not 0% to 100%, or 0 to 1")
    return share


def _folder(text: str) -> Path | str:
    """What is on s3:// keeps its slashes, of which a path would eat one."""
    return text if text.startswith("s3://") else Path(text)


MOST_PARALLEL = 64
COUNT = re.compile("[0-9]{1,9}")
SHARE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,9})?")
NUMBER = {"type": int, "metavar": "N"}

Row = tuple[str, dict[str, Any], str]
WHERE: tuple[Row, ...] = (
    ("--api", _takes("URL"), "let a Cutout service do it, such as https://cutout.example"),
    ("--key", _takes("KEY"), "the service's; CUTOUT_API_KEY is seen by fewer"),
    (
        "--parallel",
        NUMBER | {"type": _count},
        "so many photos at once; the processors, or 4 with --api",
    ),
)
ON_AWS: tuple[Row, ...] = (
    ("--state-machine", _takes("ARN"), "the stack's BatchStateMachineArn, or CUTOUT_STATE_MACHINE"),
    ("--account", _takes("NAME"), "who is charged in the ledger; nobody unless given"),
    (
        "--most-failed",
        {"type": _share, "metavar": "SHARE"},
        f"so many bad photos are no failure of the execution; {MOST_FAILED:.0%}% unless given",
    ),
)


def single() -> ArgumentParser:
    parser = ArgumentParser(
        prog="cutout",
        description="Take the background out of a photo.",
        epilog="A whole folder: cutout batch DIR OUT. The networks: cutout models list.",
        allow_abbrev=False,
    )
    parser.add_argument("photo", help="the photo, or - for standard input")
    parser.add_argument(
        "-o", "--output", help="PHOTO.cutout.SUFFIX unless given; - for standard output"
    )
    parser.add_argument("--version", action="version", version=f"cutout {VERSION}")
    command_line.add_flags(parser, with_hints=True)
    return parser


def batch() -> ArgumentParser:
    parser = ArgumentParser(
        prog="cutout batch",
        description="Take the background out of every photo under DIR, and keep the tree in OUT."
        " Both are folders here, or both are s3://BUCKET/PREFIX/; DIR may then be a list too, .csv"
        " or .jsonl, or an inventory's manifest.json.",
        epilog="What OUT has already is skipped, so a run that was stopped goes on where it was.",
        allow_abbrev=False,
    )
    parser.add_argument("folder", type=_folder, metavar="DIR")
    parser.add_argument("out", type=_folder, metavar="OUT")
    parser.add_argument(
        "--report", type=Path, metavar="FILE.jsonl", help="append a line of JSON for each photo"
    )
    parser.add_argument(
        "--review-below",
        type=_share,
        metavar="SHARE",
        default=REVIEW_BELOW,
        help=f"name cutouts of less confidence than this; {REVIEW_BELOW:g} unless given, 0 is none",
    )
    for title, rows in (("where it is done", WHERE), ("with s3://", ON_AWS)):
        group = parser.add_argument_group(title)
        for name, takes, help in rows:
            group.add_argument(name, help=help, **takes)
    command_line.add_flags(parser, with_hints=False)
    return parser


def models() -> ArgumentParser:
    parser = ArgumentParser(
        prog="cutout models", description="The networks on this machine.", allow_abbrev=False
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("list", help="name, version, size and licence of each, and where it is")
    commands.add_parser("download", help="get those that are missing from a release")
    build = commands.add_parser("build", help="make those that are missing from the originals")
    build.add_argument("--clean", action="store_true", help="then delete the originals")
    return parser


def is_of_buckets(given: Namespace) -> bool:
    return isinstance(given.folder, str) or isinstance(given.out, str)  # see _folder
