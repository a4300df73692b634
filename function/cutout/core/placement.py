"""Placement: the scale and position of the subject in the result.

Three rectangles: the subject's box; the frame, which is the photo, its crop to the subject, or any
other part of it and of what would be around it; and the canvas, which is the result. Without a
canvas of its own the result is the frame.

* crop alone: the frame is cut out, and nothing moves in it.
* crop and scale: the subject becomes that share of the frame, margins and all, and stands in its
  middle: the margins decide the shape of the result, and the scale how much of it is free.
* crop and position: the subject moves within its margins.
* canvas and scale: the subject becomes that share of the canvas. Margins have no say.
* canvas alone: the subject keeps its size, or is made smaller to fit. With crop it takes its
  margins along.
"""

from dataclasses import dataclass
from math import ceil, floor

from PIL import Image

from .arrays import Rectangle
from .composite import clear
from .geometry import GAP, sides

# remove.bg: "50% of the subject dimensions or 500 pixels". Both hold here, so that neither a tiny
# subject nor a huge one gets lost in its margin.
MOST_SHARE, MOST_PX = 0.5, 500
CENTRE = (0.5, 0.5)

# Kernels with lobes brighten the subject along its edge, for colour overshoots where alpha is at
# its end: by up to 21 levels where Lanczos reduces a hard edge. Hamming has none, and keeps 93 % of
# Lanczos' contrast. An enlarged edge is soft enough for a cubic: 4 levels.
REDUCING, ENLARGING = Image.Resampling.HAMMING, Image.Resampling.BICUBIC
ROUNDING = 1e-6  # of a pixel: what floats lose is not worth another row


@dataclass(frozen=True)
class Placement:
    """Maps x, y of the photo to scale * x + left, scale * y + top of the canvas, in px."""

    canvas: tuple[int, int]  # width, height
    scale: float
    left: float
    top: float

    def __call__(self, box: Rectangle) -> Rectangle:
        """Return the smallest rectangle of whole canvas pixels around a box of the photo."""
        left, top, right, bottom = self._exactly(box)
        width, height = self.canvas
        return (
            min(max(floor(left + ROUNDING), 0), width),
            min(max(floor(top + ROUNDING), 0), height),
            min(max(ceil(right - ROUNDING), 0), width),
            min(max(ceil(bottom - ROUNDING), 0), height),
        )

    def lies_within(self, size: tuple[int, int]) -> bool:
        """Whether the whole canvas shows a photo of (width, height)."""
        left, top, right, bottom = self._exactly((0, 0, *size))
        return left <= 0 and top <= 0 and right >= self.canvas[0] and bottom >= self.canvas[1]

    def on(self, canvas: tuple[int, int]) -> "Placement":
        """Return the same placement on a canvas of another size and the same shape."""
        factor = canvas[0] / self.canvas[0]
        return Placement(canvas, self.scale * factor, self.left * factor, self.top * factor)

    def at(self, factor: float) -> "Placement":
        """Return the same placement for a photo and a canvas that are both scaled by a factor."""
        width, height = (max(1, round(side * factor)) for side in self.canvas)
        return Placement((width, height), self.scale, self.left * factor, self.top * factor)

    def _exactly(self, box: Rectangle) -> tuple[float, float, float, float]:
        left, top, right, bottom = (self.scale * value for value in box)
        return left + self.left, top + self.top, right + self.left, bottom + self.top


def crop_box(subject: Rectangle, margins: tuple[float, float, float, float]) -> Rectangle:
    """Return the subject's box with margins in px: top, right, bottom, left. It may reach beyond
    the photo."""
    left, top, right, bottom = subject
    above, to_right, below, to_left = (
        round(min(max(margin, 0), MOST_PX, MOST_SHARE * side))
        for margin, side in zip(margins, (bottom - top, right - left) * 2, strict=True)
    )
    return left - to_left, top - above, right + to_right, bottom + below


def place(
    subject: Rectangle,
    frame: Rectangle,
    *,
    is_crop: bool = False,
    canvas: tuple[int, int] | None = None,
    scale: float | None = None,
    position: tuple[float, float] | None = None,
) -> Placement:
    """Return the placement for a subject's box and a frame in px of the photo.

    `canvas` is a (width, height), `scale` the subject's share of the canvas, and `position` shares
    of the free space, where 0, 0 is the top left corner.
    """
    size = canvas or sides(frame)
    if scale is None and position is None and canvas is None:
        return Placement(size, 1, -frame[0], -frame[1])
    placed = frame if is_crop and canvas and scale is None else subject
    factor = _fit(placed, size)
    factor = min(1, factor) if scale is None else scale * factor
    return _position(placed, size, factor, position or CENTRE)


def move(picture: Image.Image, placement: Placement) -> Image.Image:
    """Return the picture on the canvas, transparent where an RGBA picture does not reach."""
    width, height = placement.canvas
    if placement.scale == 1:
        left, top = round(-placement.left), round(-placement.top)
        box = (left, top, left + width, top + height)
        return picture if box == (0, 0, *picture.size) else picture.crop(box)
    canvas = Image.new(picture.mode, placement.canvas)
    canvas.info = picture.info
    seen = picture.getbbox() if picture.mode == "RGBA" else (0, 0, *picture.size)
    target = placement(seen) if seen else (0, 0, 0, 0)
    if min(sides(target)) > 0:
        canvas.paste(_resize(picture, placement, target), target[:2])
    return canvas


def _fit(placed: Rectangle, canvas: tuple[int, int]) -> float:
    """Return the scale at which a rectangle just fits the canvas."""
    return min(side / max(own, 1) for own, side in zip(sides(placed), canvas, strict=True))


def _position(
    placed: Rectangle, canvas: tuple[int, int], factor: float, position: tuple[float, float]
) -> Placement:
    """Place a rectangle with its top left corner on a whole pixel, so that an unscaled photo keeps
    its pixels."""
    left, top = (
        _whole(share, side - factor * own) - factor * start
        for share, side, own, start in zip(position, canvas, sides(placed), placed[:2], strict=True)
    )
    return Placement(canvas, factor, left, top)


def _whole(share: float, free: float) -> int:
    """Return a share of the free space in whole pixels, none of them the subject's."""
    return min(round(share * free), floor(free + ROUNDING))


def _resize(picture: Image.Image, placement: Placement, target: Rectangle) -> Image.Image:
    """Return the part of the picture that shows in a rectangle of the canvas, at its size."""
    width, height = picture.size
    source = [
        min(max((value - offset) / placement.scale, 0), side)
        for value, offset, side in zip(
            target, (placement.left, placement.top) * 2, (width, height) * 2, strict=True
        )
    ]
    # Pillow would premultiply all of the picture, not just what is asked for.
    left, top = floor(source[0]), floor(source[1])
    part = picture.crop((left, top, ceil(source[2]), ceil(source[3])))
    kernel = REDUCING if placement.scale < 1 else ENLARGING
    box = (source[0] - left, source[1] - top, source[2] - left, source[3] - top)
    return clear(part.resize(sides(target), kernel, box, GAP))  # lobes leave colour at alpha 0
