"""Seamless blending: the subject takes on the light of its new background near its edge.

Pérez, Gangnet & Blake 2003 ("Poisson image editing"): the pasted subject keeps its gradients and
meets the new background along its boundary. The change is a membrane: outside the subject it is the
difference between the new background and the old one, and inside it solves Laplace's equation. Here
it also is 0 from a certain depth on, so that a face stays a face, and it is bounded, as 200 levels
lie between a white studio and a night.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from .arrays import Cutout, Mask, Rectangle
from .composite import strips
from .geometry import GAP, sides
from .morphology import erode_by_octagon

BAND = 0.05  # of the subject's longer side: how deep the light reaches
BAND_PX = 8  # at the size that is solved at; a membrane has nothing finer
FUZZ = 3  # of these px are lost to resizing there and back
SMOOTH = ImageFilter.GaussianBlur(BAND_PX / 2)  # light has no texture
STRENGTH, MOST = 0.6, 40  # share of the difference; largest change, in levels of 255
SWEEPS = 16  # of Jacobi at each size: within a level of 255 of the exact solution

KNOWN = [0] * 250 + [255] * 6  # a table for Image.point: background without the subject
LEAST_WEIGHT = 64  # of 255: with less background around, a colour is too coarse

Light = NDArray[np.float32]  # (H, W, 3), in levels of 255


def relight(cutout: Cutout, backdrop: Image.Image, old: Image.Image) -> None:
    """Relight a cutout for a backdrop of its size, in place.

    `old` is the photo's background with a hole for its subject, RGBA, of any size that shows the
    same canvas.
    """
    if subject := cutout.getbbox():
        band_px = max(1.0, BAND * max(subject[2] - subject[0], subject[3] - subject[1]))
        region = _expand(subject, round(2 * band_px), cutout.size)
        _add(cutout, region, _light(cutout, backdrop, old, region, band_px))


def membrane(values: Light, known: Mask) -> Light:
    """Solve Laplace's equation where pixels are not known, (H, W), and return (H, W, 3).

    By Jacobi iterations on a pyramid, from the coarsest size to this one.
    """
    height, width = known.shape
    if min(height, width) <= 2:
        rest = values[known].mean(0) if known.any() else 0
        return np.where(known[..., None], values, rest).astype(np.float32)
    coarse = membrane(*_reduce(values, known))
    start = coarse.repeat(2, 0).repeat(2, 1)[:height, :width]
    solution = np.where(known[..., None], values, start)
    for _ in range(SWEEPS):
        solution = np.where(known[..., None], values, _mean_of_neighbours(solution))
    return solution


def _light(
    cutout: Cutout, backdrop: Image.Image, old: Image.Image, region: Rectangle, band_px: float
) -> Light:
    """Return the change of the region's light, at a size where the band is BAND_PX wide."""
    shrink = min(1.0, BAND_PX / band_px)
    size = tuple(max(2, round(side * shrink)) for side in sides(region))
    alpha = _resize(cutout.getchannel("A"), size, region)
    new = _resize(backdrop, size, region).convert("RGBA")
    across, down = old.width / cutout.width, old.height / cutout.height
    left, top, right, bottom = region
    before = _resize(old, size, (left * across, top * down, right * across, bottom * down))

    ground = ImageChops.multiply(before.getchannel("A").point(KNOWN), new.getchannel("A"))
    new_light, weight = _weighted_blur(new, ground)
    old_light, _ = _weighted_blur(before, ground)
    change = STRENGTH * (new_light - old_light)
    is_ground = (np.asarray(ground) > 0) & (weight >= LEAST_WEIGHT)
    is_deep = erode_by_octagon(np.asarray(alpha) == 255, max(1, round(band_px * shrink) - FUZZ))
    values = np.where(is_ground[..., None], MOST * np.tanh(change / MOST), 0)
    return membrane(values.astype(np.float32), is_ground | is_deep)


def _weighted_blur(picture: Image.Image, weight: Image.Image) -> tuple[Light, NDArray[np.uint8]]:
    """Return the weighted blur of a picture, (H, W, 3), and the blurred weights, (H, W)."""
    weighted = picture.copy()
    weighted.putalpha(weight)
    soft = np.asarray(weighted.convert("RGBa").filter(SMOOTH).convert("RGBA"))
    return soft[..., :3].astype(np.float32), soft[..., 3]


def _reduce(values: Light, known: Mask) -> tuple[Light, Mask]:
    """Return half the size: means of the known ones of four pixels, and whether there are any."""
    odd = [(0, side % 2) for side in known.shape]
    weights: Light = np.pad(known, odd).astype(np.float32)[..., None]
    total = _sum_of_four(np.pad(values, [*odd, (0, 0)]) * weights)
    count = _sum_of_four(weights)
    return (total / np.maximum(count, 1)).astype(np.float32), count[..., 0] > 0


def _sum_of_four(values: Light) -> Light:
    rows = values[::2] + values[1::2]
    return rows[:, ::2] + rows[:, 1::2]


def _mean_of_neighbours(values: Light) -> Light:
    padded = np.pad(values, ((1, 1), (1, 1), (0, 0)), mode="edge")
    total = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    return total / np.float32(4)


def _add(cutout: Cutout, region: Rectangle, light: Light) -> None:
    brighter, darker = _positive(light), _positive(-light)
    left, top = region[:2]
    ratio = brighter.height / (region[3] - top)
    for _, upper, width, lower in strips(sides(region)):
        place = (left, top + upper, left + width, top + lower)
        box = (0, upper * ratio, brighter.width, lower * ratio)
        strip = cutout.crop(place)
        strip = ImageChops.add(strip, _resize(brighter, strip.size, box))
        cutout.paste(ImageChops.subtract(strip, _resize(darker, strip.size, box)), place)


def _positive(light: Light) -> Image.Image:
    """Return the positive part as RGBX. Its fourth channel is 0, so that adding keeps alpha."""
    height, width = light.shape[:2]
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[..., :3] = light.clip(0, 255) + 0.5
    return Image.frombytes("RGBX", (width, height), pixels.tobytes())


def _resize(
    picture: Image.Image, size: tuple[int, ...], box: tuple[float, float, float, float]
) -> Image.Image:
    return picture.resize((size[0], size[1]), Image.Resampling.BILINEAR, box, GAP)


def _expand(box: Rectangle, by: int, size: tuple[int, int]) -> Rectangle:
    left, top, right, bottom = box
    return max(0, left - by), max(0, top - by), min(size[0], right + by), min(size[1], bottom + by)
