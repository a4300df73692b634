"""Pictures that come with the options: a rough mask, one's own alpha, a backdrop."""

from dataclasses import dataclass

from PIL import Image, ImageChops

from cutout.core.arrays import Alpha
from cutout.errors import CutoutError, InvalidDimensions
from cutout.options.record import Options, Picture, Profile, Reference

from . import codec

# A fifth nearer to the truth than bilinear. Its one negative lobe falls on what is beyond the next
# pixel: between opaque ones that adds to 255, and between others takes from 0, so that both are cut
# off and stay exact. Lanczos' second lobe makes opaque pixels near an edge less than that.
ENLARGING = Image.Resampling.BICUBIC


@dataclass(frozen=True)
class Attachments:
    mask: Image.Image | None  # L
    alpha: Alpha | None  # at the size that the photo is worked at
    backdrop: Image.Image | None


def read(
    options: Options, source: tuple[int, int], size: tuple[int, int], limits: tuple[int, int]
) -> Attachments:
    """source is the size of the photo as it came, and size the one it is worked at."""
    alpha = _opacity(_decoded("alpha", options.alpha, limits, None))
    if alpha and not (_has_shape(alpha, source) and _fits(alpha, source)):
        raise _misfit("alpha", alpha, source)
    mask = _opacity(_decoded("mask", options.mask, limits, None))
    if mask and not _has_shape(mask, source):
        raise _misfit("mask", mask, source)
    return Attachments(
        mask=mask,
        alpha=alpha and _resized(alpha, size),
        backdrop=_decoded("background picture", options.backdrop, limits, "srgb"),
    )


def _decoded(
    name: str, data: Picture, limits: tuple[int, int], profile: Profile | None
) -> Image.Image | None:
    if not data:
        return None
    if isinstance(data, Reference):
        raise TypeError(f"{name}: the engine reads pictures at hand, and this is a reference")
    try:
        return codec.decode(data, *limits, profile)[0]
    except CutoutError as error:
        raise type(error)(f"{name}: {error}") from error


def _has_shape(picture: Image.Image, photo: tuple[int, int]) -> bool:
    """To a pixel of either side, as one that was made smaller is rounded."""
    width, height = photo
    return abs(picture.width * height - picture.height * width) <= width + height


def _fits(picture: Image.Image, photo: tuple[int, int]) -> bool:
    return picture.width <= photo[0] and picture.height <= photo[1]


def _resized(alpha: Alpha, size: tuple[int, int]) -> Alpha:
    if alpha.size == size:
        return alpha
    is_larger = alpha.width >= size[0] and alpha.height >= size[1]
    return alpha.resize(size, Image.Resampling.BOX if is_larger else ENLARGING)


def _misfit(name: str, picture: Image.Image, photo: tuple[int, int]) -> InvalidDimensions:
    return InvalidDimensions(
        f"the {name} is {picture.width} x {picture.height}, and the photo {photo[0]} x {photo[1]}"
    )


def _opacity(picture: Image.Image | None) -> Image.Image | None:
    """Of a picture that is transparent somewhere, that; of another one, how bright it is."""
    if picture is None:
        return None
    alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
    if alpha and ImageChops.invert(alpha).getbbox():
        return alpha
    return picture.convert("L")
