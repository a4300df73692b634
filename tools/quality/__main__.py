"""Compare cutouts with ground truth: `make evaluate` and `make mattes`.

Without arguments the drawn scenes are cut out by every tool. Exit codes: 1 if there is nothing to
evaluate or a figure is under its floor, 3 if a picture or a tool was left out.
"""

import argparse
import signal
import sys
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from time import monotonic

from tqdm import tqdm

from cutout.models.fetch import FetchError
from tools.contenders import originals
from tools.contenders.catalogue import BUILD, COLOURS, MATTES, ORIGINALS, TOOLS
from tools.machine import machine

from . import dataset, floors, report, scenes
from .dataset import DataError, Picture, read_truth
from .measures import BY_KEY
from .prediction import with_map
from .report import OF_EDGES, Findings
from .run import Outcomes, run, score
from .scenes import GENERATORS, KINDS, LIMITS
from .summary import Summary

CACHE = BUILD / "cutouts"  # of every version of a tool
FAILED, LEFT_OUT = 1, 3  # exit codes
SLOW_MP = {"rembg -a": 4}  # the most that a tool is asked for: above it takes minutes a scene


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.quality", description=__doc__)
    add = parser.add_argument
    add("data", nargs="?", type=Path, metavar="DATA", help="a folder of pictures; else scenes")
    add("--check", action="store_true", help="only whether ours reach tools/floors.toml")
    add("--mattes", action="store_true", help="edges alone, on scenes of many megapixels")
    add("--sizes", type=_numbers, default=[0.5, 4, 12], help="of --mattes, in MP: 0.5,4,12")
    add("--kinds", type=_kinds, default=KINDS, help=f"of --mattes: {','.join(KINDS)}")
    add("--map", choices=("simulated", "u2net"), default="simulated", help="that --mattes uses")
    arguments = parser.parse_args()
    try:
        if arguments.mattes:
            return compare_edges(arguments.sizes, arguments.kinds, arguments.map)
        return evaluate(arguments.data, arguments.check)
    except (DataError, FetchError, OSError) as error:
        print(f"quality: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("\nquality: stopped; run it again to go on", file=sys.stderr)
        return 128 + signal.SIGINT


def evaluate(folder: Path | None, check: bool) -> int:
    """Compare all tools on a folder or on the drawn scenes, or check ours against their floors."""
    start = monotonic()
    drawn = scenes.drawn(BUILD)
    data = dataset.load(folder) if folder else drawn
    wanted = floors.load(data.name, floors.FILE) if check else None
    pictures, skipped = usable(data.pictures)
    if not pictures:
        raise DataError(
            f"{data.name} has no picture to use: {'; '.join(skipped[:3]) or 'none at all'}"
        )
    if folder and not check:
        pictures += [picture for picture in drawn.pictures if picture.category in LIMITS]
    outcomes = cut_out(pictures, wanted.tools if wanted else None)
    findings = measured(outcomes, data.name, skipped, start)
    summary = Summary(findings.outcomes)
    table = report.table(findings, summary)
    out = BUILD / ("check" if check else "evaluation")
    report.write(findings, report.sections(summary), table, out)
    return conclude(findings, table, out, wanted.missed(summary) if wanted else [])


def cut_out(pictures: Sequence[Picture], only: Collection[str] | None) -> Outcomes:
    """Run all tools, or those named in `only`, which need no estimate of true colours."""
    models = originals.prepare()
    if only is not None:
        return run([tool for tool in TOOLS if tool.name in only], pictures, CACHE, models)
    needy = [picture for picture in pictures if picture.needs_colours]
    estimates = run([COLOURS], needy, CACHE, models)
    files = {one.picture.key: one.file for one in estimates.all if one.answer}
    pictures = [replace(picture, colours=files.get(picture.key)) for picture in pictures]
    outcomes = run(TOOLS, pictures, CACHE, models)
    outcomes.not_run |= estimates.not_run
    return outcomes


def usable(pictures: Sequence[Picture]) -> tuple[list[Picture], list[str]]:
    """Complete pictures by what their truth is, and return a sentence for each unusable one."""
    found, skipped = [], []
    for picture in tqdm(pictures, desc=f"{'ground truth':20}", unit="picture"):
        try:
            truth = read_truth(picture)
        except DataError as error:
            skipped.append(f"{picture.name}: {error}")
        else:
            found.append(replace(picture, kind=truth.kind, needs_colours=truth.needs_colours))
    return found, skipped


def compare_edges(sizes: Sequence[float], kinds: Sequence[str], map_kind: str) -> int:
    """Compare the edges of all tools on generated scenes, along the same map for each."""
    start, everything, skipped = monotonic(), Outcomes(), list[str]()
    for generator in GENERATORS:
        for megapixels in sizes:
            pictures, lost = with_map(
                scenes.generated(generator, megapixels, kinds, BUILD), map_kind
            )
            skipped += lost
            for tool in MATTES if pictures else ():
                if megapixels > SLOW_MP.get(tool.name, megapixels):
                    name = f"{tool.name} at {megapixels:g} MP"
                    everything.not_run[name] = "takes minutes a scene"
                else:
                    everything.add(run([tool], pictures, CACHE, ORIGINALS))
    title = f"Every tool gets the same {map_kind} map of 320 x 320."
    findings = measured(everything, title, skipped, start, [one.key for one in OF_EDGES])
    summary = Summary(findings.outcomes)
    table = report.edge_table(findings, summary)
    report.write(findings, report.edge_sections(summary), table, BUILD / "mattes")
    return conclude(findings, table, BUILD / "mattes", [])


def measured(
    outcomes: Outcomes,
    data_set: str,
    skipped: list[str],
    start: float,
    keys: Collection[str] = BY_KEY,
) -> Findings:
    """Measure the cutouts; raise DataError if no tool could be run."""
    if not outcomes.all:
        raise DataError("no tool could be run: " + "; ".join(outcomes.not_run.values()))
    rows = score(outcomes.all, keys)
    minutes = (monotonic() - start) / 60
    return Findings(data_set, str(date.today()), machine(), minutes, outcomes.kept, rows, skipped,
                    outcomes.not_run)  # fmt: skip


def conclude(findings: Findings, table: str, out: Path, missed: Sequence[str]) -> int:
    """Print the findings, and choose the exit code."""
    print(table)
    for sentence in findings.skipped:
        print(f"left out: {sentence}", file=sys.stderr)
    for sentence in findings.failed:
        print(f"failed, and counts as nothing kept: {sentence}", file=sys.stderr)
    for tool, reason in findings.not_run.items():
        print(f"not run: {tool}: {reason}", file=sys.stderr)
    print(
        f"{len(findings.outcomes)} cutouts measured, {len(findings.skipped)} pictures skipped, "
        f"{len(findings.failed)} cutouts failed, {len(findings.not_run)} tools not run; "
        f"{out}/report.html, results.json and table.md have it all"
    )
    for sentence in missed:
        print(f"under its floor: {sentence}", file=sys.stderr)
    if missed:
        return FAILED
    return 0 if findings.is_complete else LEFT_OUT


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def _kinds(text: str) -> list[str]:
    kinds = text.split(",")
    if unknown := set(kinds) - set(KINDS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: not of {', '.join(KINDS)}")
    return kinds


if __name__ == "__main__":
    sys.exit(main())
