"""The sections of CHANGELOG.md. Functions of its text."""

import re

UNRELEASED = "## Unreleased"
NEXT = re.compile(r"^## ", re.MULTILINE)


def section(text: str, version: str = "") -> str:
    """Return the text under a version's heading, or under the unreleased one; empty if there is
    no such heading, or nothing under it."""
    heading = rf"## {re.escape(version)} \(.*\)" if version else UNRELEASED
    found = re.search(rf"^{heading}\n", text, re.MULTILINE)
    if not found:
        return ""
    following = NEXT.search(text, found.end())
    return text[found.end() : following.start() if following else None].strip()


def release(text: str, version: str, day: str) -> str:
    """Return the text with what is unreleased under a heading of the version and its day, and an
    empty unreleased section above that."""
    return text.replace(f"{UNRELEASED}\n", f"{UNRELEASED}\n\n## {version} ({day})\n", 1)
