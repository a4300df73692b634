"""python -m tools.cost.formats: bytes, time and fidelity of cutouts as WebP beside PNG.

Writes the table `formats` for tools/prices.toml to build/formats/measured.toml.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from PIL import Image

from cutout.codec import writer
from cutout.engine.models import Models
from cutout.engine.pipeline import Engine
from cutout.options.record import Options
from cutout.picture import Format
from tools import markdown, sections
from tools.speed.photos import Photo, in_a_room, make

SIZES = 1, 12  # megapixels; the page fetches at most 16
ROUNDS = 3
SOFT = 16  # an alpha from which on a colour is visible, as in frontend/editing/layers.js
MODELS = Path(__file__).parents[2] / "function/models"
SAMPLES = Path(__file__).parents[2] / "frontend/samples"
NO_LIMIT = 10**9


@dataclass(frozen=True)
class Comparison:
    """A cutout as PNG and as WebP."""

    photo: str
    png_bytes: int
    webp_bytes: int
    png_ms: float
    webp_ms: float
    alpha_levels: int  # the largest difference of alpha
    opaque_levels: float  # the mean difference of colours where the cutout is opaque
    soft_levels: float  # the mean difference of the soft edge before a background, of any colour
    soft_most: float  # which 99.9 % of the soft edge do not exceed


def main() -> None:
    engine = Engine(Models([MODELS], "u2net", 1), NO_LIMIT, NO_LIMIT, 1)
    compared = [compare(name, cutout_of(engine, data)) for name, data in photos()]
    sections.store("formats", section(compared))
    (sections.BUILD / "formats/measured.toml").write_text(measured(compared), encoding="utf-8")


def photos() -> Iterator[tuple[str, bytes]]:
    """Yield the page's samples and photos of known size, by name."""
    for path in sorted(SAMPLES.glob("*.jpg")):
        if not path.stem.endswith("-small"):
            yield path.stem, path.read_bytes()
    for size in SIZES:
        yield f"{size} MP before a wall", in_a_room(size)
    yield "12 MP with grain", make(Photo(12)).read_bytes()


def cutout_of(engine: Engine, data: bytes) -> Image.Image:
    cutout = Image.open(BytesIO(engine.remove_background(data, Options()).data))
    cutout.load()
    return cutout


def compare(name: str, cutout: Image.Image) -> Comparison:
    """Compare a cutout's formats; times are medians of rounds that alternate."""
    times = [(_seconds(cutout, "png"), _seconds(cutout, "webp")) for _ in range(ROUNDS)]
    png_ms, webp_ms = (1000 * median(each) for each in zip(*times, strict=True))
    webp = writer.encode(cutout, "webp")
    own = np.asarray(cutout).astype(np.float32)
    other = np.asarray(Image.open(BytesIO(webp)).convert("RGBA")).astype(np.float32)
    alpha, colours = own[..., 3], np.abs(own - other)[..., :3]
    is_soft = (alpha >= SOFT) & (alpha < 255)
    # Before a background B a pixel is alpha F + (1 - alpha) B: with an equal alpha, B has no part
    # in the difference.
    shown = (colours * alpha[..., None] / 255)[is_soft]
    return Comparison(
        name,
        len(writer.encode(cutout, "png")),
        len(webp),
        png_ms,
        webp_ms,
        alpha_levels=int(np.abs(alpha - other[..., 3]).max()),
        opaque_levels=float(colours[alpha == 255].mean()),
        soft_levels=float(shown.mean()),
        soft_most=float(np.percentile(shown, 99.9)),
    )


def _seconds(cutout: Image.Image, format: Format) -> float:
    start = perf_counter()
    writer.encode(cutout, format)
    return perf_counter() - start


def section(compared: list[Comparison]) -> str:
    cells: list[tuple[str, Callable[[Comparison], str]]] = [
        ("photo", lambda it: it.photo),
        ("PNG, kB", lambda it: f"{it.png_bytes / 1000:,.0f}"),
        ("WebP, kB", lambda it: f"{it.webp_bytes / 1000:,.0f}"),
        ("share", lambda it: f"{it.webp_bytes / it.png_bytes:.2f}"),
        ("PNG, ms", lambda it: f"{it.png_ms:,.0f}"),
        ("WebP, ms", lambda it: f"{it.webp_ms:,.0f}"),
        ("alpha, most", lambda it: f"{it.alpha_levels}"),
        ("opaque, mean", lambda it: f"{it.opaque_levels:.2f}"),
        ("soft edge, mean", lambda it: f"{it.soft_levels:.2f}"),
        ("soft edge, 99.9 %", lambda it: f"{it.soft_most:.0f}"),
    ]
    rows = [[cell(it) for _, cell in cells] for it in compared]
    settings = ", ".join(f"{name} {value}" for name, value in writer.WEBP.items())
    return (
        f"{sections.here()}; one thread, medians of {ROUNDS}; WebP with {settings}. Differences "
        f"from the PNG in levels of 255:\n\n{markdown.table([name for name, _ in cells], rows)}"
    )


def measured(compared: list[Comparison]) -> str:
    """Return the table `formats` of tools/prices.toml."""
    by_photo = {it.photo: it for it in compared}
    rows = []
    for size in SIZES:
        it = by_photo[f"{size} MP before a wall"]
        share, more_ms = it.webp_bytes / it.png_bytes, it.webp_ms - it.png_ms
        rows.append(f"{size} = {{ share = {share:.4f}, more_ms = {more_ms:.0f} }}")
    head = ["[formats]", f'source = "{sections.here()}"', "", "[formats.measured.webp]"]
    return "\n".join([*head, *rows, ""])


if __name__ == "__main__":
    main()
