"""Measures a warm call of each quality beside rembg's: seconds, looks made, memory.

All are asked in turn, so that a machine whose speed drifts does so for all of them.
"""

from collections.abc import Sequence
from statistics import median

from tqdm import tqdm

from tools import markdown, sections
from tools.contenders import originals
from tools.contenders.catalogue import find
from tools.contenders.process import Answer

from .comparison import warm
from .photos import Photo, make

ROUNDS = 7
# The subject leaves room around it, so that the second look of `best` is one from closer.
PHOTOS = (Photo(1, share=0.7), Photo(12, share=0.7))
TOOLS = {
    "rembg, u2net": find("rembg u2net"),
    "fast": find("cutout u2netp"),
    "standard": find("cutout u2net"),
    "best": find("cutout best"),
}


def table(rounds: int = ROUNDS) -> str:
    models = originals.prepare()
    rows = [
        row(f"{photo.name}, {name}", answers, by_tool[0])
        for photo in tqdm(PHOTOS, desc="qualities", unit="photo")
        for by_tool in [list(zip(*warm(list(TOOLS.values()), make(photo), 1, models, rounds),
                                 strict=True))]
        for name, answers in zip(TOOLS, by_tool, strict=True)
    ]  # fmt: skip
    head = ["", "looks", "s", "rembg's s by it", "processor s", "peak MB"]
    return (
        f"{sections.here()}, one thread; JPEG to PNG of a subject before a wall, medians of "
        f"{rounds} rounds after a first, all asked in turn:\n\n{markdown.table(head, rows)}"
    )


def row(name: str, answers: Sequence[Answer], rembgs: Sequence[Answer]) -> list[str]:
    """Return a table's row for one tool's answers and rembg's of the same rounds.

    The ratio is the median of the rounds' ratios.
    """
    ratio = median(
        theirs.seconds / ours.seconds for ours, theirs in zip(answers, rembgs, strict=True)
    )
    looks = answers[-1].said.get("looks", 1)  # rembg's one inference is not reported
    seconds, processor = (
        median(getattr(answer, field) for answer in answers) for field in ("seconds", "cpu_seconds")
    )
    return [name, str(looks), f"{seconds:.2f}", f"{ratio:.2f} ×", f"{processor:.2f}",
            f"{answers[-1].peak_mb:,.0f}"]  # fmt: skip
