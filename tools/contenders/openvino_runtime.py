"""A quantized network in OpenVINO, in the peers' environment."""

import os
from time import perf_counter

import numpy as np
from openvino import Core
from PIL import Image

from .contract import Cut, Run, decode, encode


def network(file: str, size: int, mean: list[float], std: list[float]) -> Run:
    """Run the inference of a network file alone; `said["ms"]` is its time.

    The photo becomes the same tensor as in cutout.core.saliency.
    """
    shift, spread = np.array(mean, np.float32), np.array(std, np.float32)
    settings = {
        "INFERENCE_NUM_THREADS": int(os.environ["OMP_NUM_THREADS"]),
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
    }
    request = Core().compile_model(file, "CPU", settings).create_infer_request()

    def run(data: bytes) -> Cut:
        photo = Image.fromarray(decode(data))
        start = perf_counter()
        square = np.asarray(photo.resize((size, size), Image.Resampling.LANCZOS))
        scaled = square / np.float32(max(square.max(), 1))
        tensor = ((scaled - shift) / spread).transpose(2, 0, 1)[None]
        found = request.infer({0: tensor})[0].reshape(size, size)
        return Cut(
            encode((found * 255).round().astype(np.uint8)), {"ms": 1e3 * (perf_counter() - start)}
        )

    return run
