"""A built network in ONNX Runtime, loaded as the engine loads it."""

import os
from pathlib import Path
from time import perf_counter

import numpy as np
from PIL import Image

from cutout.engine.session import Session

from .contract import Cut, Run, decode, encode


def network(file: str) -> Run:
    """Run the inference of a network file alone; `said["ms"]` is its time."""
    session = Session(Path(file), int(os.environ["CUTOUT_THREADS"]))

    def run(data: bytes) -> Cut:
        photo = Image.fromarray(decode(data))
        start = perf_counter()
        found = session.predict(photo)
        return Cut(
            encode((found * 255).round().astype(np.uint8)), {"ms": 1e3 * (perf_counter() - start)}
        )

    return run
