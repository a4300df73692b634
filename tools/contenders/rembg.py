"""rembg itself, in the peers' environment."""

from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rembg import new_session, remove

from .contract import Cut, Run
from .pixels import decode, encode


def rembg(model: str, matting: bool = False) -> Run:
    """Its library as it is, with its defaults: `rembg i -m MODEL [-a]`."""
    session = new_session(model)
    if matting:  # compiles what numba has to, before the clock runs
        remove(_disc(), alpha_matting=True, session=session)

    def run(data: bytes) -> Cut:
        return Cut(remove(data, alpha_matting=matting, session=session))

    return run


def given(alpha_matting: bool = False, decontaminate: bool = False) -> Run:
    """All that it does after a network, with a map instead of one: `rembg i [-a] [-dc]`."""
    options = {"alpha_matting": alpha_matting, "decontaminate": decontaminate}
    network = Given(np.zeros((2, 2), np.float32))
    small = Image.new("RGB", (64, 64), "red")
    network.map[0] = 1
    remove(small, session=network, **options)  # compiles what numba has to

    def run(data: bytes, map: str) -> Cut:
        photo = Image.fromarray(decode(data))
        network.map = np.load(map)
        start = process_time()
        cutout = remove(photo, session=network, **options)
        seconds = process_time() - start
        return Cut(encode(np.asarray(cutout)), {"seconds": seconds})

    return run


class Given:
    """A session that was told what to say. Says it as rembg's own for U2-Net do."""

    def __init__(self, map: NDArray[np.float32]) -> None:
        self.map = map

    def predict(self, photo: Image.Image, *_: Any, **__: Any) -> list[Image.Image]:
        mask = Image.fromarray((self.map * 255).astype(np.uint8))
        return [mask.resize(photo.size, Image.Resampling.LANCZOS)]


def _disc() -> bytes:
    y, x = np.mgrid[:128, :128]
    inside = np.hypot(x - 64, y - 64) < 40
    return encode(np.where(inside[..., None], (200, 30, 30), (240, 240, 240)).astype(np.uint8))
