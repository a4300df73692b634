"""Reads the pages of a TIFF 6.0 or BigTIFF: which is the picture, and what pixels it has."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# Tags
NEW_SUBFILE, SUBFILE, BITS, COMPRESSION, PHOTOMETRIC = 254, 255, 258, 259, 262
PLANES, EXTRA, FORMAT, SUBSAMPLING, DNG = 284, 338, 339, 530, 50706
WANTED = (NEW_SUBFILE, SUBFILE, BITS, COMPRESSION, PHOTOMETRIC, PLANES, EXTRA, FORMAT, SUBSAMPLING,
          DNG)  # fmt: skip

REDUCED, MASK = 1, 4  # bits of NEW_SUBFILE
OLD_REDUCED = 2  # SUBFILE
MIN_IS_WHITE, MIN_IS_BLACK, YCBCR = 0, 1, 6  # PHOTOMETRIC
UNCOMPRESSED = 1
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
UNITS = {1: "B", 3: "H", 4: "I", 16: "Q"}  # types of whole numbers
MOST_PAGES = 1000
MOST_VALUES = 16  # of a tag

Tags = Mapping[int, tuple[int, ...]]


@dataclass(frozen=True)
class Page:
    """A page, by the values of those of its tags that are WANTED."""

    tags: Tags

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
    """Return the pages in their order, at most 1,000. A list of tags that is damaged ends them."""
    return [Page(tags) for tags in _directories(data)]


def _directories(data: bytes) -> Iterator[Tags]:
    order = "<" if data[:2] == b"II" else ">"
    is_big = data[2:4] in (b"+\0", b"\0+")
    at, pointer = (8, "Q") if is_big else (4, "I")
    number, value_size = ("Q", 8) if is_big else ("H", 4)
    entry = struct.Struct(f"{order}HH{pointer}{value_size}s")
    seen: set[int] = set()
    left = len(data)  # lists that lie upon each other are not read again and again
    try:
        (at,) = struct.unpack_from(order + pointer, data, at)
        while 0 < at < len(data) and at not in seen and len(seen) < MOST_PAGES:
            seen.add(at)
            (count,) = struct.unpack_from(order + number, data, at)
            at += struct.calcsize(order + number)
            end = at + count * entry.size
            left -= end - at
            if end > len(data) or left < 0:
                return
            yield {
                tag: _values(data, order, kind, count, inline)
                for tag, kind, count, inline in entry.iter_unpack(memoryview(data)[at:end])
                if tag in WANTED and kind in UNITS and count
            }
            (at,) = struct.unpack_from(order + pointer, data, end)
    except struct.error:
        return


def _values(data: bytes, order: str, kind: int, count: int, inline: bytes) -> tuple[int, ...]:
    values = struct.Struct(f"{order}{min(count, MOST_VALUES)}{UNITS[kind]}")
    if values.size <= len(inline):
        return values.unpack_from(inline)
    (at,) = struct.unpack(order + ("Q" if len(inline) == 8 else "I"), inline)
    return values.unpack_from(data, min(at, len(data)))
