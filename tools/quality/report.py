"""Write a run's report.html for people, results.json for programs and table.md for the README."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tools import markdown
from tools.contenders.catalogue import MATTES, TOOLS

from .gallery import gallery
from .measures import BY_KEY, FRINGE, MEASURES, OF_MASKS, Measure
from .measures.matting import BAND
from .run import Outcome
from .statistics import Estimate
from .summary import Standing, Summary

OF_ALPHAS = [one for one in MEASURES if not one.is_of_masks]
OF_LIMITS = [BY_KEY[key] for key in ("iou", "f_half", "mae", "boundary_f", "sad", "fringe")]
OF_EDGES = [*(BY_KEY[f"{key}_band"] for key in ("sad", "mse", "gradient")), FRINGE, BY_KEY["iou"]]
BY_CATEGORY = ("iou", "f_max", "sobel")  # in the README's table by category
DIFFERENCES = ("iou", "f_max", "mae", "sobel")


@dataclass
class Findings:
    data_set: str
    date: str
    machine: str
    minutes: float
    kept: int  # cutouts from an earlier run
    outcomes: list[Outcome]
    skipped: list[str]  # a sentence for each picture that could not be used
    not_run: dict[str, str] = field(default_factory=dict)  # the reason by the name of the tool

    @property
    def left_out(self) -> list[str]:
        """A sentence for each picture, cutout and tool that is missing from the figures."""
        failures = ((f"{one.tool} at {one.picture.name}", one.failure) for one in self.outcomes)
        return [
            *(f"picture skipped: {sentence}" for sentence in self.skipped),
            *(f"failed, counts as nothing kept: {at}: {why}" for at, why in failures if why),
            *(f"not run: {tool}: {reason}" for tool, reason in self.not_run.items()),
        ]


@dataclass(frozen=True)
class Section:
    title: str
    text: str
    standings: list[Standing]
    measures: Sequence[Measure]


def write(findings: Findings, sections: Sequence[Section], table: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "results.json": json.dumps(_as_json(findings), indent=1),
        "report.html": _html(findings, sections),
        "table.md": table,
    }
    for name, text in files.items():  # the name of a picture may hold bytes that are no UTF-8
        (folder / name).write_text(text, encoding="utf-8", errors="backslashreplace")


def _as_json(findings: Findings) -> dict[str, Any]:
    summary = Summary(findings.outcomes)
    scalars = ("data_set", "date", "machine", "minutes", "kept", "left_out")
    return {name: getattr(findings, name) for name in scalars} | {
        "standings": {
            category or "all": [asdict(one) for one in summary.standings(category)]
            for category in (None, *summary.categories, *summary.limits)
        },
        "gains": [asdict(gain) for gain in summary.gains()],
        "rows": [one.as_json() for one in findings.outcomes],
    }


def _html(findings: Findings, sections: Sequence[Section]) -> str:
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    summary = Summary(findings.outcomes)
    return environment.get_template("report.html.j2").render(
        findings=findings,
        sections=sections,
        gains=summary.gains(),
        pictures=len({one.picture for one in findings.outcomes}),
        tools=[tool for tool in (*TOOLS, *MATTES) if tool.name in summary.tools],
        measures=MEASURES,
        gallery=gallery(summary),
        best=best,
        shown=shown,
        verdict=verdict,
    )


def sections(summary: Summary) -> list[Section]:
    """Arrange the tables of a data set: all, by category, true alphas, and known limits."""
    alphas = summary.standings(kind="alpha")
    return [
        Section("All pictures", "", summary.standings(), OF_MASKS),
        *(Section(one, "", summary.standings(one), OF_MASKS) for one in summary.categories),
        *([Section(
            "Pictures with a true alpha",
            f"{alphas[0].pictures} pictures. The unknown band is where the true alpha is neither 0 "
            f"nor 1, and {BAND} px around. Fringe is in levels of 255 within the band. Colours "
            "that a data set lacks are estimated (Germer et al. 2020, by pymatting).",
            alphas, OF_ALPHAS,
        )] if alphas else []),
        *(Section(f"Known limit: {one}", "Drawn scenes with a known alpha.",
                  summary.standings(one), OF_LIMITS) for one in summary.limits),
    ]  # fmt: skip


def edge_sections(summary: Summary) -> list[Section]:
    """Arrange the tables of `--mattes`: one for each generator and size."""
    return [Section(one, "", summary.standings(one), OF_EDGES) for one in summary.categories]


def shown(standings: Sequence[Standing], measures: Sequence[Measure]) -> list[Measure]:
    """Select the measures that all standings have."""
    return [measure for measure in measures if all(measure.key in one.figures for one in standings)]


def best(standings: Sequence[Standing], measure: Measure) -> list[str]:
    """Name the tools with the best mean."""
    means = {one.tool: one.figures[measure.key].mean for one in standings}
    top = (max if measure.better == "higher" else min)(means.values())
    return [tool for tool, mean in means.items() if mean == top]


def verdict(measure: Measure, difference: Estimate) -> str:
    """Classify a difference as "good", "bad" or "faint"."""
    if difference.is_noise:
        return "faint"
    return "good" if (difference.mean > 0) == (measure.better == "higher") else "bad"


def table(findings: Findings, summary: Summary) -> str:
    """Format the README's section `evaluation`."""
    count = len(summary.outcomes(summary.tools[0]))
    overall = markdown.table(
        ["tool", *(one.title for one in OF_MASKS), "s", "peak MB"],
        [
            [one.tool, *(f"{one.figures[measure.key].mean:.3f}" for measure in OF_MASKS),
             f"{one.seconds:.2f}", f"{one.peak_mb:.0f}"]
            for one in summary.standings()
        ],
    )  # fmt: skip
    by_category = {one: summary.standings(one) for one in summary.categories}
    categories = markdown.table(
        ["IoU / max F / Sobel accuracy", *by_category],
        [
            [tool, *(_headline(tool, standings) for standings in by_category.values())]
            for tool in summary.tools
        ],
    )
    differences = markdown.table(
        ["difference, picture by picture", *(BY_KEY[key].title for key in DIFFERENCES)],
        [
            [f"{gain.tool} less {gain.other}", *(_signed(gain.figures[key]) for key in DIFFERENCES)]
            for gain in summary.gains()
        ],
    )
    return (
        f"{findings.data_set}, {count} pictures, {findings.date}, {findings.machine}, one thread"
        f"{f'; {findings.kept} times are from an earlier run' if findings.kept else ''}:\n\n"
        f"{overall}\n{categories}\n{differences}"
    )


def _headline(tool: str, standings: Sequence[Standing]) -> str:
    figures = next(one.figures for one in standings if one.tool == tool)
    return " / ".join(f"{figures[key].mean:.3f}" for key in BY_CATEGORY)


def _signed(one: Estimate) -> str:
    interval = f" ({one.low:+.4f} … {one.high:+.4f})" if one.has_interval else ""
    return f"{one.mean:+.4f}{interval}"


def edge_table(findings: Findings, summary: Summary) -> str:
    """Format the README's section `mattes`."""
    titles = [one.title.removesuffix(", band") for one in OF_EDGES]
    figures = markdown.table(
        ["", "scenes", *titles, "seconds", "peak MB"],
        [
            [one.tool, category, *(_rounded(measure, one) for measure in OF_EDGES),
             f"{one.seconds:.2f}", f"{one.peak_mb:,.0f}"]
            for category in summary.categories
            for one in summary.standings(category)
        ],
    )  # fmt: skip
    return (
        f"{findings.date}, {findings.machine}, one thread. Every tool gets the same simulated map "
        "of 320 x 320. Generator A draws strokes, and our edges were tuned on it; B computes "
        "fields and distances, and they were not. Means over the kinds of scene. SAD (thousands), "
        "MSE (thousandths), gradient error (thousands) and fringe (levels of 255, on white, black "
        f"and green) are of the band within {BAND} px of soft pixels; IoU is of the whole picture. "
        "Seconds are processor time of the cut, without decoding and encoding, as a median; peak "
        "memory is that of the process with both. Programs make the truths: no real matte was "
        f"measured.\n\n{figures}" + "".join(f"\n{sentence}.\n" for sentence in findings.left_out)
    )


def _rounded(measure: Measure, one: Standing) -> str:
    return f"{one.figures[measure.key].mean:,.{1 if measure.unit else 3}f}"
