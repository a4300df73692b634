"""Composes the result: the cutout at its size and place, before its background."""

from PIL import Image, ImageChops

from cutout.codec import colour
from cutout.core import backdrop, composite, geometry, placement, seamless, shadow
from cutout.core.arrays import Alpha, Photo, Rectangle
from cutout.core.placement import Placement
from cutout.errors import InvalidFrame, UnknownForeground
from cutout.options.colour import parse_colour
from cutout.options.record import Options
from cutout.picture import Size

WHITE = (255, 255, 255, 255)
OPAQUE_FORMATS = ("jpg",)
MOST_FRAME = 10  # times the photo's sides
OLD_GROUND_PX = 1024  # the longer side at which its light is compared with a backdrop's


def compose(
    photo: Photo, alpha: Alpha, behind: Image.Image | None, place: Placement, options: Options
) -> Image.Image:
    """Return the result, RGBA, RGB or L. `behind` is a picture for the background.

    Changes the photo in place. Raises InvalidColour.
    """
    is_alpha = options.channels == "alpha"  # without a background
    ground = None if is_alpha else _ground(photo, alpha, behind, place, options)
    if is_alpha:
        return placement.move(composite.cutout(photo, alpha), place).getchannel("A")
    old = _old_ground(photo, alpha, place) if options.blend == "seamless" else None
    whole = photo.copy() if options.format == "zip" else None
    cutout = placement.move(composite.cutout(photo, alpha), place)
    if old and isinstance(ground, Image.Image):
        seamless.relight(cutout, ground, old)
    if options.shadow and (box := geometry.subject_box(cutout.getchannel("A"))):
        cutout = shadow.drop(cutout, box, options.shadow)
    if ground:
        cutout = composite.clear(composite.over(cutout, ground))
    if whole:  # a file of colours alone has those of the photo, as JPEG blurs the edge between
        cutout = composite.fill(cutout, placement.move(whole, place))
    return _opaque(cutout) if options.format in OPAQUE_FORMATS else cutout


def _opaque(picture: Image.Image) -> Image.Image:
    """Return the picture as RGB, on white where it is transparent."""
    transparent = ImageChops.invert(picture.getchannel("A")).getbbox()
    return (composite.over(picture, WHITE) if transparent else picture).convert("RGB")


def find_frame(
    options: Options, source: tuple[int, int], size: tuple[int, int], max_pixels: int
) -> Rectangle:
    """Return what the result shows before it is cropped, in px of a photo of (width, height).

    `source` is the photo's size as uploaded, which the options refer to. Raises InvalidFrame.
    """
    if not options.frame:
        return 0, 0, *size
    left, top, right, bottom = options.frame.px(*source)
    if not all(
        0 < own < MOST_FRAME * side + 0.5
        for own, side in zip((right - left, bottom - top), source, strict=True)
    ):
        raise InvalidFrame(f"its sides are not within {MOST_FRAME} times those of the picture")
    across, down = size[0] / source[0], size[1] / source[1]
    x, y = round(left * across), round(top * down)
    width, height = round((right - left) * across), round((bottom - top) * down)
    if not (max(-x, 0) < width and x < size[0] and max(-y, 0) < height and y < size[1]):
        raise InvalidFrame(f"nothing of the picture, which is {source[0]} x {source[1]}, is in it")
    shown = Size(width, height).at_most(options.max_pixels)
    if shown.width * shown.height > max_pixels:
        raise InvalidFrame(f"{width} x {height} is not 1 to {max_pixels:,} pixels")
    return x, y, x + width, y + height


def find_place(subject: Rectangle | None, frame: Rectangle, options: Options) -> Placement:
    """Return where the photo goes on the canvas. `subject` is None where nothing is visible.

    Raises UnknownForeground if the options need a subject to crop or place.
    """
    moves = options.crop or options.canvas or options.scale or options.position
    if moves and not subject:
        raise UnknownForeground("nothing is left that could be cropped or placed")
    subject = subject or frame
    canvas = (options.canvas.width, options.canvas.height) if options.canvas else None
    place = placement.place(
        subject,
        _crop(subject, options) if options.crop else frame,
        is_crop=options.crop,
        canvas=canvas,
        scale=options.scale,
        position=options.position,
    )
    return place if options.canvas else _limit(place, options.max_pixels)


def _limit(place: Placement, max_pixels: int) -> Placement:
    """Limit the canvas, which margins may make larger than the photo."""
    size = Size(*place.canvas)
    small = size.at_most(max_pixels)
    return place if small == size else place.on((small.width, small.height))


def _crop(subject: Rectangle, options: Options) -> Rectangle:
    left, top, right, bottom = subject
    width, height = right - left, bottom - top
    margin = options.margin
    if margin is None:
        return subject
    return placement.crop_box(
        subject,
        (
            margin.top.px(height),
            margin.right.px(width),
            margin.bottom.px(height),
            margin.left.px(width),
        ),
    )


def _ground(
    photo: Photo, alpha: Alpha, behind: Image.Image | None, place: Placement, options: Options
) -> tuple[int, int, int, int] | Image.Image | None:
    """Return a colour, a picture of the canvas' size, or None for a transparent background."""
    if behind:
        return backdrop.cover(behind, place.canvas)
    if options.blur:
        blurred = backdrop.blurred(photo, alpha, options.blur * max(photo.size))
        if place.lies_within(photo.size):
            return placement.move(blurred, place)
        return backdrop.cover(blurred, place.canvas)
    if not options.background:
        return None
    red, green, blue, opacity = parse_colour(options.background)
    return *colour.from_srgb((red, green, blue), photo.info), opacity


def _old_ground(photo: Photo, alpha: Alpha, place: Placement) -> Image.Image:
    factor = -(-max(photo.size) // OLD_GROUND_PX)
    old = backdrop.without_subject(photo, alpha, factor)
    return placement.move(old, place.at(1 / factor))
