"""Our edges alone, along a map that is given: no network is asked."""

from time import process_time

import numpy as np
from PIL import Image

from cutout.core import composite, foreground
from cutout.core.arrays import Cutout, Map, Photo
from cutout.engine import edges as edge
from cutout.options.record import Edges, Options

from .contract import Cut, Run
from .pixels import decode, encode


def edges(edges: Edges) -> Run:
    def run(data: bytes, map: str) -> Cut:
        photo, saliency = Image.fromarray(decode(data)), np.load(map)
        start = process_time()
        cutout = _cut(photo, saliency, edges)
        seconds = process_time() - start
        return Cut(encode(np.asarray(cutout)), {"seconds": seconds})

    return run


def _cut(photo: Photo, saliency: Map, edges: Edges) -> Cutout:
    alpha = edge.of_map(photo, saliency, Options(edges=edges))
    if edges != "off":
        foreground.restore(photo, alpha)
    return composite.cutout(photo, alpha)
