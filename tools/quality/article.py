"""The table of an article that compares rembg with other tools, and the same figures of a run."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from .summary import Standing, Summary

FILE = Path(__file__).with_name("article.toml")
# The tools of a run that stand beside the quoted ones.
BESIDE = ("cutout best", "cutout u2net", "rembg u2net", "OpenCV GrabCut", "OpenCV MOG2")


@dataclass(frozen=True)
class Row:
    """One tool's figures, in the order of the article's kinds."""

    tool: str
    is_quoted: bool
    iou: list[float]
    mean_iou: float
    mean_f: float


@dataclass(frozen=True)
class Article:
    """A quoted table: `kinds` maps its kinds of picture to our categories, in its order."""

    title: str
    date: str
    pictures: int
    difference: str  # why its figures cannot be compared with ours
    kinds: dict[str, str]
    rows: list[Row]

    @property
    def source(self) -> str:
        """Name the article, and what is unknown about its figures, in a sentence."""
        return (
            f"Quoted from “{self.title}” ({self.date}), which measured {self.pictures} pictures "
            "that are not published; its figures cannot be reproduced."
        )

    @property
    def heads(self) -> list[str]:
        """Name each kind, and our category where its name differs."""
        return [kind if kind.split("/")[0] == ours else f"{kind} / {ours}"
                for kind, ours in self.kinds.items()]  # fmt: skip

    def measured(self, summary: Summary) -> list[Row]:
        """Return the rows of a run; none if it has no picture of one of the kinds."""
        if not set(self.kinds.values()) <= set(summary.categories):
            return []
        by_kind = [_by_tool(summary.standings(one)) for one in self.kinds.values()]
        return [
            Row(tool, False, [found[tool].figures["iou"].mean for found in by_kind],
                overall.figures["iou"].mean, overall.figures["f_half"].mean)
            for tool, overall in _by_tool(summary.standings()).items() if tool in BESIDE
        ]  # fmt: skip


def load() -> Article:
    """Read tools/quality/article.toml."""
    quoted = tomllib.loads(FILE.read_text(encoding="utf-8"))
    rows = [
        Row(one["name"], True, one["iou"], one["mean_iou"], one["mean_f"])
        for one in quoted["tools"]
    ]
    return Article(quoted["title"], str(quoted["date"]), quoted["pictures"],
                   quoted["difference"].strip(), quoted["kinds"], rows)  # fmt: skip


def _by_tool(standings: list[Standing]) -> dict[str, Standing]:
    return {one.tool: one for one in standings}
