"""python -m tools.scale: see `make scale`."""

import sys

from tools.contenders.catalogue import BUILD
from tools.cost import prices, runs
from tools.cost.runs import Runs

from . import book, measured, table
from .measured import Check

OUT = BUILD / "scale" / "table.md"


def main() -> int:
    told = book.load(prices.FILE)
    try:
        found = runs.load(runs.FILE, told.cost.assumed.memory_mb)
    except runs.RunsMissing as error:
        print(f"scale: {error}", file=sys.stderr)
        return 1
    text = table.section(found, told, _checked(found))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(text, encoding="utf-8")
    print(text)
    return 0


def _checked(found: Runs) -> list[Check]:
    try:
        return [measured.check(run, found.runs) for run in measured.load(measured.FILE)]
    except measured.RunMissing as error:
        print(f"scale: {error}; so nothing is compared with one", file=sys.stderr)
        return []


if __name__ == "__main__":
    sys.exit(main())
