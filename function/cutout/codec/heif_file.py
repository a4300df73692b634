"""Counts the pixels that a decoder makes of an AVIF or HEIC, whatever its container states."""

import struct
from functools import cache

from cutout.errors import UnreadablePicture

from . import av1, budget, hevc, isobmff
from .bits import Units
from .isobmff import Item, Items

ALPHA = (b"alpha", b"auxid:1")  # in the type of an auxiliary picture
DERIVED = (b"grid", b"iovl", b"iden", b"tmap")


def check_metadata(data: bytes) -> None:
    """Raise UnreadablePicture for a damaged container, or for more EXIF than is read."""
    for item in isobmff.items(data).by_number.values():
        if item.kind == b"Exif" and len(item.data) > budget.EXIF_BYTES:
            raise UnreadablePicture(f"the EXIF has more than {budget.EXIF_BYTES:,} bytes")


def check_pixels(data: bytes, name: str, size: tuple[int, int]) -> None:
    """Raise UnreadablePicture for a file of many more pixels than the (width, height) shown:
    decoders make all of them, once for each place that names them."""
    decoded = decoded_pixels(data)
    if decoded > budget.HEIF_DECODED * size[0] * size[1] + budget.HEIF_PADDING:
        stated = f"{size[0]} x {size[1]}"
        raise UnreadablePicture(
            f"the {name} says that it has {stated} pixels, and has {decoded:,} to decode"
        )


def decoded_pixels(data: bytes) -> int:
    """Return the pixels that a decoder makes of the picture to show and of its alphas, or of the
    first frame of an animation. Raises UnreadablePicture for a damaged container."""
    units = Units()
    try:
        frames = [av1.pixels(sample, units) for sample in isobmff.first_samples(data)]
        return max(_of_items(isobmff.items(data), units), *frames, 0)
    except (struct.error, IndexError) as error:
        raise UnreadablePicture("the properties of the picture are damaged") from error


def _area(item: Item) -> int:
    width, height = struct.unpack_from(">II", item.properties.get(b"ispe", [bytes(12)])[0], 4)
    return int(width * height)


def _of_items(found: Items, units: Units) -> int:
    @cache
    def count(number: int, depth: int) -> int:
        item = found.get(number)
        if depth > budget.HEIF_DEPTH:
            raise UnreadablePicture("the picture is derived from others in too many steps")
        if item.kind in DERIVED:
            return sum(count(source, depth + 1) for source in item.sources)
        return max(_area(item), _coded(item, units))

    alphas = [
        number
        for number, item in found.by_number.items()
        if found.primary in item.masters and _is_alpha(item)
    ]
    return sum(count(number, 0) for number in (found.primary, *alphas))


def _is_alpha(item: Item) -> bool:
    role = item.properties.get(b"auxC", [b""])[0]
    return any(name in role for name in ALPHA)


def _coded(item: Item, units: Units) -> int:
    if item.kind == b"av01":
        return av1.pixels(item.data, units)
    configuration = item.properties.get(b"hvcC", [b""])[0]
    return hevc.pixels(configuration, item.data, units) if configuration else 0
