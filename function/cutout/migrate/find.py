"""Find the uses of remove.bg and rembg in the files of a folder, by the rules."""

import os
import re
import stat
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from .rules import OPTIONS, USES, Rule

# Folders of other people's code, of tools and of what is built.
LEFT_OUT = {
    ".git", ".hg", ".svn", "node_modules", "bower_components", "vendor", "third_party", ".venv",
    "venv", "site-packages", "__pycache__", ".tox", ".nox", ".mypy_cache", ".gradle", ".terraform",
}  # fmt: skip
MOST_BYTES = 4_000_000  # of a file of source text
NEAR_LINES = 60  # between an option and the use that it belongs to
MOST_CHARACTERS = 160  # of a line that is shown
# What may be a key: long, and of letters and digits. It is not shown.
SECRET = re.compile(r"(?<!\w)(?=\w*\d)(?=\w*[A-Za-z])\w{20,}(?!\w)")


@dataclass(frozen=True)
class Find:
    path: str  # below the folder that was searched
    line: int
    text: str
    rule: Rule


@dataclass
class Search:
    """What a search found, and which files it could not read."""

    finds: list[Find] = field(default_factory=list)
    files: int = 0  # that were searched
    left_out: int = 0  # binary or too large
    unreadable: list[tuple[str, str]] = field(default_factory=list)  # path and reason


def search(root: Path) -> Search:
    """Search a file, or a folder and what is below it. Raises OSError for a root that is neither.

    Symbolic links are not followed: what they name in the folder is searched where it is.
    """
    found = Search()
    for path in _files(root, found):
        name = path.relative_to(root).as_posix() if path != root else path.name
        try:
            text = _text(path)
        except OSError as error:
            found.unreadable.append((name, _reason(error)))
            continue
        if text is None:
            found.left_out += 1
        else:
            found.files += 1
            found.finds += _finds(name, text)
    return found


def _files(root: Path, found: Search) -> Iterator[Path]:
    if not stat.S_ISDIR(root.stat().st_mode):
        yield root
        return

    def note(error: OSError) -> None:
        path = Path(error.filename)
        found.unreadable.append((path.relative_to(root).as_posix(), _reason(error)))

    for folder, folders, names in os.walk(root, onerror=note):
        folders[:] = sorted(set(folders) - LEFT_OUT)
        for name in sorted(names):
            path = Path(folder, name)
            if not path.is_symlink():
                yield path


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _text(path: Path) -> str | None:
    """Return the text of a file; None for what is binary, too large or no regular file."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
        return None
    data = path.read_bytes()
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    return None if b"\0" in data else data.decode("utf-8-sig", "replace")


def _finds(path: str, text: str) -> list[Find]:
    name = path.rpartition("/")[2]
    lines = text.split("\n")
    uses = list(_matches(path, lines, _rules_for(name, USES)))
    # Numbers of the lines near which an option may stand, by service.
    places = {service: [use.line for use in uses if use.rule.service == service]
              for service in {use.rule.service for use in uses}}  # fmt: skip
    rules = tuple(rule for rule in _rules_for(name, OPTIONS) if rule.service in places)
    options = [
        option
        for option in _matches(path, lines, rules)
        if any(abs(option.line - line) <= NEAR_LINES for line in places[option.rule.service])
    ]
    return sorted(uses + options, key=lambda find: find.line)


def _rules_for(name: str, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    return tuple(
        rule
        for rule in rules
        if not rule.files or any(fnmatch(name, pattern) for pattern in rule.files)
    )


def _matches(path: str, lines: list[str], rules: tuple[Rule, ...]) -> Iterator[Find]:
    for number, line in enumerate(lines, 1):
        for rule in rules:
            if match := rule.pattern.search(line):
                yield Find(path, number, _shown(line, match.start()), rule)


def _shown(line: str, at: int) -> str:
    """Return the part of a line around a match, printable, on one line and without keys."""
    near = slice(max(0, at - MOST_CHARACTERS), at + 2 * MOST_CHARACTERS)
    # Hidden before the line is cut, as a piece of a key is not recognized.
    part = SECRET.sub(lambda match: "*" * len(match[0]), line[near])
    start = max(0, at - near.start - MOST_CHARACTERS // 2) if len(part) > MOST_CHARACTERS else 0
    part = part[start : start + MOST_CHARACTERS]
    return "".join(character if character.isprintable() else " " for character in part).strip()
