"""The tables that `python -m tools.mattes` leaves."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import mean
from typing import Any

from tools import markdown
from tools.evaluate.measures.matting import BAND

from .run import THREADS, Row
from .score import MEASURES

TITLES = {
    "a": "Generator A, strokes drawn at four times the size; ours were tuned on it",
    "b": "Generator B, fields, distances and convolutions; ours never saw it before",
}
MAPS = {
    "given": "Every tool gets the same simulated map of 320 x 320.",
    "u2net": "Every tool gets u2net's own map, in scenes whose subject it finds (IoU of 0.8).",
}
BY_KIND = ("mse", "fringe")
DIGITS = {"sad": 1, "mse": 1, "gradient": 1, "fringe": 1, "iou": 3}


@dataclass
class Findings:
    date: str
    machine: str
    map: str
    rows: dict[str, list[Row]] = field(default_factory=dict)  # of each generator
    left_out: list[str] = field(default_factory=list)  # a sentence each

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def table(findings: Findings) -> str:
    head = (
        f"{findings.date}, {findings.machine}, threads: {THREADS}. {MAPS[findings.map]} Means over "
        f"the kinds of scene. SAD (thousands), MSE (thousandths), gradient error (thousands) and "
        f"fringe (levels of 255, on white, black and green) are of the band within {BAND} px of "
        "what is soft, at every size; IoU is of the whole. Seconds are the processor's, for the "
        "cut without decoding and encoding; the peak is that of the process with both. The truths "
        "are made by programs: no real matte was measured."
    )
    parts = [head]
    for generator, rows in findings.rows.items():
        parts += [f"{TITLES[generator]}:", _by_size(rows)]
    if findings.left_out:
        parts.append("Left out: " + "; ".join(dict.fromkeys(findings.left_out)) + ".")
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def scenes(findings: Findings) -> str:
    """What the means of the table hide."""
    parts = [
        part
        for generator, rows in findings.rows.items()
        for key in BY_KIND
        for part in _by_kind(generator, rows, key)
    ]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _by_size(rows: Sequence[Row]) -> str:
    head = ["", "MP", *MEASURES.values(), "seconds", "peak MB"]
    groups: dict[tuple[float, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.megapixels, row.tool), []).append(row)
    # Who did not get to the end has other scenes in its mean, and is told as left out.
    most = {size: max(len(group) for (of, _), group in groups.items() if of == size)
            for size, _ in groups}  # fmt: skip
    return markdown.table(
        head,
        [
            _means(tool, size, group)
            for (size, tool), group in groups.items()
            if len(group) == most[size]
        ],
    )


def _means(tool: str, size: float, rows: Sequence[Row]) -> list[str]:
    return [
        tool,
        f"{size:g}",
        *(_shown(key, mean(row.values[key] for row in rows)) for key in MEASURES),
        f"{mean(row.seconds for row in rows):.2f}",
        f"{rows[-1].peak_mb:,.0f}",
    ]


def _by_kind(generator: str, rows: Sequence[Row], key: str) -> list[str]:
    tools = list(dict.fromkeys(row.tool for row in rows))
    values = {(row.kind, row.megapixels, row.tool): row.values[key] for row in rows}
    scenes = dict.fromkeys((row.kind, row.megapixels) for row in rows)
    body = [
        [f"{kind}, {size:g} MP", *(_shown(key, values.get((kind, size, tool))) for tool in tools)]
        for kind, size in scenes
    ]
    return [
        f"{MEASURES[key]} of each scene of generator {generator.upper()}:",
        markdown.table(["", *tools], body),
    ]


def _shown(key: str, value: float | None) -> str:
    return "-" if value is None else f"{value:,.{DIGITS[key]}f}"
