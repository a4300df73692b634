"""The README and the pages of docs/, as the tests that hold them to the code read them.

Each code block of a page is run by a test, or the line before it says why it is not. The marks are
`<!-- run by: tests/... -->` and `<!-- not run: reason -->`; tests/test_snippets.py runs blocks
without a mark. `.venv/bin/python -m tests.pages` prints the counts.
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tools import sections

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = (*sections.pages(), ROOT / "CONTRIBUTING.md")
GENERAL = "tests/test_snippets.py"
MIGRATION = "tests/clients/test_migration.py"
RUNBOOKS = "tests/operate/test_runbooks.py"
# Tests that run the unmarked blocks of some pages, by the beginnings of their paths.
RUNNERS = {
    "docs/migrate/": MIGRATION,
    "docs/operate/backup.md": RUNBOOKS,
    "docs/operate/incidents.md": RUNBOOKS,
}
FENCE = re.compile(
    r"(?:^ *<!-- (?P<mark>not run|run by): (?P<words>[^>]+?) -->\n)?"
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    page: str  # relative to the repository
    line: int  # of the opening fence, from 1
    language: str  # empty for output
    text: str
    test: str  # the file of the test that runs it; empty if none does
    reason: str  # why no test runs it; empty if one does

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def read(name):
    """Return the text of a page of docs/, by its path there."""
    return (DOCS / name).read_text()


def blocks(path):
    """Return the code blocks of a page in order."""
    page, text = path.relative_to(ROOT).as_posix(), path.read_text()
    return [_block(page, text, match) for match in FENCE.finditer(text)]


def all_blocks():
    return [block for path in PAGES for block in blocks(path)]


def _block(page, text, match):
    unmarked = next((RUNNERS[start] for start in RUNNERS if page.startswith(start)), GENERAL)
    is_left_out = match["mark"] == "not run"
    test = "" if is_left_out else match["words"] or unmarked
    line = text[: match.start("language")].count("\n") + 1
    lines = match["text"].splitlines(keepends=True)
    code = "".join(each.removeprefix(match["indent"]) for each in lines)
    return Block(page, line, match["language"], code, test, match["words"] if is_left_out else "")


def main():
    found = all_blocks()
    run = [block for block in found if block.test]
    print(f"{len(found)} code blocks, {len(run)} run by tests, {len(found) - len(run)} not run")
    for title, counts in (
        ("run by", Counter(block.test for block in run)),
        ("not run", Counter(block.reason for block in found if block.reason)),
    ):
        for words, count in counts.most_common():
            print(f"{count:4} {title}: {words}")


if __name__ == "__main__":
    main()
