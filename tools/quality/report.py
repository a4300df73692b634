"""Write a run's report.html for people, results.json for programs and table.md for the docs."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tools.contenders.catalogue import MATTES, TOOLS

from .article import load as load_article
from .gallery import gallery
from .measures import BY_KEY, FRINGE, MEASURES, OF_MASKS, Measure
from .measures.matting import BAND
from .run import Outcome
from .statistics import Estimate
from .summary import NOTABLE, Standing, Summary

OF_ALPHAS = [one for one in MEASURES if not one.is_of_masks]
OF_LIMITS = [BY_KEY[key] for key in ("iou", "f_half", "mae", "boundary_f", "sad", "fringe")]
OF_EDGES = [*(BY_KEY[f"{key}_band"] for key in ("sad", "mse", "gradient")), FRINGE, BY_KEY["iou"]]


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
    article = load_article()
    return environment.get_template("report.html.j2").render(
        findings=findings,
        sections=sections,
        gains=summary.gains(),
        gains_by_category=list(summary.gains_by_category()),
        categories=summary.categories,
        notable=NOTABLE,
        iou=BY_KEY["iou"],
        article=article,
        measured_beside=article.measured(summary),
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
