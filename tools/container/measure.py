"""What a function in its sandbox needs: time to start and to answer, and memory."""

import base64
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from tools.contenders import originals
from tools.contenders.catalogue import ROOT
from tools.gateway import upload

from . import base
from .photos import photo
from .run import Run
from .sandbox import IMAGE, MEMORY_MB, OURS, Said, docker, function, limits

HERE = Path(__file__).parent
PARTS = (HERE / "parts.py").read_text()
PEER = "cutout-peer"
IMAGES = {"cutout": (IMAGE, OURS), "rembg": (PEER, ("/lambda-entrypoint.sh", "peer.handler"))}
WARM = 5  # calls after the first
STEP_MB = 64  # AWS takes every MB; a step of what a person would set
MOST_MB = 3008  # what a new account may set
MIXED = (0.25, 1, 4, 12)


def build_peer() -> None:
    """rembg's image, with the same networks as they were before they were quantized."""
    networks = originals.prepare()
    with tempfile.TemporaryDirectory() as context:
        for path in (*(HERE / "peer").iterdir(), ROOT / "tools" / "peers.txt",
                     networks / "u2net.onnx", networks / "u2netp.onnx"):  # fmt: skip
            shutil.copy(path, context)
        base.build(context, PEER)


def init_parts() -> dict[str, float]:
    said = docker("run", "--rm", "--network", "none", *limits(), "--entrypoint", "python3",
                  "-e", f"AWS_LAMBDA_FUNCTION_MEMORY_SIZE={MEMORY_MB}",
                  "-e", "AWS_LAMBDA_FUNCTION_NAME=ApiFunction",
                  IMAGE, "-c", PARTS)  # fmt: skip
    parts: dict[str, float] = json.loads(said.splitlines()[-1])
    return parts


def run(tool: str, model: str, megapixels: float) -> Run:
    image, command = IMAGES[tool]
    data = photo(megapixels)
    with function(image, command, CUTOUT_MODEL=model) as lambda_function:
        for _ in range(1 + WARM):
            said = lambda_function.invoke(upload(data))
            if not succeeded(said):
                raise RuntimeError(f"{tool} {model} {megapixels} MP: {said.text[:200]}")
        first, *later = lambda_function.calls_ms()
        last_log = lambda_function.log().rpartition("START RequestId")[2].splitlines()
        return Run(
            tool=tool,
            model=model,
            megapixels=megapixels,
            memory_mb=MEMORY_MB,
            architecture=base.ARCHITECTURE,
            init_ms=lambda_function.init_ms(),
            first_ms=first,
            warm_ms=median(later),
            peak_mb=said.peak_mb,
            in_bytes=len(data),
            out_bytes=len(base64.b64decode(said.answer["body"])),
            log_bytes=sum(len(line) + 1 for line in last_log if line.startswith("{")),
        )


def succeeded(said: Said) -> bool:
    return said.status == 200 and '"statusCode": 200' in said.text[:40]


def smallest_memory(fits: Callable[[int], bool]) -> int:
    """In MB: the least setting that fits, in steps; more than MOST_MB if none does."""
    low, high = 1, MOST_MB // STEP_MB + 1  # in steps
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle * STEP_MB) else (middle + 1, high)
    return low * STEP_MB


def fits(tool: str, model: str, megapixels: float, memory_mb: int) -> bool:
    """Whether a first and a second call succeed."""
    image, command = IMAGES[tool]
    event = upload(photo(megapixels))
    with function(image, command, memory_mb, CUTOUT_MODEL=model) as lambda_function:
        return all(succeeded(lambda_function.invoke(event)) for _ in range(2))


def many(calls: int, model: str) -> Iterator[float]:
    """The peak of memory after each of that many warm calls of mixed sizes, in MB."""
    events = [upload(photo(megapixels)) for megapixels in MIXED]
    with function(*IMAGES["cutout"], CUTOUT_MODEL=model) as lambda_function:
        for event in islice(cycle(events), calls):
            said = lambda_function.invoke(event)
            if not succeeded(said):
                raise RuntimeError(f"{said.status} {said.text[:200]}")
            yield said.peak_mb
