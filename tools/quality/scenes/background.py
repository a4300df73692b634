"""Backgrounds: RGB arrays for a size of (width, height)."""

from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from scipy.ndimage import gaussian_filter

from .pen import Colour
from .scene import RGB, RGB8, Soft, levels

Size = tuple[int, int]

# Standard deviations in levels of what is added to an enlarged photograph at each size in px: the
# grain of a sensor, and details smaller than any that the photograph shows.
DETAIL = {1: 2.5, 2: 2.5, 4: 3.0, 8: 3.0}


def gradient(size: Size, top: Colour, bottom: Colour) -> RGB:
    width, height = size
    share = np.linspace(0, 1, height)[:, None, None]
    column = np.asarray(top) * (1 - share) + np.asarray(bottom) * share
    return np.repeat(column, width, 1).astype(np.float32)


def bokeh(size: Size, colour: Colour, rng: np.random.Generator) -> RGB:
    """Draw lights out of focus."""
    image = Image.fromarray(gradient(size, colour, (20, 22, 30)).astype(np.uint8))
    for _ in range(34):
        disc = Image.new("L", size, 0)
        x, y, r = rng.uniform(0, size[0]), rng.uniform(0, size[1]), rng.uniform(9, 26)
        ImageDraw.Draw(disc).ellipse((x - r, y - r, x + r, y + r), fill=int(rng.uniform(40, 130)))
        light = (255, int(rng.uniform(150, 235)), int(rng.uniform(70, 200)))
        image.paste(light, mask=disc)
    return _blurred(image, 4)


def noise(size: Size, rng: np.random.Generator, grain_px: float) -> RGB:
    """Return a grey texture of mean 0 and deviation 1."""
    values = gaussian_filter(rng.standard_normal(size[::-1], np.float32), grain_px)
    values = (values - values.mean()) / values.std()
    return np.repeat(values[..., None], 3, 2).astype(np.float32)


def textured(size: Size, colour: Colour, rng: np.random.Generator) -> RGB:
    """Return plaster or paper: fine and coarse unevenness of one colour."""
    uneven = 5 * noise(size, rng, 1) + 7 * noise(size, rng, 25)
    return (uneven + np.array(colour, np.float32)).astype(np.float32)


def room(size: Size, wall: Colour, rng: np.random.Generator) -> RGB:
    """Draw a wall with a window and a shelf of books, a little out of focus."""
    width, height = size
    image = Image.fromarray(gradient(size, wall, tuple(c - 35 for c in wall)).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    pane = (-5, height * 0.08, width * 0.26, height * 0.5)
    draw.rectangle(pane, (226, 234, 240), (250, 250, 250), 6)
    draw.line((width * 0.12, height * 0.08, width * 0.12, height * 0.5), (250, 250, 250), 5)
    for x in np.arange(width * 0.72, width, 9):
        tall = height * rng.uniform(0.1, 0.16)
        book = tuple(int(c) for c in rng.uniform(60, 190, 3))
        draw.rectangle((x, height * 0.3 - tall, x + 7, height * 0.3), book)
    draw.rectangle((width * 0.7, height * 0.3, width, height * 0.32), (110, 80, 55))
    draw.rectangle((0, height * 0.82, width, height * 0.85), (235, 232, 225))
    draw.rectangle((0, height * 0.85, width, height), (134, 104, 78))
    return _blurred(image, 2.5)


def table(size: Size, wall: Colour, wood: Colour, edge: float, rng: np.random.Generator) -> RGB:
    """Draw a table top below `edge`, in px from the top."""
    wall_part = gradient(size, tuple(c + 12 for c in wall), tuple(c - 18 for c in wall))
    streaks = gaussian_filter(rng.standard_normal(size[::-1], np.float32), (0.8, 30))
    wood_part = np.asarray(wood) + 8 * (streaks / streaks.std())[..., None]
    below = np.arange(size[1])[:, None, None] >= edge
    return _softened(np.where(below, wood_part, wall_part), (1.5, 1.5, 0))


def shaded(background: RGB, x: float, y: float, rx: float, ry: float) -> RGB:
    """Add a soft shadow, which belongs to the background and not to the subject."""
    rows, columns = np.mgrid[: background.shape[0], : background.shape[1]]
    distance = ((columns - x) / rx) ** 2 + ((rows - y) / ry) ** 2
    return np.asarray(background * (1 - 0.55 * np.exp(-distance))[..., None], np.float32)


def clutter(size: Size, rng: np.random.Generator) -> RGB:
    """Draw boxes and balls of many colours."""
    image = Image.new("RGB", size, (120, 116, 108))
    draw = ImageDraw.Draw(image)
    for index in range(70):
        x, y = rng.uniform(-20, size[0]), rng.uniform(-20, size[1])
        w, h = rng.uniform(20, 80, 2)
        colour = tuple(int(c) for c in rng.uniform(50, 190, 3))
        (draw.ellipse if index % 3 == 0 else draw.rectangle)((x, y, x + w, y + h), colour)
    return _blurred(image, 3)


def meadow(size: Size, horizon: float) -> RGB:
    """Draw grass under a sky."""
    grass = 0.35 * photograph(size, "grass.png", 1) + np.array((52, 84, 26), np.float32)
    sky = gradient(size, (120, 170, 225), (214, 228, 240))
    below = np.arange(size[1])[:, None, None] >= horizon
    return _softened(np.where(below, grass, sky), (3, 1, 0))


def photograph(size: Size, name: str, blur_px: float) -> RGB:
    """Cut the middle out of a photograph that comes with scikit-image."""
    image = _open(name)
    scale = max(size[0] / image.width, size[1] / image.height)
    large = image.resize((round(image.width * scale), round(image.height * scale)))
    left, top = (large.width - size[0]) // 2, (large.height - size[1]) // 2
    return _blurred(large.crop((left, top, left + size[0], top + size[1])), blur_px)


def _softened(values: NDArray[np.floating], sigma: tuple[float, float, float]) -> RGB:
    return np.asarray(gaussian_filter(values.astype(np.float32), sigma))


def _blurred(image: Image.Image, blur_px: float) -> RGB:
    return np.asarray(image.filter(ImageFilter.GaussianBlur(blur_px)), np.float32)


@dataclass(frozen=True)
class Photograph:
    """A part of a photograph that comes with scikit-image, with other colours."""

    name: str
    box: tuple[float, float, float, float] = (0, 0, 1, 1)  # shares: left, top, right, bottom
    gain: tuple[float, float, float] = (1, 1, 1)  # of red, green and blue
    lift: tuple[float, float, float] = (0, 0, 0)  # levels added after the gain


def texture(photograph: Photograph, size: Size, rng: np.random.Generator) -> RGB8:
    """Stretch a part of a photograph to a size, and add the detail that enlarging lacks."""
    image = _open(photograph.name)
    left, top, right, bottom = photograph.box
    box = (left * image.width, top * image.height, right * image.width, bottom * image.height)
    large = np.asarray(image.resize(size, Image.Resampling.BICUBIC, box))
    gain, lift = np.array((photograph.gain, photograph.lift), np.float32)
    return levels(large * gain + lift + _detail(size, rng)[..., None])


def _detail(size: Size, rng: np.random.Generator) -> Soft:
    """Return grey noise, because most noise of a demosaiced sensor is in lightness."""
    total = np.zeros(size[::-1], np.float32)
    for grain_px, deviation in DETAIL.items():
        coarse = (size[1] // grain_px + 2, size[0] // grain_px + 2)
        noise = Image.fromarray(deviation * rng.standard_normal(coarse, np.float32))
        total += np.asarray(noise.resize(size, Image.Resampling.BICUBIC) if grain_px > 1
                            else noise.crop((0, 0, *size)))  # fmt: skip
    return total


def _open(name: str) -> Image.Image:
    # As a file: the functions of skimage.data ask the network for a photograph that is missing.
    content = files("skimage.data").joinpath(name).read_bytes()
    return Image.open(BytesIO(content)).convert("RGB")
