"""Decodes the pictures among the options: a rough mask, a finished alpha and a backdrop."""

from dataclasses import dataclass

from PIL import Image, ImageChops

from cutout import codec
from cutout.core.arrays import Alpha
from cutout.errors import CutoutError, InvalidDimensions
from cutout.options.record import Frames, Options, Profile
from cutout.options.values import Picture, Reference

# A fifth nearer to the truth than bilinear. Its one negative lobe falls on what is beyond the next
# pixel: between opaque ones that adds to 255, and between others takes from 0, so that both are cut
# off and stay exact. Lanczos' second lobe makes opaque pixels near an edge less than that.
ENLARGING = Image.Resampling.BICUBIC


@dataclass(frozen=True)
class Attachments:
    mask: Image.Image | None  # L
    alpha: Alpha | None  # at the size at which the photo is processed
    backdrop: Image.Image | None


def read(
    options: Options, source: tuple[int, int], size: tuple[int, int], limits: tuple[int, int]
) -> Attachments:
    """Decode the options' pictures and check their shapes against the photo's.

    `source` is the (width, height) of the photo as uploaded, upright, `size` that of the photo as
    processed, and `limits` are the most bytes and pixels of a picture. Raises InvalidDimensions, or
    the errors of codec.decode, each with the picture's name in front.
    """
    alpha = _to_alpha(_decode("alpha", options.alpha, limits, None, options.frames))
    if alpha and not (_is_similar(alpha, source) and _is_within(alpha, source)):
        raise _mismatch("alpha", alpha, source)
    mask = _to_alpha(_decode("mask", options.mask, limits, None, options.frames))
    if mask and not _is_similar(mask, source):
        raise _mismatch("mask", mask, source)
    return Attachments(
        mask=mask,
        alpha=alpha and _resize(alpha, size),
        backdrop=_decode("background picture", options.backdrop, limits, "srgb", options.frames),
    )


def _decode(
    name: str, data: Picture, limits: tuple[int, int], profile: Profile | None, frames: Frames
) -> Image.Image | None:
    if not data:
        return None
    if isinstance(data, Reference):
        raise TypeError(f"{name}: the engine reads pictures at hand, and this is a reference")
    try:
        return codec.decode(data, *limits, profile, frames=frames)[0]
    except CutoutError as error:
        raise type(error)(f"{name}: {error}") from error


def _is_similar(picture: Image.Image, photo: tuple[int, int]) -> bool:
    """Whether both have the same shape, but for a pixel by which smaller ones are rounded."""
    width, height = photo
    return abs(picture.width * height - picture.height * width) <= width + height


def _is_within(picture: Image.Image, photo: tuple[int, int]) -> bool:
    return picture.width <= photo[0] and picture.height <= photo[1]


def _resize(alpha: Alpha, size: tuple[int, int]) -> Alpha:
    if alpha.size == size:
        return alpha
    is_larger = alpha.width >= size[0] and alpha.height >= size[1]
    return alpha.resize(size, Image.Resampling.BOX if is_larger else ENLARGING)


def _mismatch(name: str, picture: Image.Image, photo: tuple[int, int]) -> InvalidDimensions:
    return InvalidDimensions(
        f"the {name} is {picture.width} x {picture.height}, and the photo {photo[0]} x {photo[1]}"
    )


def _to_alpha(picture: Image.Image | None) -> Image.Image | None:
    """Return the alpha channel of a picture that is transparent somewhere, and the brightness of
    another one."""
    if picture is None:
        return None
    alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
    if alpha and ImageChops.invert(alpha).getbbox():
        return alpha
    return picture.convert("L")
