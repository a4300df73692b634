"""Photos and their masks for tuning: found, checked, and reduced to the network's input."""

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cutout.core import geometry
from cutout.errors import CutoutError, InvalidPairs

from .fit import Parts
from .photos import SUFFIXES, decode

FEWEST = 20  # pairs: a fifth of them, four, decides whether the tuned network is better
ADVISED = 100


@dataclass(frozen=True)
class Pair:
    photo: Path
    mask: Path


def find(photos: Path, masks: Path) -> list[Pair]:
    """Return each photo of a folder with the PNG of its name in the other folder, by name.

    Raises InvalidPairs for fewer than FEWEST photos, for a photo without a mask, and for two photos
    of one name.
    """
    for folder in (photos, masks):
        if not folder.is_dir():
            raise InvalidPairs(f"there is no folder {folder}")
    if photos.samefile(masks):
        raise InvalidPairs(f"{photos} is the folder of the photos and of the masks; use two")
    by_stem: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(photos.iterdir()):
        if path.suffix.lower() in SUFFIXES:
            by_stem[path.stem].append(path)
    for same in by_stem.values():
        if len(same) > 1:
            raise InvalidPairs(f"{same[0]} and {same[1].name} would have one mask; rename one")
    if len(by_stem) < FEWEST:
        raise InvalidPairs(
            f"{photos} has {len(by_stem)} photos; tuning needs {FEWEST}, and better {ADVISED}"
        )
    pairs = [Pair(path, masks / f"{stem}.png") for stem, (path,) in by_stem.items()]
    if missing := [pair for pair in pairs if not pair.mask.is_file()]:
        more = f", nor for {len(missing) - 1} other photos" if len(missing) > 1 else ""
        raise InvalidPairs(f"there is no {missing[0].mask} for {missing[0].photo.name}{more}")
    return pairs


def split(names: Sequence[str]) -> Parts:
    """Return the indices of photos to fit to, and a fifth each to choose the epoch and to judge by.

    The sha256 of the photo's name decides, so that further photos move few from one part to
    another.
    """
    order = sorted(
        range(len(names)), key=lambda index: hashlib.sha256(os.fsencode(names[index])).digest()
    )
    fifth = len(names) // 5
    return Parts(order[2 * fifth :], order[fifth : 2 * fifth], order[:fifth])


def read(
    pairs: Iterable[Pair], side: int, squares: NDArray[np.uint8], masks: NDArray[np.uint8]
) -> None:
    """Decode the pairs, and fill squares (pairs, S, S, 3) and masks (pairs, S, S).

    Raises InvalidPairs for a file that cannot be read, a mask of other proportions than its photo,
    an empty or full mask, and a photo that occurs twice.
    """
    seen: dict[bytes, Path] = {}
    for index, pair in enumerate(pairs):
        content = pair.photo.read_bytes()
        first = seen.setdefault(hashlib.sha256(content).digest(), pair.photo)
        if first != pair.photo:
            raise InvalidPairs(f"{pair.photo} is the same photo as {first.name}; remove one")
        photo = _decode(pair.photo, content)
        mask = _mask(pair.mask)
        if not _is_scaled(mask.size, photo.size):
            raise InvalidPairs(
                f"{pair.mask} has {mask.width} x {mask.height} px, and {pair.photo.name}, upright, "
                f"{photo.width} x {photo.height} px; a mask has its photo's proportions"
            )
        squares[index] = geometry.squash(photo, side)
        masks[index] = np.asarray(mask.resize((side, side), Image.Resampling.BOX))
        if not (masks[index] >= 128).any() or (masks[index] >= 128).all():
            raise InvalidPairs(f"{pair.mask} has no subject with a background: {_fault(mask)}")


def _decode(path: Path, content: bytes) -> Image.Image:
    try:
        return decode(content)
    except CutoutError as error:
        raise InvalidPairs(f"{path} cannot be read: {error}") from error


def _mask(path: Path) -> Image.Image:
    """Return a mask as grey, 255 where the subject is.

    A mask with transparency is its alpha. Colours, as palettes of labelled pictures have them, are
    subject, and black is background.
    """
    try:
        with Image.open(path, formats=["PNG"]) as file:
            if file.mode.startswith("I"):  # 16 bits
                values = np.asarray(file) // 257
                return Image.fromarray(values.astype(np.uint8))
            rgba = file.convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InvalidPairs(f"{path} cannot be read as a PNG: {error}") from error
    *colours, alpha = rgba.split()
    if alpha.getextrema() != (255, 255):
        return alpha
    red, green, blue = (np.asarray(colour) for colour in colours)
    if (red == green).all() and (red == blue).all():
        return colours[0]
    return Image.fromarray(np.where(red | green | blue, 255, 0).astype(np.uint8))


def _fault(mask: Image.Image) -> str:
    """Say why a mask, 255 where the subject is, shows no subject or no background."""
    least, most = np.asarray(mask).min(), np.asarray(mask).max()
    if most < 128:
        return (
            f"its brightest px is {most} of 255, and subject is from 128 on"
            if most
            else "it is all black"
        )
    return "it is all white" if least >= 128 else "one of both is too small for the network"


def _is_scaled(size: tuple[int, int], photo: tuple[int, int]) -> bool:
    """Whether a mask has the proportions of its photo, but for rounding to whole px."""
    scale = max(size) / max(photo)
    return all(abs(side - other * scale) <= 1 for side, other in zip(size, photo, strict=True))
