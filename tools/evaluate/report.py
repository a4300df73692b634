"""build/evaluation/: report.html for people, results.json for programs, table.md for the README."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tools import markdown
from tools.contenders.catalogue import TOOLS

from .files import write_text
from .gallery import gallery
from .measures import MEASURES, Measure
from .measures.matting import BAND
from .scatter import scatter
from .score import Row
from .statistics import Estimate
from .summary import Gain, Standing, Summary, standing

MASK_MEASURES = [measure for measure in MEASURES if measure.needs == "mask"]
ALPHA_MEASURES = [measure for measure in MEASURES if measure.needs == "alpha"]
BY_KEY = {measure.key: measure for measure in MEASURES}
LIMIT_MEASURES = [BY_KEY[key] for key in ("iou", "f_half", "mae", "boundary_f", "sad", "fringe")]
HEADLINE = ("iou", "f_max", "sobel")
DIFFERENCES = ("iou", "f_max", "mae", "sobel")
SEEN = "f_max"  # what the scatter shows of quality


@dataclass(frozen=True)
class Made:
    date: str
    machine: str
    minutes: float
    kept: int  # of the cutouts, from an earlier run


@dataclass
class Findings:
    data_set: str
    made: Made
    rows: list[Row]
    skipped: list[str]  # sentences
    failed: list[str]
    not_run: dict[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return not (self.skipped or self.failed or self.not_run)


def write(findings: Findings, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    summary = Summary(findings.rows)
    write_text(folder / "results.json", json.dumps(_as_json(findings, summary), indent=1))
    write_text(folder / "report.html", _html(findings, summary))
    write_text(folder / "table.md", table(findings, summary))


def _as_json(findings: Findings, summary: Summary) -> dict[str, Any]:
    return {
        "data_set": findings.data_set,
        **asdict(findings.made),
        "skipped": findings.skipped,
        "failed": findings.failed,
        "not_run": findings.not_run,
        "standings": {
            category: [asdict(one) for one in summary.standings(category)]
            for category in ("all", *summary.categories, *summary.limits)
        },
        "gains": [asdict(gain) for gain in summary.gains()],
        "rows": [row.as_json() for row in findings.rows],
    }


def _html(findings: Findings, summary: Summary) -> str:
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    pictures = {row.outcome.picture for row in findings.rows}
    return environment.get_template("report.html.j2").render(
        findings=findings,
        summary=summary,
        pictures=sum(picture.category in summary.categories for picture in pictures),
        scenes=sum(picture.category in summary.limits for picture in pictures),
        estimated=sum(picture.colours is not None for picture in pictures),
        tools=[tool for tool in TOOLS if tool.name in summary.tools],
        measures=MEASURES,
        mask_measures=MASK_MEASURES,
        alpha_measures=ALPHA_MEASURES,
        limit_measures=LIMIT_MEASURES,
        alpha_standings=_with_alpha(findings.rows, summary),
        band=BAND,
        scatter=scatter(summary.standings(), SEEN, BY_KEY[SEEN].title),
        gallery=gallery(summary),
        best=best,
        shown=shown,
        verdict=verdict,
    )


def _with_alpha(rows: Sequence[Row], summary: Summary) -> list[Standing]:
    """The tools over the pictures whose true alpha is known, limits left out."""
    chosen = [
        row
        for row in rows
        if row.outcome.picture.kind == "alpha" and row.category in summary.categories
    ]
    by_tool = {tool: [row for row in chosen if row.tool == tool] for tool in summary.tools}
    return [standing(tool, found) for tool, found in by_tool.items() if found]


def shown(standings: Sequence[Standing], measures: Sequence[Measure]) -> list[Measure]:
    """Those that all of the tools have."""
    return [measure for measure in measures if all(measure.key in one.figures for one in standings)]


def best(standings: Sequence[Standing], measure: Measure) -> list[str]:
    means = {one.tool: one.figures[measure.key].mean for one in standings}
    top = (max if measure.better == "higher" else min)(means.values())
    return [tool for tool, mean in means.items() if mean == top]


def verdict(measure: Measure, difference: Estimate) -> str:
    if difference.is_noise:
        return "faint"
    return "good" if (difference.mean > 0) == (measure.better == "higher") else "bad"


def table(findings: Findings, summary: Summary) -> str:
    """What the README shows."""
    made = findings.made
    count = len(summary.rows(summary.tools[0]))
    titles = [measure.title for measure in MASK_MEASURES]
    overall = markdown.table(
        ["tool", *titles, "s", "peak MB"], [_cells(one) for one in summary.standings()]
    )
    by_category = markdown.table(
        ["IoU / max F / Sobel accuracy", *summary.categories],
        [_by_category(tool, summary) for tool in summary.tools],
    )
    differences = markdown.table(
        ["difference, picture by picture", *(BY_KEY[key].title for key in DIFFERENCES)],
        [_differences(gain) for gain in summary.gains()],
    )
    return (
        f"{findings.data_set}, {count} pictures, {made.date}, {made.machine}, one thread"
        f"{f'; {made.kept} times are from an earlier run' if made.kept else ''}:\n\n"
        f"{overall}\n{by_category}\n{differences}"
    )


def _cells(one: Standing) -> list[str]:
    figures = [f"{one.figures[measure.key].mean:.3f}" for measure in MASK_MEASURES]
    return [one.tool, *figures, f"{one.seconds:.2f}", f"{one.peak_mb:.0f}"]


def _by_category(tool: str, summary: Summary) -> list[str]:
    cells = [tool]
    for category in summary.categories:
        one = standing(tool, summary.rows(tool, category))
        cells.append(" / ".join(f"{one.figures[key].mean:.3f}" for key in HEADLINE))
    return cells


def _differences(gain: Gain) -> list[str]:
    cells = [_with_interval(gain.figures[key]) for key in DIFFERENCES]
    return [f"{gain.tool} less {gain.other}", *cells]


def _with_interval(one: Estimate) -> str:
    interval = f" ({one.low:+.4f} … {one.high:+.4f})" if one.has_interval else ""
    return f"{one.mean:+.4f}{interval}"
