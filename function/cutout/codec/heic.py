"""Opens HEIC photos, which need an extra: libheif and libde265 are under the LGPL."""

from io import BytesIO

from PIL import Image

from cutout import installation
from cutout.errors import UnknownFileType


def open(data: bytes) -> Image.Image:
    """Read the header of a HEIC photo. Raises UnknownFileType where the extra is not installed.

    libheif itself turns the photo upright, as the container says: it has no orientation then."""
    if not installation.has_extra("heic"):
        raise UnknownFileType(
            "the file is a HEIC photo, which needs the extra cutout-bg[heic] to be read; install "
            "that, or export the photo as a JPEG"
        )
    from pi_heif import HeifImageFile  # 30 ms that other photos can do without; registers nothing

    image: Image.Image = HeifImageFile(BytesIO(data))
    return image
