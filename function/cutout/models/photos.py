"""Reads the photos of a folder for calibration, comparison and tuning."""

from pathlib import Path

from cutout import codec
from cutout.core import geometry
from cutout.core.arrays import RGB8, Photo

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
NO_LIMIT = 10**9  # bytes and pixels: the photos are the user's own choice


def find(folder: Path) -> list[Path]:
    """Return the paths of a folder's photos, at any depth, in the order of their names."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


def decode(content: bytes) -> Photo:
    """Return the picture of a file's bytes, of any size. Raises UnreadablePicture."""
    return codec.decode(content, NO_LIMIT, NO_LIMIT)[0]


def read_square(photo: Path, side: int) -> RGB8:
    """Return a photo as the engine shows it to a network of this side. Raises UnreadablePicture."""
    return geometry.squash(decode(photo.read_bytes()), side)
