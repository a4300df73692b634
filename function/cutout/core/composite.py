"""Compositing of a photo, its alpha and a background."""

from collections.abc import Iterator

from PIL import Image

from .arrays import Alpha, Cutout, Photo, Rectangle

INVISIBLE = [255] + [0] * 255  # a table for Image.point: where alpha is 0
STRIP = 256  # rows; Pillow's own rows of 4,000 px then fit into a processor's cache


def cutout(photo: Photo, alpha: Alpha) -> Cutout:
    """Return RGBA with straight colours, 0 where alpha is 0. Changes the photo in place."""
    photo.putalpha(alpha)
    _clear(photo, alpha)
    return photo


def clear(picture: Image.Image) -> Image.Image:
    """Set colours to 0 where alpha is 0, in place. A picture without alpha stays as it is."""
    if picture.mode == "RGBA":
        _clear(picture, picture.getchannel("A"))
    return picture


def _clear(picture: Cutout, alpha: Alpha) -> None:
    picture.paste((0, 0, 0, 0), mask=alpha.point(INVISIBLE, "1"))  # 14 x as fast as with "L"


def fill(picture: Cutout, colours: Photo) -> Cutout:
    """Set the colours where alpha is 0 to those of a picture of the same size. Changes both in
    place."""
    hidden = picture.getchannel("A").point(INVISIBLE, "1")
    colours.putalpha(0)
    picture.paste(colours, mask=hidden)
    return picture


def over(cutout: Cutout, background: tuple[int, int, int, int] | Image.Image) -> Cutout:
    """Composite over a colour, 0..255 each, or a picture of the same size (Porter & Duff 1984).

    On gamma-encoded values, as in browsers and image editors. Changes the cutout in place.
    """
    for strip in strips(cutout.size):
        subject = cutout.crop(strip)
        if isinstance(background, tuple):
            under = Image.new("RGBA", subject.size, background)
        else:
            under = background.crop(strip).convert("RGBA")
        cutout.paste(Image.alpha_composite(under, subject), strip)
    return cutout


def strips(size: tuple[int, int]) -> Iterator[Rectangle]:
    """Yield rectangles of STRIP rows, to process a picture without a second one of its size."""
    width, height = size
    for top in range(0, height, STRIP):
        yield 0, top, width, min(top + STRIP, height)
