"""Searches for the ten picture files that cost the most to read: `python -m tools.dearest KIND...`

Each is measured in a child process with limits. Without a KIND, such as PNG, all are tried.
"""

import argparse

from tqdm import tqdm

from tools import markdown, sections

from . import cost, heif, jpeg, normal, others, png, search
from .cost import Cost

ATTACKS = (*jpeg.ATTACKS, *png.ATTACKS, *others.ATTACKS, *heif.ATTACKS)
KINDS = sorted({attack.kind for attack in ATTACKS})
SHOWN, MUTATIONS = 10, 8
HEAD = ["file", "bytes", "s", "MB", "× photo, s", "× photo, MB", "gives"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.dearest", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--quick", action="store_true", help="one file of each attack")
    parser.add_argument("--all", action="store_true", help="show each attack, not the ten dearest")
    options = parser.parse_args()
    kinds = options.kinds or KINDS
    if unknown := set(kinds) - set(KINDS):
        parser.error(f"{', '.join(sorted(unknown))} is none of {', '.join(KINDS)}")
    photos, found = find(kinds, options.quick)
    shown = search.dearest(found, len(found) if options.all else SHOWN)
    sections.store("dearest", table(photos, shown))


def find(kinds: list[str], is_quick: bool) -> tuple[dict[str, Cost], list[search.Found]]:
    """Return the costs of the normal photos, and the dearest file of each attack on the kinds."""
    files = {
        kind: data
        for kind, data in normal.photos().items()
        if kind in (*kinds, normal.PROGRESSIVE, "JPEG")
    }
    photos = {kind: cost.measure(data) for kind, data in files.items()}
    found = []
    for attack in tqdm([one for one in ATTACKS if one.kind in kinds], desc="dearest"):
        best = search.climb(attack, search.baseline(attack.kind, photos), cost.measure, is_quick)
        changed = search.mutations(best, 0 if is_quick else MUTATIONS, cost.measure)
        found.append(max((best, *changed), key=lambda one: one.score))
    return photos, found


def table(photos: dict[str, Cost], found: list[search.Found]) -> str:
    normal_rows = [
        [f"normal {kind} of 50 MP" if kind != "BMP" else "normal BMP of 22 MB", "",
         f"{one.seconds:.2f}", f"{one.mb:.0f}", "", "", one.outcome]
        for kind, one in photos.items()
    ]  # fmt: skip
    rows = [
        [f"{one.kind}: {one.name}", f"{len(one.data):,}", f"{one.cost.seconds:.2f}",
         f"{one.cost.mb:.0f}", f"{one.seconds:.1f}", f"{one.mb:.1f}",
         one.cost.outcome.partition(":")[0]]
        for one in found
    ]  # fmt: skip
    return f"{sections.here()}:\n\n{markdown.table(HEAD, [*rows, *normal_rows])}"


if __name__ == "__main__":
    main()
