"""Reads the pages of a TIFF 6.0 or BigTIFF: which is the picture, and what pixels it has."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple

from cutout.errors import UnreadablePicture

from . import budget

# Tags
NEW_SUBFILE, SUBFILE, BITS, COMPRESSION, PHOTOMETRIC = 254, 255, 258, 259, 262
PLANES, EXTRA, FORMAT, SUBSAMPLING, DNG = 284, 338, 339, 530, 50706
WANTED = (NEW_SUBFILE, SUBFILE, BITS, COMPRESSION, PHOTOMETRIC, PLANES, EXTRA, FORMAT, SUBSAMPLING,
          DNG)  # fmt: skip
OFFSETS, COUNTS = (273, 324), (279, 325)  # of strips and of tiles
SIZE, TILE = (256, 257), (322, 323)  # width and height
PIECES = (*OFFSETS, *COUNTS, *SIZE, *TILE)

REDUCED, MASK = 1, 4  # bits of NEW_SUBFILE
OLD_REDUCED = 2  # SUBFILE
MIN_IS_WHITE, MIN_IS_BLACK, YCBCR = 0, 1, 6  # PHOTOMETRIC
UNCOMPRESSED, JPEG = 1, 7  # COMPRESSION
SCAN = b"\xff\xda"  # the marker in a JPEG
SEPARATE = 2  # PLANES
ASSOCIATED, UNASSOCIATED = 1, 2  # EXTRA
COLOURS = {
    0: "grey", 1: "grey", 2: "RGB", 3: "palette", 4: "mask", 5: "CMYK", 6: "YCbCr", 8: "LAB",
    9: "LAB of ICC", 10: "LAB of ITU", 32803: "colour filter array", 32844: "LogL", 32845: "LogLuv",
    34892: "linear raw",
}  # fmt: skip
RAW = (32803, 34892)
FORMATS = {1: "", 2: "signed ", 3: "floating-point ", 5: "complex ", 6: "complex "}
COMPRESSIONS = {
    6: "old-style JPEG", 34661: "JBIG", 34712: "JPEG 2000", 34892: "lossy DNG", 34925: "LZMA",
    34933: "PNG", 34934: "JPEG XR", 50000: "Zstandard", 50001: "WebP", 50002: "JPEG XL",
}  # fmt: skip
BYTES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}  # of a value, by its type
INNER = (34665, 34853, 40965)  # tags that name a further list: EXIF, GPS, interoperability
OF_A_BYTE = (1, 2, 6, 7)  # types whose values are read all at once
UNITS = {1: "B", 3: "H", 4: "I", 16: "Q"}  # types of whole numbers
MOST_PAGES = 1000
MOST_VALUES = 16  # of a tag

Tags = Mapping[int, tuple[int, ...]]


class Entry(NamedTuple):
    """A row of a list of tags."""

    tag: int
    kind: int
    values: int  # how many
    inline: bytes  # the values, or where they are


@dataclass(frozen=True)
class Page:
    """A page, by the values of those of its tags that are WANTED, and by its strips or tiles."""

    tags: Tags
    pieces: Mapping[int, Entry] = field(default_factory=dict)

    def first(self, tag: int, default: int) -> int:
        return self.tags.get(tag, (default,))[0]

    def is_full(self) -> bool:
        """Whether it is a picture of its own: neither a thumbnail of another page nor a mask."""
        kind = self.first(NEW_SUBFILE, 0)
        return not kind & (REDUCED | MASK) and self.first(SUBFILE, 1) != OLD_REDUCED

    def is_raw(self) -> bool:
        return DNG in self.tags or self.first(PHOTOMETRIC, 1) in RAW

    def is_misread(self) -> bool:
        """Whether Pillow opens a page of this kind, but decodes its pixels wrongly."""
        colours, extra = self.first(PHOTOMETRIC, 0), self.tags.get(EXTRA, ())
        is_raw = self.first(COMPRESSION, UNCOMPRESSED) == UNCOMPRESSED
        if colours == YCBCR:
            return is_raw and self.tags.get(SUBSAMPLING, (2, 2)) != (1, 1)
        if self.first(PLANES, 1) != SEPARATE:
            return False
        if colours in (MIN_IS_WHITE, MIN_IS_BLACK):
            return bool(extra)
        return is_raw and (self.first(BITS, 1) != 8 or ASSOCIATED in extra)

    def describe(self) -> str:
        """Return what the pixels are, such as CMYK with alpha of 8 bits."""
        photometric = self.first(PHOTOMETRIC, 0)
        colours = COLOURS.get(photometric, f"photometry {photometric}")
        extra = self.tags.get(EXTRA, ())
        alpha = " with alpha" if ASSOCIATED in extra or UNASSOCIATED in extra else ""
        bits = " and ".join(map(str, sorted(set(self.tags.get(BITS, (1,))))))
        number = FORMATS.get(self.first(FORMAT, 1), "")
        planes = " in separate planes" if self.first(PLANES, 1) == SEPARATE else ""
        packed = COMPRESSIONS.get(self.first(COMPRESSION, UNCOMPRESSED), "")
        return f"{colours}{alpha} of {number}{bits} bits{planes}{packed and f' in {packed}'}"


def pages(data: bytes) -> list[Page]:
    """Return the pages in their order, at most 1,000. A list of tags that is damaged ends them.

    Raises UnreadablePicture for more tags, or values in them, than pages have."""
    return list(_Reader(data).pages())


def check(data: bytes, page: Page) -> None:
    """Raise UnreadablePicture for a page of more strips or tiles than are read, or of those that
    have more bytes than the file or more pixels than the page."""
    count = max((each.values for each in page.pieces.values()), default=0)
    if count > budget.TIFF_PIECES:
        raise UnreadablePicture(f"the TIFF has more than {budget.TIFF_PIECES:,} strips or tiles")
    reader = _Reader(data)
    values = {tag: reader.values(each, count) for tag, each in page.pieces.items()}
    if sum(sum(values.get(tag, ())) for tag in COUNTS) > budget.FILE_OVERLAP * len(data):
        raise UnreadablePicture("the strips or tiles of the TIFF overlap")
    if page.first(COMPRESSION, UNCOMPRESSED) == JPEG:
        _check_scans(data, values)
    areas = [prod(sum(values.get(tag, (0,))[:1]) for tag in sides) for sides in (TILE, SIZE)]
    if areas[0] > areas[1] + budget.TIFF_TILE:
        raise UnreadablePicture("the TIFF has a tile that is much larger than its page")


def _check_scans(data: bytes, values: Tags) -> None:
    for offsets, counts in zip(OFFSETS, COUNTS, strict=True):
        for at, size in zip(values.get(offsets, ()), values.get(counts, ()), strict=False):
            if data.count(SCAN, at, at + size) > budget.JPEG_USUAL_SCANS:
                raise UnreadablePicture("the TIFF has a JPEG of too many scans")


class _Reader:
    """Reads the lists of tags of a file, within the budget for all of them together."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._order = "<" if data[:2] == b"II" else ">"
        self._is_big = data[2:4] in (b"+\0", b"\0+")
        self._pointer = "Q" if self._is_big else "I"
        self._tags, self._values = budget.TIFF_TAGS, budget.TIFF_VALUES
        self._bytes = budget.FILE_OVERLAP * len(data)

    def pages(self) -> Iterator[Page]:
        seen: set[int] = set()
        left = len(self._data)  # lists that overlap are not read again and again
        try:
            (at,) = self._unpack(self._pointer, 8 if self._is_big else 4)
            while 0 < at < len(self._data) and at not in seen and len(seen) < MOST_PAGES:
                seen.add(at)
                entries, end = self._entries(at)
                left -= end - at
                if left < 0:
                    return
                self._count(entries)
                yield self._page(entries)
                (at,) = self._unpack(self._pointer, end)
        except struct.error:
            return

    def values(self, entry: Entry, most: int) -> tuple[int, ...]:
        """Return the first values of an entry, at most `most`."""
        count = min(entry.values, most)
        values = struct.Struct(f"{self._order}{count}{UNITS[entry.kind]}")
        if values.size <= len(entry.inline):
            return values.unpack_from(entry.inline)
        (at,) = struct.unpack(self._order + self._pointer, entry.inline)
        return values.unpack_from(self._data, min(at, len(self._data)))

    def _page(self, entries: list[Entry]) -> Page:
        whole = [each for each in entries if each.kind in UNITS and each.values]
        return Page(
            {each.tag: self.values(each, MOST_VALUES) for each in whole if each.tag in WANTED},
            {each.tag: each for each in whole if each.tag in PIECES},
        )

    def _unpack(self, layout: str, at: int) -> tuple[int, ...]:
        return struct.unpack_from(self._order + layout, self._data, at)

    def _entries(self, at: int) -> tuple[list[Entry], int]:
        """Return the entries of the list at a place, and where they end."""
        number, value_size = ("Q", 8) if self._is_big else ("H", 4)
        entry = struct.Struct(f"{self._order}HH{self._pointer}{value_size}s")
        (count,) = self._unpack(number, at)
        at += struct.calcsize(self._order + number)
        end = at + count * entry.size
        if end > len(self._data):
            raise struct.error
        self._tags -= count
        if self._tags < 0:
            raise UnreadablePicture(f"the TIFF has more than {budget.TIFF_TAGS:,} tags")
        rows = entry.iter_unpack(memoryview(self._data)[at:end])
        return [Entry(*row) for row in rows], end

    def _count(self, entries: list[Entry], is_inner: bool = False) -> None:
        """Take what these tags have from the budget, and those of the lists that they name."""
        for tag, kind, count, inline in entries:
            size = BYTES.get(kind, 0) * count
            self._bytes -= min(size, len(self._data))
            if tag not in PIECES and kind not in OF_A_BYTE and size <= len(self._data):
                self._values -= count
            if self._bytes < 0 or self._values < 0:
                raise UnreadablePicture("the tags of the TIFF have more values than a photo's")
            if tag in INNER and not is_inner and kind in (4, 13, 16):
                self._count_inner(inline)

    def _count_inner(self, inline: bytes) -> None:
        (at,) = struct.unpack(self._order + self._pointer, inline)
        if 0 < at < len(self._data):
            self._count(self._entries(at)[0], is_inner=True)
