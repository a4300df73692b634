"""Names and files that a run leaves."""

import json
import re
from pathlib import Path
from typing import Any


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def read_json(path: Path) -> dict[str, Any]:
    """Nothing of a file that is not there or not whole."""
    try:
        record: dict[str, Any] = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return record


def write_json(path: Path, record: dict[str, Any]) -> None:
    """All of the file or none: a run may be interrupted at any time."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(record))
    part.replace(path)


def write_text(path: Path, text: str) -> None:
    """A file's name may hold bytes that are no UTF-8."""
    path.write_text(text, encoding="utf-8", errors="backslashreplace")
