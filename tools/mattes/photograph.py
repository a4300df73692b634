"""Textures of real things: parts of photographs, with detail added where enlarging left none."""

from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO

import numpy as np
from PIL import Image

from .scene import RGB8, Soft, levels, strips

# Standard deviations in levels of what is added at each size in px: a sensor's grain, and what is
# smaller than anything that the enlarged photograph shows.
DETAIL = {1: 2.5, 2: 2.5, 4: 3.0, 8: 3.0}


@dataclass(frozen=True)
class Photograph:
    name: str  # of a file inside scikit-image's wheel
    box: tuple[float, float, float, float] = (0, 0, 1, 1)  # shares: left, top, right, bottom
    gain: tuple[float, float, float] = (1, 1, 1)  # of red, green and blue
    lift: tuple[float, float, float] = (0, 0, 0)  # levels added after it


def texture(photograph: Photograph, size: tuple[int, int], rng: np.random.Generator) -> RGB8:
    """At (width, height), whatever the aspect."""
    # As a file: skimage.data's own functions turn to the network for what is not there.
    content = files("skimage.data").joinpath(photograph.name).read_bytes()
    image = Image.open(BytesIO(content)).convert("RGB")
    left, top, right, bottom = photograph.box
    box = (left * image.width, top * image.height, right * image.width, bottom * image.height)
    large = np.asarray(image.resize(size, Image.Resampling.BICUBIC, box))
    gain = np.array(photograph.gain, np.float32)
    lift = np.array(photograph.lift, np.float32)
    detail = _detail(size, rng)
    result = np.empty_like(large)
    for rows in strips(size[1]):
        result[rows] = levels(large[rows] * gain + lift + detail[rows, :, None])
    return result


def _detail(size: tuple[int, int], rng: np.random.Generator) -> Soft:
    """Grey, for most of a demosaiced sensor's noise is in lightness."""
    total = np.zeros(size[::-1], np.float32)
    for grain_px, deviation in DETAIL.items():
        coarse = (size[1] // grain_px + 2, size[0] // grain_px + 2)
        noise = Image.fromarray(deviation * rng.standard_normal(coarse, np.float32))
        total += np.asarray(noise.resize(size, Image.Resampling.BICUBIC) if grain_px > 1
                            else noise.crop((0, 0, *size)))  # fmt: skip
    return total
