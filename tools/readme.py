"""The README's tables, as the last runs left them: python -m tools.readme evaluation|bench"""

import re
import sys
from pathlib import Path

from tools.contenders.catalogue import BUILD, ROOT

README = ROOT / "README.md"


def main() -> int:
    for name in sys.argv[1:]:
        insert(name, (BUILD / name / "table.md").read_text(), README)
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
