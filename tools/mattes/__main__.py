"""python -m tools.mattes: see `make mattes`."""

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from datetime import date

from tools.contenders.catalogue import MATTES, Tool
from tools.machine import machine

from .folder import GENERATORS, OUT, Drawn, asked, draw
from .report import MAPS, Findings, scenes, table
from .run import Made, cut_out, measured
from .scene import KINDS
from .sheet import sheet

SIZES = (0.5, 4, 12)  # MP
SLOW = {"rembg -a": 4}  # MP: the most that a tool is asked for, which takes it minutes above


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.mattes", description=__doc__)
    add = parser.add_argument
    add("--generator", choices=GENERATORS, help="else both")
    add("--sizes", type=_numbers, default=SIZES, help="in MP, like 0.5,4")
    add("--kinds", type=_kinds, default=KINDS, help=f"of {','.join(KINDS)}")
    add("--map", choices=MAPS, default="given", help="simulated, or what u2net says")
    given = parser.parse_args()
    generators = [given.generator] if given.generator else list(GENERATORS)
    try:
        findings = compare(generators, given.sizes, given.kinds, given.map)
    except KeyboardInterrupt:
        print("\nmattes: stopped", file=sys.stderr)
        return 128 + signal.SIGINT
    (OUT / "results.json").write_text(json.dumps(findings.as_json(), indent=1))
    (OUT / "table.md").write_text(table(findings), encoding="utf-8")
    (OUT / "scenes.md").write_text(scenes(findings), encoding="utf-8")
    print(f"\n{table(findings)}\nThis is {OUT}/table.md; scenes.md beside it has every scene.")
    return 0


def compare(
    generators: Sequence[str], sizes: Sequence[float], kinds: Sequence[str], map: str
) -> Findings:
    findings = Findings(str(date.today()), machine(), map)
    shown = sorted(sizes)[len(sizes) // 2]  # in the contact sheet
    for generator in generators:
        made: list[Made] = []
        for megapixels in sizes:
            folder = OUT / "cutouts" / f"{generator}-{megapixels:g}-{map}"
            scenes = _scenes(generator, megapixels, kinds, findings)
            made += cut_out(_tools(megapixels, findings), scenes, folder, findings.left_out)
        findings.rows[generator] = measured(made)
        if seen := [one for one in made if one.scene.megapixels == shown]:
            sheet(seen).save(OUT / f"sheet-{generator}-{map}.png")
    return findings


def _scenes(
    generator: str, megapixels: float, kinds: Sequence[str], findings: Findings
) -> list[Drawn]:
    scenes = draw(generator, megapixels, kinds, OUT)
    if findings.map == "given":
        return scenes
    scenes, lost = asked(scenes)
    findings.left_out += [f"{name} of {generator}, which u2net does not see" for name in lost]
    return scenes


def _tools(megapixels: float, findings: Findings) -> list[Tool]:
    slow = [tool.name for tool in MATTES if SLOW.get(tool.name, megapixels) < megapixels]
    findings.left_out += [f"{name} at {megapixels:g} MP, which takes it minutes" for name in slow]
    return [tool for tool in MATTES if tool.name not in slow]


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def _kinds(text: str) -> list[str]:
    kinds = text.split(",")
    if unknown := set(kinds) - set(KINDS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: not of {', '.join(KINDS)}")
    return kinds


if __name__ == "__main__":
    sys.exit(main())
