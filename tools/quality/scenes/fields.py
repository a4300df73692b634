"""Generator B: alphas from fields, distances and convolutions.

It shares no drawing with generator A, only the frame and the way a photo is composed.
"""

from collections.abc import Callable, Iterator

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.signal import oaconvolve

from .background import Photograph, texture
from .frame import Field, Frame, joined
from .particles import tracks
from .scene import KINDS, RGB8, Scene, Soft, composed, levels, size

LENS_PX = 0.5  # sigma of an edge's blur, besides the pixel's own width
ROOT_PX = 1.5  # from the skin outward, so that no seam shows between it and its hair
SHAKE = 26  # units that a moving subject travels while exposed
DEFOCUS = 7  # units: the radius of a blurred point


Draw = Callable[[Frame, np.random.Generator], Soft]


def scenes(megapixels: float) -> Iterator[Scene]:
    """Yield a scene of each kind."""
    frame = Frame.of_size(megapixels)
    for index, kind in enumerate(KINDS):
        rng = np.random.default_rng(100 + index)
        draw, made_of, behind = SUBJECTS[kind]
        alpha = gaussian_filter(draw(frame, rng), LENS_PX)
        foreground = texture(made_of, size(megapixels), rng)
        if kind == "motion":
            foreground = _smeared(foreground, _path(frame))
        background = texture(behind, size(megapixels), rng)
        yield composed(kind, f"B, {megapixels:g} MP", alpha, foreground, background)


def hair(frame: Frame, rng: np.random.Generator) -> Soft:
    """Draw the tracks of particles that leave a head and are carried down and about."""
    head, shoulders = frame.disc(240, 150, 66, 84), frame.disc(240, 372, 150, 110)
    turn = rng.uniform(-3.5, 0.4, 1600)
    share = rng.uniform(0.86, 1.0, 1600)
    roots = np.stack([150 + 84 * share * np.sin(turn), 240 + 66 * share * np.cos(turn)])
    outward = roots - np.array([[150], [240]])
    outward /= np.linalg.norm(outward, axis=0)
    strands = tracks(frame, roots, outward, rng.uniform(30, 150, 1600), rng)
    return joined(frame.inside(np.minimum(head, shoulders)), strands)


def fur(frame: Frame, rng: np.random.Generator) -> Soft:
    """Draw a ball of fur: noise around it, cut off lower farther out."""
    x, y = frame.x - 240, frame.y - 188
    turn, reach = np.arctan2(y, x), np.hypot(x, y)
    outline = 112 + 14 * np.sin(2 * turn + 1) + 9 * np.sin(3 * turn) + 5 * np.sin(7 * turn)
    out = reach - outline
    bare = 1 - frame.inside(out - ROOT_PX / frame.scale)
    for length, bend in ((12, 0.004), (18, -0.006), (26, 0.003)):
        bare *= 1 - _tufts(frame, turn + bend * out, out / length, rng)
    return 1 - bare


def _tufts(frame: Frame, turn: Field, height: Field, rng: np.random.Generator) -> Soft:
    """Return tufts. `height` is 0 at the skin and 1 where the longest hairs end."""
    count = round(2 * np.pi * 112 * frame.scale / (1.6 * frame.strand_px))
    noise = rng.uniform(0, 1, count + 1).astype(np.float32)
    noise[-1] = noise[0]
    place = (turn / (2 * np.pi)) % 1 * count
    long = np.interp(place, np.arange(count + 1), noise).astype(np.float32)
    opacity: Soft = ((long - height) * frame.strand_px).clip(0, 1) * (height > 0)
    return opacity


def mesh(frame: Frame, rng: np.random.Generator) -> Soft:
    """Draw lemons in a net."""
    bag = frame.disc(240, 214, 120, 116)
    x, y = frame.x - 240, frame.y - 200
    wide = 1 + 0.15 * np.cos(y / 60)
    one = (x * wide + y + 5 * np.sin(y / 23)) / 15
    other = (x * wide - y + 5 * np.sin(x / 31)) / 15
    thread = np.minimum(np.abs(one % 1 - 0.5), np.abs(other % 1 - 0.5)) * 15 / 1.4 - 0.55
    net = frame.inside(np.maximum(thread, bag))
    rim = frame.inside(np.abs(bag) - 1.6)
    lemons = np.minimum(frame.disc(205, 262, 46, 40), frame.disc(268, 270, 42, 46))
    knot = np.minimum(frame.slab(240, 92, 16, 14, 5), frame.rod((240, 80), (262, 30), 2.2))
    return joined(net, rim, frame.inside(np.minimum(lemons, knot)))


def glass(frame: Frame, rng: np.random.Generator) -> Soft:
    """Draw a bottle, less clear towards its sides, with a label, a lid and a bubble beside it."""
    body, neck = frame.slab(210, 232, 62, 104, 26), frame.slab(210, 100, 20, 62, 6)
    bottle = np.minimum(body, neck)
    rim = 0.2 + 0.62 * np.exp(np.minimum(bottle, 0) / 6)
    gleam = 0.4 * np.exp(-(((frame.x - 172) / 5) ** 2)) * np.exp(-(((frame.y - 230) / 70) ** 2))
    label = np.minimum(frame.slab(210, 252, 62, 38, 2), frame.slab(210, 42, 24, 12, 4))
    bubble = frame.disc(356, 200, 52, 52)
    shell = 0.1 + 0.5 * np.exp(np.minimum(bubble, 0) / 9)
    return joined(frame.inside(bottle) * (rim + gleam).clip(0, 1), frame.inside(label),
                   frame.inside(bubble) * shell)  # fmt: skip


def motion(frame: Frame, rng: np.random.Generator) -> Soft:
    """Draw a hammer that swings while exposed, and a ball that is out of focus."""
    hammer = np.minimum(frame.rod((170, 320), (290, 150), 11), frame.slab(300, 130, 62, 25, 6))
    far = frame.disc(110, 110, 52, 52)
    radius = round(DEFOCUS * frame.scale)
    disc = np.hypot(*np.mgrid[-radius : radius + 1, -radius : radius + 1]) <= radius
    return joined(_convolved(frame.inside(hammer), _path(frame)),
                   _convolved(frame.inside(far), disc.astype(np.float32)))  # fmt: skip


def _path(frame: Frame) -> Soft:
    """Return the kernel of a movement along an arc that is slower at one end."""
    time = np.linspace(0, 1, round(SHAKE * frame.scale * 4)) ** 1.5
    places = np.stack([6 * np.sin(2.2 * time), SHAKE * time]) * frame.scale
    corner = places.round().astype(int)
    kernel = np.zeros(corner.max(1) + 1, np.float32)
    np.add.at(kernel, tuple(corner), 1)
    soft: Soft = gaussian_filter(kernel, LENS_PX)
    return soft


def _convolved(values: Soft, kernel: Soft) -> Soft:
    return np.asarray(oaconvolve(values, kernel / kernel.sum(), "same"), np.float32).clip(0, 1)


def _smeared(colours: RGB8, kernel: Soft) -> RGB8:
    for channel in range(3):
        values = colours[..., channel] / np.float32(255)
        colours[..., channel] = levels(_convolved(values, kernel) * 255)
    return colours


def straps(frame: Frame, rng: np.random.Generator) -> Soft:
    """Draw a kite with its tail and strings."""
    x, y = frame.x, frame.y
    kite = (np.abs(x - 250) / 92 + np.abs(y - 130) / 96 - 1) * 66
    tail = _along_x(x - 250 - 26 * np.sin((y - 226) / 22), 26 / 22 * np.cos((y - 226) / 22), 1.5)
    tail = np.maximum(tail, np.abs(y - 292) - 66)
    one = _along_x(y - 130 - 0.004 * (x - 158) ** 2, 0.008 * (x - 158), 0.7)
    one = np.maximum(one, x - 160)
    two = np.maximum(_along_x(y - 350 + 0.9 * (x - 100), 0.9, 1.1), x - 250)
    loops = [np.abs(frame.disc(390, 240, 44, 74)) - 2.2, np.abs(frame.disc(400, 250, 26, 40)) - 1.2]
    solid = frame.slab(395, 318, 40, 24, 8)
    parts = [kite, tail, two, one, *loops, solid]
    return joined(*(frame.inside(part) for part in parts))


def _along_x(offset: Field, slope: Field | float, half_width: float) -> Field:
    """Return the distance from a curve, by the offset along an axis and the slope."""
    across: Field = np.abs(offset) / np.hypot(1, slope)
    return across - half_width


def letters(frame: Frame, rng: np.random.Generator) -> Soft:
    """Draw a waving word, a stencil and a ring."""
    word = frame.glyphs("Quagga", 96, (240, 88))
    small = frame.glyphs("90% of 8 beds", 30, (130, 176))
    wave = 3 * frame.scale * np.sin(frame.x / 40)
    rows = np.arange(frame.shape[0], dtype=np.float32)[:, None] + wave
    columns = np.broadcast_to(np.arange(frame.shape[1], dtype=np.float32)[None], frame.shape)
    waving = map_coordinates(np.maximum(word, small), (rows, columns), order=1)
    plate = frame.inside(frame.slab(160, 272, 130, 62, 12))
    stencil = plate * (1 - frame.glyphs("BRAD", 84, (160, 272)))
    return joined(waving, stencil, frame.inside(np.abs(frame.disc(390, 250, 60, 66)) - 8))


RETINA = Photograph("retina.jpg", (0.3, 0.3, 0.7, 0.65), gain=(0.75, 0.8, 0.8))
TISSUE = Photograph("ihc.png", (0, 0, 0.6, 0.5))
WOOL = Photograph("ihc.png", (0.4, 0.5, 1, 1), gain=(0.9, 0.85, 0.6), lift=(20, 10, 0))
ENGINE = Photograph("motorcycle_right.png", (0.2, 0.2, 0.8, 0.9))
SHELVES = Photograph("motorcycle_left.png", (0.4, 0, 1, 0.5))
GRASS = Photograph("grass.png", (0, 0, 0.5, 0.5), gain=(0.55, 0.8, 0.4), lift=(10, 20, 0))
FIELD = Photograph("camera.png", (0, 0.4, 1, 1), gain=(0.8, 0.9, 1), lift=(20, 20, 24))
STARS = Photograph("hubble_deep_field.jpg", lift=(30, 34, 60))

# By kind: the alpha, the photograph that the subject is made of, and the background.
SUBJECTS: dict[str, tuple[Draw, Photograph, Photograph]] = {
    "hair": (hair, RETINA, SHELVES),
    "fur": (fur, WOOL, GRASS),
    "mesh": (mesh, RETINA, FIELD),
    "glass": (glass, TISSUE, SHELVES),
    "motion": (motion, TISSUE, GRASS),
    "straps": (straps, ENGINE, FIELD),
    "letters": (letters, WOOL, STARS),
}
