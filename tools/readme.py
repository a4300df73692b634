"""Insert tables that the last runs left in build/ into the README and docs/cost.md."""

import argparse
import re
import sys
from pathlib import Path

from tools.contenders.catalogue import BUILD, ROOT

README = ROOT / "README.md"
PAGES = {"day": ROOT / "docs/cost.md"}  # of the sections that are not in the README


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.readme", description=__doc__)
    parser.add_argument("sections", nargs="+", help="names between <!-- and --> in the README")
    for name in parser.parse_args().sections:
        table = BUILD / name / "table.md"
        try:
            insert(name, table.read_text(encoding="utf-8"), PAGES.get(name, README))
        except FileNotFoundError:
            print(f"readme: there is no {table}; run the command that makes it", file=sys.stderr)
            return 1
        except ValueError as error:
            print(f"readme: {error}", file=sys.stderr)
            return 1
    return 0


def insert(name: str, table: str, readme: Path) -> None:
    """Replace the text of a section; raise ValueError if the README does not have it once."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    section = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
    text, count = section.subn(lambda _: f"{begin}{table}{end}", readme.read_text())
    if count != 1:
        raise ValueError(f"{readme.name} has no section {name}")
    readme.write_text(text)


if __name__ == "__main__":
    sys.exit(main())
