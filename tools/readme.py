"""The README's tables, as the last runs left them."""

import argparse
import re
import sys
from pathlib import Path

from tools.contenders.catalogue import BUILD, ROOT

README = ROOT / "README.md"
SECTIONS = (
    "evaluation",
    "mattes",
    "bench",
    "stages",
    "container",
    "starts",
    "cost",
    "page",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.readme", description=__doc__)
    parser.add_argument("sections", nargs="+", choices=SECTIONS)
    for name in parser.parse_args().sections:
        table = BUILD / name / "table.md"
        if not table.exists():
            print(
                f"readme: there is no {table}; the command that makes it has not run",
                file=sys.stderr,
            )
            return 1
        insert(name, table.read_text(encoding="utf-8"), README)
    return 0


def insert(name: str, table: str, readme: Path) -> None:
    """Replaces what stands between the section's two comments."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    section = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
    text, count = section.subn(lambda _: f"{begin}{table}{end}", readme.read_text())
    if count != 1:
        raise ValueError(f"{readme.name} has no section {name}")
    readme.write_text(text)


if __name__ == "__main__":
    sys.exit(main())
