"""The project's aims, and where Cutout stands at each: measured in this run, or stored earlier."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import markdown
from tools.contenders.catalogue import ROOT

from . import plan, stored
from .measuring import Results
from .photos import Photo
from .plan import Case

THREADS, SIZES = (1, 2), (1, 12, 50)  # MP
UNKNOWN = "?"


@dataclass(frozen=True)
class Cutout:
    """One version of Cutout: the names of its tools in the results, and its checkout."""

    results: Results
    standard: str = plan.CUTOUT_NOW
    fast: str = plan.FAST
    root: Path = ROOT

    def section(self, name: str) -> stored.Section:
        return stored.read(name, self.root)


@dataclass(frozen=True)
class Standing:
    """A figure as it is shown, and whether it reaches its aim."""

    figure: str
    is_met: bool
    measured: str = "this run"  # or the stored section and its date


@dataclass(frozen=True)
class Aim:
    """An aim: the figure, what it is compared with, the bound, and how to find where it stands.

    `find` raises LookupError where nothing is measured.
    """

    figure: str
    against: str
    bound: str
    find: Callable[[Cutout], Standing]
    command: str = ""  # that measures it, if it is not this one


def table(now: Cutout, before: Cutout | None) -> str:
    """Return the table of all aims, with a column of an earlier Cutout if there is one."""
    head = ["figure", "against", "aim", *(["before"] if before else []), "now", "met", "measured"]
    return markdown.table(head, [_row(aim, now, before) for aim in AIMS])


def _row(aim: Aim, now: Cutout, before: Cutout | None) -> list[str]:
    earlier = [_figure(aim, before)] if before else []
    try:
        standing = aim.find(now)
    except LookupError as error:
        why = "; ".join([str(error.args[0]), *([aim.command] if aim.command else [])])
        return [aim.figure, aim.against, aim.bound, *earlier, UNKNOWN, UNKNOWN, why]
    met = "yes" if standing.is_met else "no"
    return [aim.figure, aim.against, aim.bound, *earlier, standing.figure, met, standing.measured]


def _figure(aim: Aim, cutout: Cutout) -> str:
    try:
        return aim.find(cutout).figure
    except LookupError:
        return UNKNOWN


def _warm(megapixels: int, least: float) -> Callable[[Cutout], Standing]:
    def find(cutout: Cutout) -> Standing:
        cases = [Case(Photo(megapixels), threads) for threads in THREADS]
        ratios = [cutout.results.ratio(case, cutout.standard, "seconds") for case in cases]
        return Standing(_times(ratios), min(ratios) >= least)

    return find


def _png(cutout: Cutout) -> Standing:
    cases = [Case(Photo(megapixels)) for megapixels in SIZES]
    shares = [1 / cutout.results.ratio(case, cutout.standard, "bytes") for case in cases]
    return Standing(" / ".join(f"{share:.2f}" for share in shares), max(shares) <= 1.1)


def _start(cutout: Cutout) -> Standing:
    cases = [Case(Photo(1), threads, is_start=True) for threads in THREADS]
    ratios = [cutout.results.ratio(case, cutout.fast, "seconds") for case in cases]
    return Standing(_times(ratios), min(ratios) >= 5)


def _peak(cutout: Cutout) -> Standing:
    cases = [Case(Photo(megapixels)) for megapixels in SIZES]
    shares = [cutout.results.peak_mb(case, cutout.standard)
              / cutout.results.peak_mb(case, plan.REMBG) for case in cases]  # fmt: skip
    shown = " / ".join(f"{100 * share:.0f}" for share in shares)
    return Standing(f"{shown} %", max(shares) <= 0.25)


def _growth(cutout: Cutout) -> Standing:
    section = cutout.section("container")
    found = re.search(
        r"([\d,]+) warm calls .*: (.+) MB after \d+, (.+) MB at the end", section.text
    )
    if not found:
        raise LookupError("no sentence on warm calls")
    calls, first, last = map(stored.number, found.groups())
    is_met = calls >= 10_000 and last <= 1.01 * first
    return _stored(section, f"{first:.0f} to {last:.0f} MB in {calls:,.0f}", is_met)


def _init(cutout: Cutout) -> Standing:
    section = cutout.section("container")
    ratios = [stored.number(section.row(f"init phase, {model}")["ratio"])
              for model in ("u2netp", "u2net")]  # fmt: skip
    return _stored(section, " / ".join(f"1/{ratio:g}" for ratio in ratios), min(ratios) >= 4)


def _inference(cutout: Cutout) -> Standing:
    section = cutout.section("networks")
    ratios = [stored.number(row["ratio"]) for row in section.rows]
    return _stored(section, _times(ratios, 2), min(ratios) >= 1)


def _quantized(cutout: Cutout) -> Standing:
    section = cutout.section("evaluation")
    rows = [section.row(f"cutout {model} less cutout {model} fp32")
            for model in ("u2net", "u2netp")]  # fmt: skip
    maes, max_fs = ([stored.number(row[column]) for row in rows] for column in ("MAE", "max F"))
    shown = " / ".join(f"MAE {mae:+.4f}, max F {max_f:+.4f}"
                       for mae, max_f in zip(maes, max_fs, strict=True))  # fmt: skip
    return _stored(section, shown, max(maes) <= 0.0005 and min(max_fs) >= -0.001)


def _best(cutout: Cutout) -> Standing:
    section = cutout.section("evaluation")
    row = section.row("cutout best less rembg u2net")
    is_met = all(stored.number(row[column]) >= least and stored.interval(row[column])[0] > 0
                 for column, least in (("IoU", 0.01), ("max F", 0.005)))  # fmt: skip
    return _stored(section, f"IoU {row['IoU']}, max F {row['max F']}", is_met)


def _edges(cutout: Cutout) -> Standing:
    section = cutout.section("evaluation")
    row = section.row("cutout u2net less cutout u2net, edges off")
    names = ("boundary F", "max F", "Sobel accuracy")
    gains = [stored.number(row[name]) for name in names]
    shown = ", ".join(f"{name} {gain:+.4f}" for name, gain in zip(names, gains, strict=True))
    return _stored(section, shown, min(gains[:2]) > -0.0005 and gains[2] > 0)


def _fine(cutout: Cutout) -> Standing:
    """Compare the means of both generators of scenes, at the sizes that rembg -a was asked for."""
    section = cutout.section("mattes")
    fine, rembg = ([row for row in section.rows if row[""] == name]
                   for name in ("edges fine", "rembg -a"))  # fmt: skip
    sizes = {row["MP"] for row in rembg}
    pairs = list(zip([row for row in fine if row["MP"] in sizes], rembg, strict=True))
    if not pairs:
        raise LookupError("no rows edges fine and rembg -a")
    errors = ("SAD", "MSE", "gradient", "fringe")
    losses = sum(stored.number(ours[name]) > stored.number(theirs[name])
                 for ours, theirs in pairs for name in errors)  # fmt: skip
    ratios = [stored.number(theirs["seconds"]) / stored.number(ours["seconds"])
              for ours, theirs in pairs]  # fmt: skip
    means = len(errors) * len(pairs)
    shown = f"{losses} of {means} means worse, {min(ratios):.0f} to {max(ratios):.0f} ×"
    return _stored(section, shown, not losses and min(ratios) >= 50)


def _cost(cutout: Cutout) -> Standing:
    section = cutout.section("cost")
    dollars = stored.number(section.row("u2net", "1", "call")["total"])
    return _stored(section, f"${dollars:.3f}", dollars <= 0.05)


def _elsewhere(_: Cutout) -> Standing:
    raise LookupError("not measured here")


def _stored(section: stored.Section, figure: str, is_met: bool) -> Standing:
    return Standing(figure, is_met, section.date)


def _times(ratios: Sequence[float], digits: int = 1) -> str:
    return f"{' / '.join(f'{ratio:.{digits}f}' for ratio in ratios)} ×"


AIMS = (
    Aim("warm call, 1 MP, 1 / 2 threads", "rembg", "≥ 4 ×", _warm(1, 4)),
    Aim("warm call, 12 MP, 1 / 2 threads", "rembg", "≥ 5 ×", _warm(12, 5)),
    Aim("bytes of the PNG, 1 / 12 / 50 MP", "rembg", "≤ 1.1", _png),
    Aim("start to first cutout, u2netp, 1 / 2 threads", "rembg", "≥ 5 ×", _start),
    Aim("peak memory, 1 / 12 / 50 MP", "rembg", "≤ 25 %", _peak),
    Aim("peak memory over calls of mixed sizes", "itself", "≤ 1 % more after 10,000", _growth,
        "`make bench-container`"),
    Aim("init phase on Lambda, u2netp / u2net", "rembg in an image", "≤ 1/4", _init,
        "`make bench-container`"),
    Aim("inference of the int8 networks", "OpenVINO on the same files", "≥ 1 ×", _inference,
        "`python -m tools.speed networks`"),
    Aim("masks of int8, u2net / u2netp", "the fp32 networks", "MAE ≤ +.0005, max F ≥ -.001",
        _quantized, "`make evaluate DATA=...`"),
    Aim("masks of `best`", "rembg", "IoU ≥ +.01, max F ≥ +.005, intervals above 0", _best,
        "`make evaluate DATA=...`"),
    Aim("default edges on photographs", "no edges",
        "boundary F and max F no worse to three digits, Sobel better", _edges,
        "`make evaluate DATA=...`"),
    Aim("edges `fine` on known alpha", "rembg -a", "no mean worse, ≥ 50 ×", _fine, "`make mattes`"),
    Aim("1,000 pictures of 1 MP, all in", "", "≤ $0.05", _cost, "`make cost`"),
    Aim("set-up of `make serve`", "rembg[cli] by pip", "≤ 36 packages, 300 MB", _elsewhere,
        "`make serve` in a new clone prints both"),
    Aim("`.ci/run` from nothing", "", "≤ 10 minutes", _elsewhere, "it prints the minutes"),
)  # fmt: skip
