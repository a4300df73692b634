"""What may be said on the command line."""

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

from cutout import __version__
from cutout.batch.folder import REVIEW_BELOW
from cutout.batch.order import MOST_FAILED
from cutout.contract import Blend, Edges, Format, Profile
from cutout.options import text as grammar


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
SWITCH = {"action": "store_true"}
NUMBER = {"type": int, "metavar": "N"}

# An option's names (those of one dash and two letters or more are rembg's), what it takes, and what
# it is for.
Row = tuple[str, dict[str, Any], str]
HINTS: tuple[Row, ...] = (
    ("--roi", _takes("'X1 Y1 X2 Y2'"), "look for the subject in this rectangle alone; px or %%"),
    ("--points", _takes("'X,Y X,Y,0'"), "this is of the subject; with ,0 this is not; px or %%"),
    ("--mask", _takes("FILE"), "a rough mask: white is subject, black is not, grey is open"),
    ("--alpha", _takes("FILE"), "one's own alpha, a grey picture of the photo's shape"),
    ("-x --extras", _takes("JSON"), "sam_prompt's points and rectangle, as for rembg"),
)
KEPT: tuple[Row, ...] = (
    ("-m --model", _takes("NAME"), "u2net (the default), u2netp, or one's own"),
    ("--subject", _takes("WHICH"), "of several: all (the default), largest, or 0, 1, 2 by size"),
    ("--inverse", SWITCH, "keep the background, and take the subject out"),
)
EDGE: tuple[Row, ...] = (
    ("--edges", _takes("HOW"), f"{', '.join(get_args(Edges))}; fast unless given"),
    ("--binary -ppm --post-process-mask", SWITCH, "a hard edge: opened, smoothed, 0 or 255"),
    ("-a --alpha-matting", SWITCH, "the same as --edges fine"),
    ("-af --alpha-matting-foreground-threshold", NUMBER, "with -a: opaque above this, of 255"),
    ("-ab --alpha-matting-background-threshold", NUMBER, "with -a: gone below this, of 255"),
    (
        "-ae --alpha-matting-erode-size",
        NUMBER,
        "with -a: both shrink by a square of N px",
    ),
    ("-dc --decontaminate", SWITCH, "no spill of the background; done anyway, but for --edges off"),
    ("-vm --vitmatte", SWITCH, "not offered"),
)
PLACE: tuple[Row, ...] = (
    ("--size", _takes("NAME"), f"make a larger photo smaller first: {', '.join(grammar.SIZES)}"),
    ("--crop", SWITCH, "crop to the subject"),
    ("--margin", _takes("'1 2 3 4'"), "crop, with 1, 2 or 4 margins as in CSS; px or %%"),
    ("--frame", _takes("'X1 Y1 X2 Y2'"), "show this of the photo, or more than it has; px or %%"),
    ("--canvas", _takes("WxH"), "the result's size in px"),
    ("--scale", _takes("PERCENT"), "the subject's share of the canvas: 10%% to 100%%"),
    ("--position", _takes("'X Y'"), "center, or the share of the free space that is before it"),
)
BEHIND: tuple[Row, ...] = (
    ("--background", _takes("COLOUR"), "'#fff', '#ff000080', white"),
    ("-bgc --bgcolor", _takes("N", nargs=4), "the same, as red green blue alpha of 255"),
    ("--backdrop", _takes("FILE"), "a picture, which covers the canvas"),
    ("--blur", _takes("PERCENT"), "the photo itself, blurred by this share of its longer side"),
    ("--blend", _takes("HOW"), f"onto the backdrop: {', '.join(get_args(Blend))}"),
    ("--shadow", _takes("PERCENT"), "the opacity of a shadow that falls from the subject"),
)
FILE: tuple[Row, ...] = (
    ("--preset", _takes("NAME"), "the rules of a marketplace; a wrong name shows them all"),
    ("--format", _takes("NAME"), f"{', '.join(get_args(Format))}; png unless given"),
    ("-om --only-mask", SWITCH, "write the alpha alone"),
    ("--profile", _takes("WHICH"), f"the colours' space: {', '.join(get_args(Profile))}"),
)
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
    parser.add_argument("--version", action="version", version=f"cutout {__version__}")
    return _with_options(parser, (*KEPT, *HINTS))


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
    # Hints are of one photo, and nothing to a folder of them.
    parser.set_defaults(roi="", points="", mask="", alpha="", extras="")
    return _with_options(parser, KEPT, {"where it is done": WHERE, "with s3://": ON_AWS})


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


def _with_options(
    parser: ArgumentParser, kept: Iterable[Row], first: dict[str, Iterable[Row]] | None = None
) -> ArgumentParser:
    groups = (first or {}) | {
        "what is kept": kept,
        "its edge": EDGE,
        "its size and place": PLACE,
        "what is behind": BEHIND,
        "the file": FILE,
    }
    for title, rows in groups.items():
        group = parser.add_argument_group(title)
        for names, takes, help in rows:
            group.add_argument(*names.split(), help=help, **takes)
    return parser
