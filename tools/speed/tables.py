"""The tables of `make bench`, all from the same measured rounds; empty if there are none for it."""

from collections.abc import Callable, Iterator
from statistics import median

from tools import markdown

from . import plan
from .measuring import Results
from .photos import Photo
from .plan import Case

HEAD = ["", "threads", "tool", "s", "rembg's s by it", "processor s", "PNG, MB", "of rembg's",
        "peak MB", "of rembg's"]  # fmt: skip


def bench(results: Results) -> str:
    """Return a row for each case and tool, except for the cases that compare qualities."""
    return _tools(results, lambda case: case not in plan.ROOMY.values())


def qualities(results: Results) -> str:
    """Return a row for each tool of the cases that compare qualities."""
    return _tools(results, lambda case: case in plan.ROOMY.values())


def stages(results: Results) -> str:
    """Return the engine's milliseconds by stage, for each size and edges, with one thread."""
    rows = [(case, tool, milliseconds(results, case, tool)) for case in sizes(results)
            for tool in plan.EDGES if tool in names(results, case)]  # fmt: skip
    if not rows:
        return ""
    head = ["", "edges", *(f"{name}, ms" for name in rows[0][2]), "all, ms"]
    return markdown.table(head, [
        [case.name, plan.EDGES[tool], *(f"{ms:,.0f}" for ms in (*by_stage.values(),
                                                              sum(by_stage.values())))]
        for case, tool, by_stage in rows
    ])  # fmt: skip


def milliseconds(results: Results, case: Case, tool: str) -> dict[str, float]:
    """Return the median milliseconds of each stage of the engine, in the engine's order."""
    each = [answers[tool].said["stages_ms"] for answers in results.rounds[case]]
    return {name: median(times[name] for times in each) for name in each[0]}


def speed(results: Results) -> str:
    """Return the README's short table: rembg's figure, Cutout's and the ratio."""
    head = ["", "threads", "rembg", "Cutout", "ratio"]
    rows = list(_short(results))
    return markdown.table(head, rows) if rows else ""


def _short(results: Results) -> Iterator[list[str]]:
    warm = [(f"a call, u2net, {size} MP", Case(Photo(size), threads), plan.REMBG, plan.CUTOUT_NOW)
            for size in (1, 12) for threads in (1, 2)]  # fmt: skip
    starts = [("start to first cutout, u2netp, 1 MP", Case(Photo(1), threads, is_start=True),
               plan.REMBG_U2NETP, plan.FAST) for threads in (1, 2)]  # fmt: skip
    for name, case, theirs, ours in (*warm, *starts):
        if names(results, case):
            seconds = [f"{results.median(case, tool, 'seconds'):.2f} s" for tool in (theirs, ours)]
            ratio = f"{results.ratio(case, ours, 'seconds'):.1f} ×"
            yield [name, str(case.threads), *seconds, ratio]
    for case in (Case(Photo(size)) for size in (1, 12, 50)):
        if names(results, case):
            peaks = [results.peak_mb(case, tool) for tool in (plan.REMBG, plan.CUTOUT_NOW)]
            share = f"{peaks[1] / peaks[0] * 100:.0f} %"
            yield [f"peak memory, u2net, {case.photo.name}", "1",
                   *(f"{mb:,.0f} MB" for mb in peaks), share]  # fmt: skip


def _tools(results: Results, is_shown: Callable[[Case], bool]) -> str:
    rows = [_row(results, case, tool) for case in results.rounds if is_shown(case)
            for tool in names(results, case)]  # fmt: skip
    failed = [[case.name, str(case.threads), f"failed: {why}", *[""] * (len(HEAD) - 3)]
              for case, why in results.failures.items() if is_shown(case)]  # fmt: skip
    return markdown.table(HEAD, rows + failed) if rows or failed else ""


def _row(results: Results, case: Case, tool: str) -> list[str]:
    first = names(results, case)[0]
    peak = results.peak_mb(case, tool)
    return [
        case.name, str(case.threads), tool,
        f"{results.median(case, tool, 'seconds'):.3f}",
        f"{results.ratio(case, tool, 'seconds'):.2f} ×",
        # Of a start only the call's processor time is known.
        "" if case.is_start else f"{results.median(case, tool, 'cpu_seconds'):.3f}",
        f"{results.median(case, tool, 'bytes') / 1e6:.2f}",
        f"{1 / results.ratio(case, tool, 'bytes') * 100:.0f} %",
        f"{peak:,.0f}",
        f"{peak / results.peak_mb(case, first) * 100:.0f} %",
    ]  # fmt: skip


def names(results: Results, case: Case) -> list[str]:
    """Return the tools that were measured in a case, the one to compare with first."""
    rounds = results.rounds.get(case)
    return list(rounds[0]) if rounds else []


def sizes(results: Results) -> list[Case]:
    """Return the cases of a warm call with one thread, by size."""
    return sorted(
        (case for case, rounds in results.rounds.items()
         if rounds and case == Case(Photo(case.photo.megapixels))),
        key=lambda case: case.photo.megapixels,
    )  # fmt: skip
