"""python -m tools.cost: see `make cost`."""

import sys

from tools.contenders.catalogue import BUILD

from . import prices, runs, table

OUT = BUILD / "cost" / "table.md"


def main() -> int:
    book = prices.load(prices.FILE)
    try:
        measured = runs.load(runs.FILE, book.assumed.memory_mb)
    except runs.RunsMissing as error:
        print(f"cost: {error}", file=sys.stderr)
        return 1
    text = table.section(measured, book)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
