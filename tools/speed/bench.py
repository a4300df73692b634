"""Measures Cutout beside rembg, and stores the tables and plots that show where it stands."""

import sys
from pathlib import Path

from tools import sections
from tools.contenders import originals
from tools.machine import machine

from . import aims, plan, plots, tables
from .measuring import Log, Results, measure


class Incomplete(Exception):
    """Some cases could not be measured; str(error) says how many."""


def run(is_quick: bool, before: Path | None) -> None:
    """Measure the plan, with Cutout of the checkout `before` too, and store all tables and plots.

    A run that was stopped goes on where it was. Raises Incomplete after storing all that there is.
    """
    log = _log(is_quick, before)
    if log.is_complete():
        log.clear()
    try:
        failures = measure(log, originals.prepare())
    except KeyboardInterrupt:
        print("\nbench: what is measured is kept, and the same command goes on from there",
              file=sys.stderr)  # fmt: skip
        raise
    _store(Results(log.rounds, failures), log, is_quick, before)
    if failures:
        raise Incomplete(f"{len(failures)} cases failed; the same command repeats them")


def repeat(is_quick: bool, before: Path | None) -> None:
    """Store the tables of the last run again, with what other commands have stored since then."""
    log = _log(is_quick, before)
    _store(Results(log.rounds), log, is_quick, before)


def _log(is_quick: bool, before: Path | None) -> Log:
    chosen = plan.QUICK if is_quick else plan.FULL
    tools = dict(plan.TOOLS)
    if before:
        chosen = plan.with_earlier(chosen)
        tools |= plan.earlier_tools(before.resolve())
    return Log(_build(is_quick) / "bench" / "rounds.jsonl", chosen, tools)


def _build(is_quick: bool) -> Path:
    """Return the folder of all tables: those of a quick run are not for the README."""
    return sections.BUILD / "quick" if is_quick else sections.BUILD


def _store(results: Results, log: Log, is_quick: bool, before: Path | None) -> None:
    measured = [len(rounds) for rounds in results.rounds.values() if rounds]
    if not measured:
        raise Incomplete("nothing is measured yet of this code on this machine")
    build = _build(is_quick)
    plots.write(results, sections.ROOT, build / "bench")
    kind = "a quick run, " if is_quick else ""
    head = (
        f"{' to '.join(log.dates())}, {machine()}; {kind}JPEG to PNG, medians of "
        f"{min(measured)} to {max(measured)} rounds after a first, and of the rounds' ratios:"
    )
    now = aims.Cutout(results)
    earlier = aims.Cutout(results, plan.BEFORE, plan.BEFORE_FAST, before) if before else None
    for name, table in {
        "stages": tables.stages(results),
        "qualities": tables.qualities(results),
        "bench": tables.bench(results),
        "speed": tables.speed(results),
        "aims": aims.table(now, earlier),
    }.items():
        if table:
            sections.store(name, f"{head}\n\n{table}", build)
