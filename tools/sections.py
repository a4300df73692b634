"""Stores the tables of measurements for the README, in build/NAME/table.md."""

from pathlib import Path

BUILD = Path(__file__).parents[1] / "build"


def store(name: str, markdown: str) -> None:
    """Print a section of the README and write it where `python -m tools.readme NAME` finds it."""
    file = BUILD / name / "table.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(markdown, encoding="utf-8")
    print(f"\n{markdown}\nThis is {file}.")
