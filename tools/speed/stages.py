"""Measures how long each stage of the engine takes, and its memory, by size and edges."""

from collections.abc import Sequence
from statistics import median
from typing import get_args

from tqdm import tqdm

from cutout.options.quality import Edges
from tools import markdown, sections
from tools.contenders.catalogue import CUTOUT, ORIGINALS, Tool, ours
from tools.contenders.process import Answer, Contender, Failed

from .photos import Photo, make

MEGAPIXELS = (1, 4, 12, 25, 50)
ROUNDS = 3  # after a first call that does not count


def table() -> str:
    cases = [(Photo(megapixels), edges) for megapixels in MEGAPIXELS for edges in get_args(Edges)]
    answers = [_ask(*case) for case in tqdm(cases, desc="stages", unit="process")]
    names = [f"{name}, ms" for name in answers[0][0].said["stages_ms"]]
    rows = [[case[0].name, case[1], *cells(of_case)]
            for case, of_case in zip(cases, answers, strict=True)]  # fmt: skip
    return (
        f"{sections.here()}, one thread; JPEG to PNG with u2net, medians of {ROUNDS} calls after "
        "the first, and the peak of the process:\n\n"
        f"{markdown.table(['', 'edges', *names, 'all, ms', 'peak MB'], rows)}"
    )


def cells(answers: Sequence[Answer]) -> list[str]:
    """Return medians of all answers but the first, their sum, and the peak of all."""
    stages = [answer.said["stages_ms"] for answer in answers[1:]]
    ms = [median(times[name] for times in stages) for name in stages[0]]
    return [f"{value:,.0f}" for value in (*ms, sum(ms), answers[-1].peak_mb)]


def _ask(photo: Photo, edges: Edges) -> list[Answer]:
    tool = Tool(f"cutout {edges}", "ours", CUTOUT, ours("u2net") | {"edges": edges})
    with Contender(tool, 1, ORIGINALS) as contender:
        answers = [contender.ask(make(photo)) for _ in range(1 + ROUNDS)]
    if refused := answers[0].refused:
        raise Failed(refused)
    return answers
