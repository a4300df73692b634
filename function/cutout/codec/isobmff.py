"""Reads the items of a picture in an ISO base media file (HEIF, ISO/IEC 23008-12), as AVIF is.

A file that is damaged, or has more boxes than a photo, is refused: a decoder may read it further,
and what stands there would not be counted.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from cutout.errors import UnreadablePicture

from . import budget

Box = tuple[bytes, bytes]  # type and content
Properties = dict[bytes, list[bytes]]  # contents, by their type
ANIMATION = b"avis"  # the brand
DERIVED = b"dimg"  # the reference of a grid to its tiles


@dataclass
class Item:
    """An item of a file, such as the coded pixels of a picture, its alpha or its EXIF."""

    kind: bytes = b""
    data: bytes = b""
    properties: Properties = field(default_factory=dict)
    sources: list[int] = field(default_factory=list)  # that it is derived from, such as tiles
    masters: list[int] = field(default_factory=list)  # that it belongs to, as an alpha does


@dataclass
class Items:
    """The items by their numbers, and the number of the one to show."""

    primary: int = 0
    by_number: dict[int, Item] = field(default_factory=dict)

    def get(self, number: int) -> Item:
        return self.by_number.setdefault(number, Item())


def primary_properties(data: bytes) -> Properties:
    """Return the properties of the picture to show."""
    found = items(data, with_data=False)
    return found.get(found.primary).properties


def items(data: bytes, with_data: bool = True) -> Items:
    """Return the items, with the data that they have in the file.

    Raises UnreadablePicture for damage, for more boxes than a photo has, and for items whose data
    are several times those of the file."""
    found = Items()
    try:
        _read(found, data, with_data)
    except (struct.error, IndexError, KeyError) as error:
        raise UnreadablePicture("the boxes of the file are damaged") from error
    return found


def first_samples(data: bytes) -> list[bytes]:
    """Return the data of the first frame of each track of an animation, by its brand. Raises as
    items does."""
    try:
        if ANIMATION not in _first(_boxes(data), b"ftyp"):
            return []
        tracks = _by_kind(_first(_boxes(data), b"moov")).get(b"trak", [])
        return [_first_sample(data, track) for track in tracks]
    except (struct.error, IndexError, KeyError) as error:
        raise UnreadablePicture("the boxes of the file are damaged") from error


def _first_sample(data: bytes, track: bytes) -> bytes:
    for kind in (b"mdia", b"minf", b"stbl"):
        track = _by_kind(track)[kind][0]
    table = _by_kind(track)
    is_wide = b"co64" in table
    (at,) = struct.unpack_from(
        ">8xQ" if is_wide else ">8xI", table[b"co64" if is_wide else b"stco"][0]
    )
    size, _ = struct.unpack_from(">4xII", table[b"stsz"][0])
    return data[at:][: size or struct.unpack_from(">12xI", table[b"stsz"][0])[0]]


def _read(found: Items, data: bytes, with_data: bool) -> None:
    meta = _by_kind(_first(_boxes(data), b"meta")[4:])  # after its version and flags
    pitm = meta[b"pitm"][0]
    (found.primary,) = struct.unpack_from(">I" if pitm[0] else ">H", pitm, 4)
    iprp = _by_kind(meta.get(b"iprp", [b""])[0])
    properties = list(_boxes(iprp.get(b"ipco", [b""])[0]))
    for content in iprp.get(b"ipma", []):
        for number, indices in _associations(content):
            for kind, value in (properties[i - 1] for i in indices if 0 < i <= len(properties)):
                found.get(number).properties.setdefault(kind, []).append(value)
    for number, kind in _kinds(meta.get(b"iinf", [b""])[0]):
        found.get(number).kind = kind
    for kind, number, others in _references(meta.get(b"iref", [b""])[0]):
        item = found.get(number)
        (item.sources if kind == DERIVED else item.masters).extend(others)
    if with_data:
        idat = meta.get(b"idat", [b""])[0]
        for number, content in _contents(data, meta.get(b"iloc", [b""])[0], idat):
            found.get(number).data = content


def _kinds(iinf: bytes) -> Iterator[tuple[int, bytes]]:
    for kind, infe in _boxes(iinf[8 if iinf[0] else 6 :]):
        if kind == b"infe" and infe[0] in (2, 3):
            number, item = struct.unpack_from(">H2x4s" if infe[0] == 2 else ">I2x4s", infe, 4)
            yield number, item


def _references(iref: bytes) -> Iterator[tuple[bytes, int, tuple[int, ...]]]:
    size = "I" if iref[:1] > b"\0" else "H"
    for kind, content in _boxes(iref[4:]):
        number, count = struct.unpack_from(f">{size}H", content)
        others = struct.unpack_from(f">{count}{size}", content, struct.calcsize(f">{size}H"))
        yield kind, number, others


def _contents(data: bytes, iloc: bytes, idat: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each item's data."""
    version, sizes = iloc[0], [half for byte in iloc[4:6] for half in (byte >> 4, byte & 15)]
    offset_size, length_size, base_size, index_size = sizes
    id_size = 4 if version == 2 else 2
    numbers, left = _Numbers(iloc, 6), budget.FILE_OVERLAP * len(data)
    for _ in range(_few(numbers.read(id_size))):
        number = numbers.read(id_size)
        source = memoryview(idat if version and numbers.read(2) & 15 == 1 else data)
        numbers.read(2)  # the file: this one
        base, parts = numbers.read(base_size), []
        for _ in range(_few(numbers.read(2))):
            if version:
                numbers.read(index_size)
            at, size = base + numbers.read(offset_size), numbers.read(length_size)
            parts.append(source[at : at + size if size else None])
            left -= len(parts[-1])
            if left < 0:
                raise UnreadablePicture("the pictures in the file overlap")
        yield number, b"".join(parts)


class _Numbers:
    """Reads consecutive big-endian numbers of any size in bytes. Past the end they are 0."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at

    def read(self, size: int) -> int:
        self._at += size
        return int.from_bytes(self._data[self._at - size : self._at])


def _first(boxes: Iterator[Box], wanted: bytes) -> bytes:
    return next((content for kind, content in boxes if kind == wanted), b"")


def _by_kind(data: bytes) -> Properties:
    found: Properties = {}
    for kind, content in _boxes(data):
        found.setdefault(kind, []).append(content)
    return found


def _boxes(data: bytes) -> Iterator[Box]:
    at = 0
    for _ in range(budget.HEIF_BOXES):
        if at >= len(data):
            return
        size, kind = struct.unpack_from(">I4s", data, at)
        header = 8
        if size == 1:
            (size,), header = struct.unpack_from(">Q", data, at + 8), 16
        end = at + size if size else len(data)
        if end < at + header:
            return
        yield kind, data[at + header : end]
        at = end
    _few(budget.HEIF_BOXES + 1)


def _few(count: int) -> int:
    if count > budget.HEIF_BOXES:
        raise UnreadablePicture(f"the file has more than {budget.HEIF_BOXES:,} boxes or items")
    return count


def _associations(ipma: bytes) -> Iterator[tuple[int, list[int]]]:
    """Yield each item with the indices of its properties, from 1."""
    version, flags, count = struct.unpack_from(">B3sI", ipma)
    has_wide_indices = flags[2] & 1
    item_format = ">IB" if version else ">HB"
    at = 8
    for _ in range(_few(count)):
        item, length = struct.unpack_from(item_format, ipma, at)
        at += struct.calcsize(item_format)
        index_format = f">{length}{'H' if has_wide_indices else 'B'}"
        indices = struct.unpack_from(index_format, ipma, at)
        at += struct.calcsize(index_format)
        is_essential = 0x8000 if has_wide_indices else 0x80
        yield item, [index & ~is_essential for index in indices]
