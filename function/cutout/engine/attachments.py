"""Pictures that come with the options: a rough mask, one's own alpha, a backdrop."""

from dataclasses import dataclass

from PIL import Image, ImageChops

from cutout.contract import Options, Profile
from cutout.core.arrays import Alpha
from cutout.errors import CutoutError, InvalidDimensions

from . import codec


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
    if alpha and alpha.size not in (source, size):
        raise _misfit("alpha", alpha, source)
    if alpha and alpha.size != size:
        alpha = alpha.resize(size, Image.Resampling.BOX)
    mask = _opacity(_decoded("mask", options.mask, limits, None))
    if mask and not _has_shape(mask, source):
        raise _misfit("mask", mask, source)
    return Attachments(
        mask=mask,
        alpha=alpha,
        backdrop=_decoded("background picture", options.backdrop, limits, "srgb"),
    )


def _decoded(
    name: str, data: bytes, limits: tuple[int, int], profile: Profile | None
) -> Image.Image | None:
    if not data:
        return None
    try:
        return codec.decode(data, *limits, profile)[0]
    except CutoutError as error:
        raise type(error)(f"{name}: {error}") from error


def _has_shape(mask: Image.Image, photo: tuple[int, int]) -> bool:
    """To a pixel of a mask that was made smaller."""
    return (
        abs(mask.width - mask.height * photo[0] / photo[1]) <= 1
        or abs(mask.height - mask.width * photo[1] / photo[0]) <= 1
    )


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
