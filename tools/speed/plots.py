"""The plots of `make bench`: time and memory by size, the engine's stages, quality against time."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from . import plan, stored, svg, tables
from .measuring import Results
from .plan import Case

HEIGHT = 340  # px
COLOURS = {
    plan.REMBG: "peer", plan.REMBG_U2NETP: "peer", plan.REMBG_MATTING: "peer",
    plan.BEFORE: "earlier", plan.OFF: "variant", plan.FINE: "fine",
}  # fmt: skip
# The rows of the stored evaluation.
EVALUATED = {
    plan.REMBG: "rembg u2net", plan.REMBG_U2NETP: "rembg u2netp",
    plan.REMBG_MATTING: "rembg u2net -a", plan.OFF: "cutout u2net, edges off",
    plan.FAST: "cutout u2netp", plan.STANDARD: "cutout u2net", plan.BEST: "cutout best",
}  # fmt: skip
Height = Callable[[Case, str], float]  # of a point, from the case and the tool
RIGHT_PX = svg.WIDTH - svg.RIGHT


def write(results: Results, root: Path, folder: Path) -> None:
    """Write each plot whose figures exist. Qualities are those stored in the checkout `root`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, drawing in _all(results, root):
        (folder / f"bench-{name}.svg").write_text(drawing, encoding="utf-8")


def _all(results: Results, root: Path) -> Iterator[tuple[str, str]]:
    cases = tables.sizes(results)
    if cases:
        yield "time", time(results, cases)
        yield "stages", stages(results, cases)
        yield "memory", memory(results, cases)
    case = plan.ROOMY[1]
    if tables.names(results, case):
        try:
            yield "quality", quality(results, case, stored.read("evaluation", root))
        except LookupError as error:
            print(f"bench: no plot of quality: {error.args[0]}; `make evaluate DATA=...`")


def time(results: Results, cases: list[Case]) -> str:
    """Draw the seconds of a warm call by the photo's megapixels, both logarithmic."""
    series = _series(results, cases, lambda case, tool: results.median(case, tool, "seconds"))
    y = svg.log_axis("seconds", _heights(series), HEIGHT - svg.BOTTOM, svg.TOP + 16)
    return svg.page(HEIGHT, "A warm call, u2net, one thread",
                    svg.plot(_megapixels(cases), y, series))  # fmt: skip


def memory(results: Results, cases: list[Case]) -> str:
    """Draw the process's peak memory by the photo's megapixels."""
    series = _series(results, cases, results.peak_mb)
    highest = max(_heights(series))
    step = 250 if highest < 2000 else 500
    y = svg.even_axis("MB", 0, highest, step, HEIGHT - svg.BOTTOM, svg.TOP + 16)
    return svg.page(HEIGHT, "Peak memory of the process, u2net, one thread",
                    svg.plot(_megapixels(cases), y, series))  # fmt: skip


def stages(results: Results, cases: list[Case]) -> str:
    """Draw each stage's share of a call with the default edges, by size, with its milliseconds."""
    by_case = [tables.milliseconds(results, case, plan.CUTOUT_NOW) for case in cases]
    parts, place = [], float(svg.LEFT)
    for number, name in enumerate(by_case[0]):
        parts += [f'<rect class="s{number}" x="{place}" y="38" width="11" height="11" '
                  'fill="currentColor"/>', svg.text(place + 16, 48, name)]  # fmt: skip
        place += 36 + 6.5 * len(name)
    for number, (case, by_stage) in enumerate(zip(cases, by_case, strict=True)):
        top = 64 + 36 * number
        parts += [svg.text(svg.LEFT - 8, top + 17, case.photo.name, anchor="end"),
                  *svg.bar(top, 26, list(by_stage.values())),
                  svg.text(svg.WIDTH - svg.RIGHT / 2 + 8, top + 17,
                           f"{sum(by_stage.values()):,.0f} ms")]  # fmt: skip
    title = "Where the time goes: milliseconds of a warm call, u2net, default edges, one thread"
    return svg.page(64 + 36 * len(cases) + 8, title, parts)


def quality(results: Results, case: Case, evaluation: stored.Section) -> str:
    """Draw two measures of quality on photographs against the seconds of a call of 1 MP."""
    seconds = {tool: results.median(case, tool, "seconds") for tool in tables.names(results, case)}
    x = svg.log_axis("seconds for 1 MP, one thread", list(seconds.values()), svg.LEFT, RIGHT_PX)
    parts = []
    for number, measure in enumerate(("IoU", "max F")):
        series = [
            svg.Series(tool, COLOURS.get(tool, "ours"),
                       [(each, stored.number(evaluation.row(EVALUATED[tool])[measure]))],
                       is_line=False)
            for tool, each in seconds.items()
        ]  # fmt: skip
        heights = _heights(series)
        bottom = 300 * (number + 1) - svg.BOTTOM
        y = svg.even_axis(measure, min(heights), max(heights), 0.01, bottom, bottom - 200)
        parts += svg.plot(x, y, series)
    return svg.page(600, f"Quality on photographs ({evaluation.date}) against time", parts)


def _series(results: Results, cases: list[Case], height: Height) -> list[svg.Series]:
    shown = dict.fromkeys(tool for case in cases for tool in tables.names(results, case))
    return [
        svg.Series(tool, COLOURS.get(tool, "ours"),
                   [(case.photo.megapixels, height(case, tool)) for case in cases
                    if tool in tables.names(results, case)])
        for tool in shown
    ]  # fmt: skip


def _megapixels(cases: list[Case]) -> svg.Axis:
    sizes = [float(case.photo.megapixels) for case in cases]
    return replace(svg.log_axis("megapixels", sizes, svg.LEFT, RIGHT_PX), ticks=sizes)


def _heights(series: list[svg.Series]) -> list[float]:
    return [height for one in series for _, height in one.points]
