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
from itertools import product
from pathlib import Path
from time import monotonic

from tqdm import tqdm

from cutout.errors import ModelsMissing
from tools import sections
from tools.contenders import originals
from tools.contenders.catalogue import BUILD, COLOURS, MATTES, ORIGINALS, TOOLS
from tools.machine import machine

from . import dataset, floors, report, scenes, tables
from .dataset import DataError, Picture, read_truth
from .measures import BY_KEY
from .report import OF_EDGES, Findings
from .run import Outcomes, run, score
from .scenes import LIMITS
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
    add("--sizes", type=_megapixels, default=[0.5, 4, 12], help="of --mattes, in MP: 0.5,4,12")
    arguments = parser.parse_args()
    if arguments.mattes and (arguments.data or arguments.check):
        parser.error("--mattes draws its own scenes, and has no floors to check")
    try:
        if arguments.mattes:
            return compare_edges(arguments.sizes)
        return evaluate(arguments.data, arguments.check)
    except (DataError, ModelsMissing, OSError) as error:
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
    table = tables.table(findings, summary)
    if wanted:
        table += f"\nFor {floors.FILE.name}, if it is better:\n{wanted.proposed(summary)}"
    out = BUILD / ("check" if check else "evaluation" if folder else "scenes")
    report.write(findings, report.sections(summary), table, out)
    if folder and not check:
        sections.store("short", tables.short(findings, summary), BUILD)
        if article := tables.beside_article(findings, summary):
            sections.store("article", article, BUILD)
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


def compare_edges(sizes: Sequence[float]) -> int:
    """Compare the edges of all tools on generated scenes, along the same map for each."""
    start, outcomes = monotonic(), Outcomes()
    for generator, megapixels in product(scenes.GENERATORS, sizes):
        pictures = scenes.generated(generator, megapixels, BUILD)
        for tool in MATTES:
            if megapixels > SLOW_MP.get(tool.name, megapixels):
                outcomes.not_run[f"{tool.name} at {megapixels:g} MP"] = "takes minutes a scene"
            else:
                outcomes.add(run([tool], pictures, CACHE, ORIGINALS))
    findings = measured(outcomes, "generated-scenes", [], start, [one.key for one in OF_EDGES])
    summary = Summary(findings.outcomes)
    table = tables.edge_table(findings, summary)
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
    print(f"{table}\n{len(findings.outcomes)} cutouts measured, {len(findings.left_out)} left out; "
          f"{out} has report.html, results.json and table.md")  # fmt: skip
    for sentence in [*findings.left_out, *(f"under its floor: {one}" for one in missed)]:
        print(sentence, file=sys.stderr)
    if missed:
        return FAILED
    return LEFT_OUT if findings.left_out else 0


def _megapixels(text: str) -> list[float]:
    try:
        sizes = [float(part) for part in text.split(",")]
    except ValueError:
        sizes = []
    if not all(0.01 <= size <= 50 for size in sizes) or not sizes:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of sizes from 0.01 to 50 MP")
    return sizes


if __name__ == "__main__":
    sys.exit(main())
