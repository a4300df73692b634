"""Tables of a run in Markdown, for the README and docs/results.md."""

from collections.abc import Sequence

from tools import markdown

from .article import Row, load
from .measures import BY_KEY, OF_MASKS, Measure
from .measures.matting import BAND
from .report import OF_EDGES, Findings
from .statistics import Estimate
from .summary import NOTABLE, Gain, Standing, Summary

BY_CATEGORY = ("iou", "f_max", "sobel")
DIFFERENCES = ("iou", "f_max", "mae", "sobel", "boundary_f")
# The tools and measures of the README.
SHORT = {
    "rembg u2net": "rembg, u2net",
    "cutout u2netp": "Cutout, `fast`",
    "cutout u2net": "Cutout, `standard`",
    "cutout best": "Cutout, `best`",
}
SHORT_MEASURES = ("iou", "f_max", "sobel")


def table(findings: Findings, summary: Summary) -> str:
    """Format all tools over a data set, by category, and their differences."""
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
    return f"{_origin(findings, summary)}:\n\n{overall}\n{categories}\n{_differences(summary)}"


def short(findings: Findings, summary: Summary) -> str:
    """Format the few figures of the README."""
    rows = [
        [SHORT[one.tool], *(f"{one.figures[key].mean:.3f}" for key in SHORT_MEASURES),
         f"{one.seconds:.2f}", f"{one.peak_mb:.0f}"]
        for one in summary.standings() if one.tool in SHORT
    ]  # fmt: skip
    head = ["", *(BY_KEY[key].title for key in SHORT_MEASURES), "s", "peak MB"]
    return f"{_origin(findings, summary)}:\n\n{markdown.table(head, rows)}"


def beside_article(findings: Findings, summary: Summary) -> str:
    """Format the quoted table of the article with ours below, and why they differ.

    Empty if the run has no picture of one of the article's kinds.
    """
    article = load()
    measured = article.measured(summary)
    if not measured:
        return ""
    figures = markdown.table(
        ["IoU by kind", "figures", *article.heads, "mean IoU", "mean F"],
        [_article_cells(row) for row in (*article.rows, *measured)],
    )
    return (
        f"{article.source} Measured: {_origin(findings, summary)}.\n\n"
        f"{figures}\n{article.difference}\n"
    )


def _article_cells(row: Row) -> list[str]:
    figures = (f"{value:.3f}" for value in (row.mean_iou, row.mean_f))
    return [row.tool, "quoted" if row.is_quoted else "measured",
            *(f"{value:.2f}" for value in row.iou), *figures]  # fmt: skip


def _origin(findings: Findings, summary: Summary) -> str:
    count = len(summary.outcomes(summary.tools[0]))
    kept = f"; {findings.kept} times are from an earlier run" if findings.kept else ""
    return (
        f"{findings.data_set}, {count} pictures, {findings.date}, {findings.machine}, "
        f"one thread{kept}"
    )


def _differences(summary: Summary) -> str:
    """Format the differences of summary.PAIRS: over all pictures, and of IoU by category."""
    gains = summary.gains()
    if not gains:
        return ""
    over_all = markdown.table(
        ["first less second, picture by picture", *(BY_KEY[key].title for key in DIFFERENCES),
         f"IoU worse / better by over {NOTABLE}", "s of both", "peak MB of both"],
        [_difference(one) for one in gains],
    )  # fmt: skip
    categories = markdown.table(
        ["IoU, and worse / better", *summary.categories],
        [
            [_pair(row[0]), *(f"{_signed(one.figures['iou'])}, {_counts(one)}" for one in row)]
            for row in summary.gains_by_category()
        ],
    )
    return f"{over_all}\n{categories}"


def _difference(gain: Gain) -> list[str]:
    seconds = " / ".join(f"{one.seconds:.2f}" for one in gain.costs)
    peaks = " / ".join(f"{one.peak_mb:.0f}" for one in gain.costs)
    figures = (_signed(gain.figures[key]) for key in DIFFERENCES)
    return [_pair(gain), *figures, _counts(gain), seconds, peaks]


def _pair(gain: Gain) -> str:
    return f"{gain.tool} less {gain.other}"


def _counts(gain: Gain) -> str:
    return f"{gain.worse} / {gain.better}"


def _headline(tool: str, standings: Sequence[Standing]) -> str:
    figures = next(one.figures for one in standings if one.tool == tool)
    return " / ".join(f"{figures[key].mean:.3f}" for key in BY_CATEGORY)


def _signed(one: Estimate) -> str:
    interval = f" ({one.low:+.4f} … {one.high:+.4f})" if one.has_interval else ""
    return f"{one.mean:+.4f}{interval}"


def edge_table(findings: Findings, summary: Summary) -> str:
    """Format all tools' edges on the generated scenes."""
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
        "of 320 x 320. Generator A draws strokes, and windows and weights of our edges were "
        "tuned on it; B computes fields and distances. Means over the kinds of scene. SAD "
        "(thousands), MSE (thousandths), gradient error (thousands) and fringe (levels of 255, on "
        f"white, black and green) are of the band within {BAND} px of soft pixels; IoU is of the "
        "whole picture. Seconds are processor time of the cut, without decoding and encoding, as "
        "a median; peak memory is that of the process with both. Programs make the truths: no real "
        f"matte was measured.\n\n{figures}"
        + "".join(f"\n{sentence}.\n" for sentence in findings.left_out)
    )


def _rounded(measure: Measure, one: Standing) -> str:
    return f"{one.figures[measure.key].mean:,.{1 if measure.unit else 3}f}"
