"""Reads tables that other commands stored: from build/, or else from the README and docs/."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.sections import pages

# The start of a cell's text: a number with its sign, such as in "+0.0082 (+0.0020 … +0.0149)".
NUMBER = re.compile(r"[+-]?[\d,]*\.?\d+")


@dataclass(frozen=True)
class Section:
    """A stored section: its text, the date in its first line, and the rows of its tables."""

    text: str
    date: str
    rows: list[dict[str, str]]  # cells by the heads of their columns; the first column's is ""

    def row(self, *first: str) -> dict[str, str]:
        """Return the first row whose first cells are these; raise LookupError if there is none."""
        for row in self.rows:
            if list(row.values())[: len(first)] == list(first):
                return row
        raise LookupError(f"no row {', '.join(first)}")


def read(name: str, root: Path) -> Section:
    """Read a section of a checkout: the later one of build/NAME/table.md and the pages'.

    Raises LookupError if neither has it.
    """
    built = root / "build" / name / "table.md"
    texts = [built.read_text(encoding="utf-8")] if built.exists() else []
    for page in pages(root):
        texts += re.findall(f"<!-- {name} -->\n(.*?)<!-- end of {name} -->",
                            page.read_text(encoding="utf-8"), re.DOTALL)  # fmt: skip
    if not texts:
        raise LookupError("not measured")
    return max(map(parse, texts), key=lambda section: section.date)


def parse(text: str) -> Section:
    """Return a section of Markdown: the first date in it, and the rows of all its tables."""
    date = re.search(r"\d{4}-\d\d-\d\d", text)
    rows: list[dict[str, str]] = []
    head: Sequence[str] = ()
    for line in text.splitlines():
        if not line.startswith("|"):
            head = ()
        elif not head:
            head = ["", *_cells(line)[1:]]
        elif not line.startswith("| ---"):
            rows.append(dict(zip(head, _cells(line), strict=False)))
    return Section(text, date[0] if date else "", rows)


def number(cell: str) -> float:
    """Return the number that a cell begins with; raise LookupError if it begins with none."""
    if found := NUMBER.match(cell):
        return float(found[0].replace(",", ""))
    raise LookupError(f"no number in {cell!r}")


def interval(cell: str) -> tuple[float, float]:
    """Return the bounds in "+0.0082 (+0.0020 … +0.0149)"; raise LookupError if there are none."""
    if found := re.search(r"\((\S+) … (\S+)\)", cell):
        return number(found[1]), number(found[2])
    raise LookupError(f"no interval in {cell!r}")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
