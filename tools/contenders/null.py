"""A tool that keeps everything: the lower bound of every comparison."""

import numpy as np

from .contract import Cut, Run, decode, encode


def null() -> Run:
    def run(data: bytes) -> Cut:
        rgb = decode(data)
        return Cut(encode(np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])))

    return run
