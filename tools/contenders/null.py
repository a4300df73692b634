"""The floor of every comparison."""

import numpy as np

from .contract import Cut, Run
from .pixels import decode, encode


def null() -> Run:
    """Keeps everything."""

    def run(data: bytes) -> Cut:
        rgb = decode(data)
        opaque = np.full(rgb.shape[:2], 255, np.uint8)
        return Cut(encode(np.dstack([rgb, opaque])))

    return run
