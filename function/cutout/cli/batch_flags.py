"""The parser of `cutout batch DIR OUT`."""

import re
from argparse import ArgumentTypeError, Namespace
from pathlib import Path
from typing import Any

from cutout.batch.request import MOST_FAILED
from cutout.options import command_line
from cutout.picture import REVIEW_BELOW

from .flags import Parser


def _text_option(value: str) -> dict[str, Any]:
    return {"metavar": value, "default": ""}


def _count(text: str) -> int:
    if not COUNT.fullmatch(text) or not 1 <= int(text) <= MOST_PARALLEL:
        raise ArgumentTypeError(f"{text[:40]!r} is not 1 to {MOST_PARALLEL}")
    return int(text)


def _share(text: str) -> float:
    """Parse 10% or 0.1."""
    number = text.removesuffix("%")
    if not SHARE.fullmatch(number) or (share := float(number) / (100 if "%" in text else 1)) > 1:
        raise ArgumentTypeError(f"{text[:40]!r} is not 0% to 100%, or 0 to 1")
    return share


def _folder(text: str) -> Path | str:
    """Keep an s3:// URL as text: a Path would drop one of its slashes."""
    return text if text.startswith("s3://") else Path(text)


MOST_PARALLEL = 64
COUNT = re.compile("[0-9]{1,9}")
SHARE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,9})?")
NUMBER = {"type": int, "metavar": "N"}

Row = tuple[str, dict[str, Any], str]
WHERE: tuple[Row, ...] = (
    ("--api", _text_option("URL"), "use a Cutout service, such as https://cutout.example"),
    (
        "--key",
        _text_option("KEY"),
        "the service's API key; CUTOUT_API_KEY keeps it out of process lists",
    ),
    (
        "--parallel",
        NUMBER | {"type": _count},
        "photos at once (default: one per processor, or 4 with --api)",
    ),
)
ON_AWS: tuple[Row, ...] = (
    (
        "--state-machine",
        _text_option("ARN"),
        "the stack's BatchStateMachineArn, or CUTOUT_STATE_MACHINE",
    ),
    ("--account", _text_option("NAME"), "account that is charged in the ledger (default: none)"),
    (
        "--most-failed",
        {"type": _share, "metavar": "SHARE"},
        f"share of photos that may fail in a successful batch (default: {MOST_FAILED:.0%}%)",
    ),
)


def batch() -> Parser:
    """Return the parser of `cutout batch`."""
    parser = Parser(
        prog="cutout batch",
        usage="cutout batch DIR OUT [OPTION...]",
        description="Remove the background of every photo under DIR and write the same tree to OUT."
        " DIR and OUT are both local folders or both s3://BUCKET/PREFIX/. On S3, DIR may also be a"
        " manifest (.csv or .jsonl) or the manifest.json of an S3 inventory.",
        epilog="Photos whose cutout in OUT was made from the same file with the same options are"
        " skipped, so a stopped command can be repeated.",
    )
    parser.add_argument("folder", type=_folder, metavar="DIR", help="the photos")
    parser.add_argument("out", type=_folder, metavar="OUT", help="the cutouts")
    parser.add_argument(
        "--report", type=Path, metavar="FILE.jsonl", help="append one line of JSON for each photo"
    )
    parser.add_argument(
        "--review-below",
        type=_share,
        metavar="SHARE",
        default=REVIEW_BELOW,
        help=f"list cutouts with a lower confidence (default: {REVIEW_BELOW:g}; 0 lists none)",
    )
    parser.add_argument(
        "-w", "--watch", action="store_true", help="go on with photos that arrive, until Ctrl-C"
    )
    for title, rows in (("where to run", WHERE), ("with s3://", ON_AWS)):
        group = parser.add_argument_group(title)
        for name, takes, help in rows:
            group.add_argument(name, help=help, **takes)
    command_line.add_flags(parser, with_hints=False)
    return parser


def is_on_s3(arguments: Namespace) -> bool:
    """Return whether DIR or OUT is an s3:// URL, which then is a text and no Path."""
    return isinstance(arguments.folder, str) or isinstance(arguments.out, str)
