"""Prints the table of error codes, for docs/api/errors.md.

`.venv/bin/python -m tools.errors`

Codes and statuses come from cutout.errors and cutout.web.problems, sentences from errors.toml.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cutout.errors import CutoutError
from cutout.web.problems import REMOVEBG_STATUS_OF, STATUS_OF

SENTENCES = Path(__file__).with_suffix(".toml")
HEAD = ("code", "at `/v1.0/`", "elsewhere", "meaning", "what to do")


def main() -> None:
    print(table(), end="")


def table() -> str:
    """Return the table, by status. Raises KeyError for a code without a sentence."""
    texts = tomllib.loads(SENTENCES.read_text(encoding="utf-8"))
    rows = [*_raised(texts), *_outside(texts)]
    lines = [HEAD, ("---",) * len(HEAD), *sorted(rows, key=lambda row: (row[1:3], row[0]))]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _raised(texts: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for code, statuses in statuses_by_code().items():
        if code not in texts["elsewhere"]:
            yield (f"`{code}`", *map(str, statuses), *texts["codes"][code])


def _outside(texts: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for code, row in texts["outside"].items():
        yield (f"`{code}`", *[str(row["status"])] * 2, *row["sentences"])


def statuses_by_code() -> dict[str, tuple[int, int]]:
    """Return each code's status at /v1.0/ and elsewhere."""
    return {
        kind.code: (_status(kind, REMOVEBG_STATUS_OF), _status(kind, STATUS_OF))
        for kind in _kinds(CutoutError)
    }


def _kinds(parent: type[CutoutError]) -> Iterator[type[CutoutError]]:
    for kind in parent.__subclasses__():
        yield kind
        yield from _kinds(kind)


def _status(kind: type[CutoutError], statuses: dict[type[CutoutError], int]) -> int:
    nearest = next(each for each in kind.__mro__ if each in statuses)
    return int(statuses[nearest])


if __name__ == "__main__":
    main()
