"""Pictures that come with the options: a rough mask, one's own alpha, a backdrop."""

from dataclasses import dataclass

from PIL import Image

from cutout.contract import Options
from cutout.core.arrays import Alpha
from cutout.errors import CutoutError, InvalidDimensions

from . import codec


@dataclass(frozen=True)
class Given:
    mask: Image.Image | None  # L
    alpha: Alpha | None  # at the size that the photo is worked at
    backdrop: Image.Image | None


def read(
    options: Options, source: tuple[int, int], size: tuple[int, int], limits: tuple[int, int]
) -> Given:
    """source is the size of the photo as it came, and size the one it is worked at."""
    alpha = _opacity(_decoded("alpha", options.alpha, limits))
    if alpha and alpha.size != source:
        raise InvalidDimensions(
            f"the alpha is {alpha.width} x {alpha.height}, and the photo {source[0]} x {source[1]}"
        )
    if alpha and alpha.size != size:
        alpha = alpha.resize(size, Image.Resampling.BOX)
    return Given(
        mask=_opacity(_decoded("mask", options.mask, limits)),
        alpha=alpha,
        backdrop=_decoded("backdrop", options.backdrop, limits),
    )


def _decoded(name: str, data: bytes, limits: tuple[int, int]) -> Image.Image | None:
    if not data:
        return None
    try:
        return codec.decode(data, *limits)[0]
    except CutoutError as error:
        raise type(error)(f"{name}: {error}") from error


def _opacity(picture: Image.Image | None) -> Image.Image | None:
    """Of a picture with transparency, that; of another one, how bright it is."""
    if picture is None or picture.mode == "L":
        return picture
    return picture.getchannel("A") if picture.mode == "RGBA" else picture.convert("L")
