"""Stores measurements as sections of the README and of docs/, in build/NAME/table.md."""

from datetime import date
from pathlib import Path

from tools.machine import machine

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build"


def pages(root: Path = ROOT) -> tuple[Path, ...]:
    """Return the README and all pages of docs/ of a checkout."""
    return (root / "README.md", *sorted((root / "docs").rglob("*.md")))


def store(name: str, markdown: str, build: Path | None = None) -> None:
    """Print a section and write it to where `python -m tools.readme NAME` reads it."""
    file = (build or BUILD) / name / "table.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(markdown, encoding="utf-8")
    print(f"\n{markdown}\nThis is {file}.")


def here() -> str:
    """Return today's date and this machine's processor, the origin of measured figures."""
    return f"{date.today()}, {machine()}"
