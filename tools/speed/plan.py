"""What `make bench` measures: cases, the tools that are asked in each, and how often."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tools.contenders.catalogue import CUTOUT, Tool, find, ours

from .photos import Photo

REMBG, CUTOUT_NOW, OFF, FINE = "rembg", "Cutout", "Cutout, edges off", "Cutout, edges fine"
REMBG_U2NETP, REMBG_MATTING = "rembg, u2netp", "rembg -a"
STANDARD, FAST, BEST = CUTOUT_NOW, "Cutout, fast", "Cutout, best"
BEFORE, BEFORE_FAST = "Cutout before", "Cutout before, fast"
EARLIER = {CUTOUT_NOW: BEFORE, FAST: BEFORE_FAST}
EDGES = {OFF: "off", CUTOUT_NOW: "fast", FINE: "fine"}

# All run u2net unless the name says otherwise; quality `fast` is u2netp.
TOOLS = {
    REMBG: find("rembg u2net"),
    REMBG_U2NETP: find("rembg u2netp"),
    REMBG_MATTING: find("rembg u2net -a"),
    CUTOUT_NOW: find("cutout u2net"),
    OFF: find("cutout u2net, edges off"),
    FINE: Tool("cutout u2net, edges fine", "ours", CUTOUT, ours("u2net", edges="fine")),
    FAST: find("cutout u2netp"),
    BEST: find("cutout best"),
}


@dataclass(frozen=True)
class Case:
    """A photo and a number of threads: a warm call, or a start of the process and its first."""

    photo: Photo
    threads: int = 1
    is_start: bool = False

    @property
    def name(self) -> str:
        return f"{'start, ' if self.is_start else ''}{self.photo.name}"


# The tools of each case, beside the first of which the others are shown, and its rounds.
Plan = Mapping[Case, tuple[tuple[str, ...], int]]

ALL_EDGES = (REMBG, CUTOUT_NOW, OFF, FINE)
TO_COMPARE = (REMBG, CUTOUT_NOW)
# The subject leaves room around it, so that the second look of `best` is one from closer.
ROOMY = {megapixels: Case(Photo(megapixels, share=0.7)) for megapixels in (1, 12)}
FULL: Plan = {
    Case(Photo(1)): (ALL_EDGES, 7),
    Case(Photo(1), threads=2): ((*TO_COMPARE, OFF), 7),
    Case(Photo(12)): (ALL_EDGES, 7),
    Case(Photo(12), threads=2): ((*TO_COMPARE, OFF), 7),
    Case(Photo(1), is_start=True): ((REMBG_U2NETP, FAST), 7),
    Case(Photo(1), threads=2, is_start=True): ((REMBG_U2NETP, FAST), 7),
    Case(Photo(50)): (ALL_EDGES, 3),
    ROOMY[1]: ((REMBG, REMBG_U2NETP, REMBG_MATTING, OFF, FAST, STANDARD, BEST), 5),
    ROOMY[12]: ((REMBG, FAST, STANDARD, BEST), 3),
    Case(Photo(4)): (ALL_EDGES, 3),
    Case(Photo(25)): (ALL_EDGES, 3),
    Case(Photo(12, grain=0)): ((*TO_COMPARE, OFF), 5),
}
# What the aims and the plots need at least, in 3 minutes.
QUICK: Plan = {
    Case(Photo(1)): (TO_COMPARE, 4),
    Case(Photo(1), threads=2): (TO_COMPARE, 4),
    Case(Photo(12)): (TO_COMPARE, 2),
    Case(Photo(12), threads=2): (TO_COMPARE, 2),
    Case(Photo(1), is_start=True): ((REMBG_U2NETP, FAST), 2),
    Case(Photo(1), threads=2, is_start=True): ((REMBG_U2NETP, FAST), 2),
    ROOMY[1]: ((REMBG, FAST, STANDARD, BEST), 2),
    Case(Photo(50)): (TO_COMPARE, 1),
}


def with_earlier(plan: Plan) -> Plan:
    """Add the earlier Cutout to each case that asks rembg and Cutout of today.

    The cases with room around the subject compare qualities, and stay as they are.
    """
    return {
        case: (tools, rounds) if case in ROOMY.values()
        else ((*tools, *(EARLIER[name] for name in tools if name in EARLIER)), rounds)
        for case, (tools, rounds) in plan.items()
    }  # fmt: skip


def earlier_tools(root: Path) -> dict[str, Tool]:
    """Return the tools that run Cutout of another checkout, with its .venv and its networks."""
    return {
        earlier: replace(TOOLS[now], name=earlier, root=root) for now, earlier in EARLIER.items()
    }
