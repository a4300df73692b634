"""Measures the Lambda image beside rembg in one: cold starts, calls, memory. `make bench-container`

Both run under Lambda's limits. Also writes the durations of Cutout for tools/prices.toml.
"""

import base64
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from tqdm import tqdm

from tools import markdown, sections
from tools.container import base
from tools.container.sandbox import IMAGE, MEMORY_MB, OURS, Function, Response, function
from tools.contenders import originals
from tools.gateway import upload
from tools.sections import BUILD, ROOT

from .photos import in_a_room

PEER = "cutout-peer"
IMAGES = {"cutout": (IMAGE, OURS), "rembg": (PEER, ("/lambda-entrypoint.sh", "peer.handler"))}
MODELS = ("u2netp", "u2net")
SIZES, LARGEST = (1, 12), 50  # MP
ROUNDS = 5  # containers of each kind
WARM = 5  # calls after the first
MIXED, CALLS, SETTLED = (0.25, 1, 4, 12), 1000, 20  # MP, and warm calls of one container
SHOWN = {"init_ms": "init phase", "first_ms": "first call", "warm_ms": "warm call",
         "peak_mb": "peak memory"}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One new container: its init phase, its first call, the median of its later ones."""

    tool: str
    model: str
    megapixels: float
    init_ms: float
    first_ms: float
    warm_ms: float
    peak_mb: float
    in_bytes: int
    out_bytes: int
    log_bytes: int  # written by a warm call, without Lambda's own lines


def table() -> str:
    build_peer()
    runs = _runs()
    measured = BUILD / "container" / "measured.toml"
    measured.parent.mkdir(parents=True, exist_ok=True)
    measured.write_text(durations(runs), encoding="utf-8")
    peaks = list(tqdm(many_peaks("u2netp"), total=CALLS, desc="warm calls"))
    sizes = ", ".join(f"{size:g}" for size in MIXED)
    return (
        f"{sections.here()}; one vCPU, {MEMORY_MB:,} MB; medians of {ROUNDS} containers:\n\n"
        f"{markdown.table(['', 'rembg', 'Cutout', 'ratio'], comparison(runs))}\n"
        f"{CALLS:,} warm calls of {sizes} MP with u2netp: {peaks[SETTLED - 1]:.0f} MB after "
        f"{SETTLED}, {peaks[-1]:.0f} MB at the end.\n"
    )


def build_peer() -> None:
    """Build rembg's image, with the networks as they are before quantization."""
    networks = originals.prepare()
    with tempfile.TemporaryDirectory() as context:
        for path in (*(Path(__file__).parent / "peer").iterdir(), ROOT / "tools" / "peers.txt",
                     networks / "u2net.onnx", networks / "u2netp.onnx"):  # fmt: skip
            shutil.copy(path, context)
        base.build(context, PEER)


def comparison(runs: list[Run]) -> list[list[str]]:
    by_kind = {(run.tool, run.model, run.megapixels): run for run in runs}
    return [
        _row(figure, by_kind["rembg", model, size], by_kind["cutout", model, size])
        for model in MODELS
        for size in SIZES
        for figure in SHOWN
        if figure != "init_ms" or size == SIZES[0]  # the init phase sees no photo
    ]


def durations(runs: list[Run]) -> str:
    """Return the table `measured` of tools/prices.toml."""
    names = ("megapixels", "init_ms", "first_ms", "warm_ms", "in_bytes", "out_bytes", "log_bytes")
    rows = [
        ", ".join(f"{name} = {getattr(run, name):.0f}" for name in names)
        for run in runs
        if (run.tool, run.model) == ("cutout", "u2net")
    ]
    lines = [f'  {{ model = "u2net", {row} }},' for row in rows]
    return "\n".join(["[measured]", f'source = "{sections.here()}"', "runs = [", *lines, "]", ""])


def many_peaks(model: str) -> Iterator[float]:
    """Yield the container's peak of memory in MB after each of many calls of mixed sizes."""
    events = [upload(in_a_room(megapixels)) for megapixels in MIXED]
    with function(*IMAGES["cutout"], CUTOUT_MODEL=model) as container:
        for event in islice(cycle(events), CALLS):
            yield _succeed(container, event).peak_mb


def _runs() -> list[Run]:
    """Measure all kinds in turn, so that a machine whose speed drifts does so for all."""
    kinds = [(tool, model, size) for model in MODELS for size in SIZES for tool in IMAGES]
    kinds.append(("cutout", "u2net", LARGEST))
    runs = [_run(*kind) for kind in tqdm(kinds * ROUNDS, desc="starts", unit="container")]
    return [
        replace(run, **{name: median(getattr(it, name) for it in runs[n :: len(kinds)])
                        for name in SHOWN})
        for n, run in enumerate(runs[: len(kinds)])
    ]  # fmt: skip


def _run(tool: str, model: str, megapixels: float) -> Run:
    photo = in_a_room(megapixels)
    with function(*IMAGES[tool], CUTOUT_MODEL=model) as container:
        for _ in range(1 + WARM):
            response = _succeed(container, upload(photo))
        first, *later = container.calls_ms()
        log = container.log().rpartition("START RequestId")[2].splitlines()
        return Run(
            tool, model, megapixels,
            init_ms=container.init_ms(),
            first_ms=first,
            warm_ms=median(later),
            peak_mb=response.peak_mb,
            in_bytes=len(photo),
            out_bytes=len(base64.b64decode(response.payload["body"])),
            log_bytes=sum(len(line) + 1 for line in log if line.startswith("{")),
        )  # fmt: skip


def _succeed(container: Function, event: dict[str, object]) -> Response:
    response = container.invoke(event)
    if response.status != 200 or b'"statusCode": 200' not in response.data[:40]:
        raise RuntimeError(f"{response.status} {response.data[:200]!r}")
    return response


def _row(figure: str, theirs: Run, ours: Run) -> list[str]:
    name = f"{SHOWN[figure]}, {ours.model}"
    if figure != "init_ms":
        name += f", {ours.megapixels:g} MP"
    pair = getattr(theirs, figure), getattr(ours, figure)
    if figure == "peak_mb":
        return [name, *(f"{mb:,.0f} MB" for mb in pair), f"{100 * pair[1] / pair[0]:.0f} %"]
    return [name, *(f"{ms / 1000:.2f} s" for ms in pair), f"{pair[0] / pair[1]:.1f} ×"]
