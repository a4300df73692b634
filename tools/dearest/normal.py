"""Makes the normal photos that the search compares with: 50 MP, as ordinary encoders write them."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pillow_heif
from PIL import Image

from tools.sections import BUILD
from tools.speed.photos import Photo, in_a_room, make

from .attack import MOST_BYTES

MEGAPIXELS = 50
PROGRESSIVE = "JPEG, progressive"


def photos(folder: Path = BUILD / "dearest") -> dict[str, bytes]:
    """Return a photo of each kind of file, made in the folder if it is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    return {kind: _stored(folder / kind.replace(", ", "-"), write) for kind, write in WAYS.items()}


def _stored(path: Path, write: Callable[[], bytes]) -> bytes:
    if not path.exists():
        part = path.with_suffix(".part")
        part.write_bytes(write())
        part.replace(path)
    return path.read_bytes()


def _grainy() -> Image.Image:
    with Image.open(make(Photo(MEGAPIXELS))) as image:
        return image.convert("RGB")


def _plain() -> Image.Image:
    """Return a photo that fits into the bytes allowed without loss."""
    with Image.open(BytesIO(in_a_room(MEGAPIXELS))) as image:
        return image.convert("RGB")


def _as(kind: str, image: Callable[[], Image.Image], **options: object) -> Callable[[], bytes]:
    def write() -> bytes:
        buffer = BytesIO()
        image().save(buffer, kind, **options)
        return buffer.getvalue()

    return write


def _heic() -> bytes:
    buffer = BytesIO()
    pillow_heif.from_pillow(_grainy()).save(
        buffer, quality=60, chroma=420, enc_params={"preset": "ultrafast"}
    )
    return buffer.getvalue()


def _bmp() -> Image.Image:
    """Return a photo of as many pixels as fit, three bytes each."""
    side = int((MOST_BYTES / 3) ** 0.5) - 1
    return _plain().resize((side, side))


WAYS = {
    "JPEG": lambda: make(Photo(MEGAPIXELS)).read_bytes(),
    PROGRESSIVE: _as("JPEG", _grainy, quality=97, progressive=True, subsampling=0),
    "PNG": _as("PNG", _plain),
    "WEBP": _as("WEBP", _grainy, quality=80, method=0),
    "AVIF": _as("AVIF", _grainy, quality=70, speed=9),
    "HEIC": _heic,
    "GIF": _as("GIF", _plain),
    "BMP": _as("BMP", _bmp),
    "TIFF": _as("TIFF", _plain, compression="tiff_lzw"),
}
