"""Insert tables into the README and the pages of docs/, between their markers.

The tables of alarms, errors, options and settings come from the code; without names these are
inserted. All others are those that the last runs left in build/, with the drawings beside them.
"""

import argparse
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from tools import alarms, errors, options, settings
from tools.contenders.catalogue import BUILD, ROOT
from tools.sections import pages

PAGES = pages()
GENERATED = {
    "alarms": alarms.table,
    "errors": errors.table,
    "options": options.table,
    "settings": settings.table,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.readme", description=__doc__)
    parser.add_argument(
        "sections", nargs="*", default=list(GENERATED), help="names between <!-- and --> in pages"
    )
    for name in parser.parse_args().sections:
        if name in GENERATED:
            insert(name, GENERATED[name](), page_of(name))
            continue
        table = BUILD / name / "table.md"
        try:
            insert(name, table.read_text(encoding="utf-8"), page_of(name))
            copy_drawings(table.parent, ROOT / "docs")
        except FileNotFoundError:
            print(f"readme: there is no {table}; run the command that makes it", file=sys.stderr)
            return 1
        except ValueError as error:
            print(f"readme: {error}", file=sys.stderr)
            return 1
    return 0


def page_of(name: str, candidates: Sequence[Path] = PAGES) -> Path:
    """Find the page that has a section; raise ValueError unless exactly one has it."""
    found = [page for page in candidates if f"<!-- {name} -->\n" in page.read_text()]
    if len(found) != 1:
        raise ValueError(f"{len(found)} pages have a section {name}, and one has to")
    return found[0]


def insert(name: str, table: str, page: Path) -> None:
    """Replace the text of a section; raise ValueError if the page does not have it once."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    section = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
    text, count = section.subn(lambda _: f"{begin}{table}{end}", page.read_text())
    if count != 1:
        raise ValueError(f"{page.name} has no section {name}")
    page.write_text(text)


def copy_drawings(source: Path, docs: Path) -> None:
    """Copy all SVG files of a folder into another one."""
    for drawing in sorted(source.glob("*.svg")):
        shutil.copy(drawing, docs)


if __name__ == "__main__":
    sys.exit(main())
