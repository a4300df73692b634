"""python -m tools.evaluate [DATA]: see `make evaluate`."""

import argparse
import signal
import sys
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from time import monotonic

from tqdm import tqdm

from cutout.errors import ModelsMissing
from tools.contenders import originals
from tools.contenders.catalogue import BUILD, COLOURS, TOOLS
from tools.machine import machine

from . import dataset, drawn, floors, report
from .dataset import DataError, Picture, read_truth
from .floors import Floors
from .report import Findings, Made
from .run import Outcomes, run
from .scenes import LIMITS
from .score import score
from .summary import Summary

CACHE = BUILD / "cutouts"  # of every version of a tool; `make evaluate` goes on from here
UNDER_FLOOR, LEFT_OUT = 1, 3  # exit codes; 1 also where there is nothing to evaluate


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.evaluate", description=__doc__)
    add = parser.add_argument
    add("data", nargs="?", type=Path, metavar="DATA", help="a folder with pictures; else scenes")
    add("--check", action="store_true", help="only whether ours are above tools/floors.toml")
    given = parser.parse_args()
    try:
        return evaluate(given.data, given.check)
    except (DataError, ModelsMissing, OSError) as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return UNDER_FLOOR
    except KeyboardInterrupt:
        print("\nevaluate: stopped; run it again to go on", file=sys.stderr)
        return 128 + signal.SIGINT


def evaluate(folder: Path | None, check: bool) -> int:
    start = monotonic()
    given = dataset.load(folder) if folder else None
    scenes = dataset.load(drawn.draw(BUILD / "drawn-scenes"))
    data = given or scenes
    wanted = floors.load(data.name, floors.FILE) if check else None
    pictures, skipped = usable(data.pictures)
    if not pictures:
        raise DataError(
            f"{data.name} has no picture to use: {'; '.join(skipped[:3]) or 'none at all'}"
        )
    if folder and not check:
        pictures += [picture for picture in scenes.pictures if picture.category in LIMITS]
    outcomes = cut_out(pictures, wanted.tools if wanted else None)
    if not outcomes.all:
        raise DataError("no tool could be run: " + "; ".join(outcomes.not_run.values()))
    findings = Findings(
        data_set=data.name,
        made=Made(str(date.today()), machine(), (monotonic() - start) / 60, outcomes.kept),
        rows=score(outcomes.all),
        skipped=skipped,
        failed=outcomes.failed,
        not_run=outcomes.not_run,
    )
    out = BUILD / ("check" if check else "evaluation")
    report.write(findings, out)
    return conclude(findings, wanted, out)


def cut_out(pictures: Sequence[Picture], only: Collection[str] | None) -> Outcomes:
    """By all tools, or only by some of ours, for which no true colours are estimated."""
    models = originals.prepare()
    if only is not None:
        return run([tool for tool in TOOLS if tool.name in only], pictures, CACHE, models)
    colours = run([COLOURS], [one for one in pictures if one.needs_colours], CACHE, models)
    outcomes = run(TOOLS, with_colours(pictures, colours), CACHE, models)
    outcomes.not_run |= colours.not_run
    return outcomes


def usable(pictures: Sequence[Picture]) -> tuple[list[Picture], list[str]]:
    """The pictures, each with what its truth is found to be, and a sentence for each other one."""
    found, skipped = [], []
    for picture in tqdm(pictures, desc=f"{'ground truth':20}", unit="picture"):
        try:
            truth = read_truth(picture)
        except DataError as error:
            skipped.append(f"{picture.name}: {error}")
            continue
        found.append(replace(picture, kind=truth.kind, needs_colours=truth.needs_colours))
    return found, skipped


def with_colours(pictures: Sequence[Picture], estimated: Outcomes) -> list[Picture]:
    files = {outcome.picture.key: outcome.file for outcome in estimated.all if outcome.answer}
    return [replace(picture, colours=files.get(picture.key)) for picture in pictures]


def conclude(findings: Findings, wanted: Floors | None, out: Path) -> int:
    summary = Summary(findings.rows)
    print(report.table(findings, summary))
    for sentence in findings.skipped:
        print(f"left out: {sentence}", file=sys.stderr)
    for sentence in findings.failed:
        print(f"failed, and counts as nothing kept: {sentence}", file=sys.stderr)
    for tool, reason in findings.not_run.items():
        print(f"not run: {tool}: {reason}", file=sys.stderr)
    print(
        f"{len(findings.rows)} cutouts measured, {len(findings.skipped)} pictures skipped, "
        f"{len(findings.failed)} cutouts failed, {len(findings.not_run)} tools not run; "
        f"{out}/report.html, results.json and table.md have it all"
    )
    missed = wanted.missed(summary) if wanted else []
    for sentence in missed:
        print(f"under its floor: {sentence}", file=sys.stderr)
    if missed:
        return UNDER_FLOOR
    return 0 if findings.complete else LEFT_OUT


if __name__ == "__main__":
    sys.exit(main())
