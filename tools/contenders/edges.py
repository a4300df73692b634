"""Run our edges alone, along a given saliency map and without a network."""

from time import process_time

import numpy as np
from PIL import Image

from cutout.core import composite, foreground
from cutout.engine import edges as engine_edges
from cutout.options.quality import Edges
from cutout.options.record import Options

from .contract import Cut, Run, decode, encode


def edges(edges: Edges) -> Run:
    def run(data: bytes, map: str) -> Cut:
        photo, saliency = Image.fromarray(decode(data)), np.load(map)
        start = process_time()
        alpha = engine_edges.alpha_from_map(photo, saliency, Options(edges=edges))
        if edges != "off":
            foreground.restore(photo, alpha)
        cutout = composite.cutout(photo, alpha)
        seconds = process_time() - start
        return Cut(encode(np.asarray(cutout)), {"seconds": seconds})

    return run
