"""rembg and the pymatting that it brings, in the peers' environment."""

from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pymatting import estimate_foreground_ml
from rembg import new_session, remove

from .contract import Cut, Run, decode, encode


def rembg(model: str, matting: bool = False) -> Run:
    """Run the library with its defaults: `rembg i -m MODEL [-a]`."""
    session = new_session(model)
    if matting:  # compile numba's functions before the clock runs
        y, x = np.mgrid[:128, :128]
        is_disc = np.hypot(x - 64, y - 64) < 40
        disc = np.where(is_disc[..., None], (200, 30, 30), (240, 240, 240)).astype(np.uint8)
        remove(encode(disc), alpha_matting=True, session=session)

    def run(data: bytes) -> Cut:
        return Cut(remove(data, alpha_matting=matting, session=session))

    return run


def along_map(alpha_matting: bool = False, decontaminate: bool = False) -> Run:
    """Run all that rembg does after its network, along a given map: `rembg i [-a] [-dc]`."""
    options = {"alpha_matting": alpha_matting, "decontaminate": decontaminate}
    network = FixedMap(np.array([[1, 1], [0, 0]], np.float32))
    remove(Image.new("RGB", (64, 64), "red"), session=network, **options)  # compiles, as above

    def run(data: bytes, map: str) -> Cut:
        photo = Image.fromarray(decode(data))
        network.map = np.load(map)
        start = process_time()
        cutout = remove(photo, session=network, **options)
        seconds = process_time() - start
        return Cut(encode(np.asarray(cutout)), {"seconds": seconds})

    return run


class FixedMap:
    """A session that returns a map in the way of rembg's own session for U2-Net."""

    def __init__(self, map: NDArray[np.float32]) -> None:
        self.map = map

    def predict(self, photo: Image.Image, *_: Any, **__: Any) -> list[Image.Image]:
        mask = Image.fromarray((self.map * 255).astype(np.uint8))
        return [mask.resize(photo.size, Image.Resampling.LANCZOS)]


def true_colours() -> Run:
    """Estimate the colours under a true alpha (Germer et al. 2020, multi-level)."""

    def run(data: bytes, alpha: str) -> Cut:
        opacity = np.asarray(Image.open(alpha))
        colours = estimate_foreground_ml(decode(data) / 255, opacity / 255)
        return Cut(encode((colours * 255).round().astype(np.uint8)))

    return run
