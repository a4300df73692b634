"""Reads the properties of a picture in an ISO base media file (HEIF, ISO/IEC 23008-12), as AVIF is.

Only what the decoder does not return is read here, after the decoder has accepted the file. A file
may have any number of boxes: reading ends after MOST, more than any photo has.
"""

import struct
from collections.abc import Iterator
from itertools import islice

Box = tuple[bytes, bytes]  # type and content

MOST = 4096  # boxes on a level, and items


def primary_properties(data: bytes) -> dict[bytes, list[bytes]]:
    """Return the contents of the properties of the picture to show, by their type; of a file that
    is damaged, those that come before the damage."""
    properties: dict[bytes, list[bytes]] = {}
    try:
        for kind, content in _primary_properties(data):
            properties.setdefault(kind, []).append(content)
    except struct.error:
        return properties
    return properties


def item_starts(data: bytes, length: int) -> Iterator[bytes]:
    """Yield the first bytes of each item, such as the coded pixels of a picture or of its alpha."""
    meta = _first(_boxes(data), b"meta")[4:]
    iloc, idat = _first(_boxes(meta), b"iloc"), _first(_boxes(meta), b"idat")
    if len(iloc) < 8:
        return
    version, sizes = iloc[0], [half for byte in iloc[4:6] for half in (byte >> 4, byte & 15)]
    offset_size, length_size, base_size, index_size = sizes
    id_size = 4 if version == 2 else 2
    numbers = _Numbers(iloc, 6)
    for _ in range(min(numbers.read(id_size), MOST)):
        numbers.read(id_size)
        source = idat if version and numbers.read(2) & 15 == 1 else data
        numbers.read(2)  # the file: this one
        base, start = numbers.read(base_size), b""
        for _ in range(min(numbers.read(2), MOST)):
            if version:
                numbers.read(index_size)
            at, size = base + numbers.read(offset_size), numbers.read(length_size)
            if len(start) < length:
                start += source[at : at + size if size else None][:length]
        yield start[:length]


class _Numbers:
    """Reads consecutive big-endian numbers of any size in bytes. Past the end they are 0."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at

    def read(self, size: int) -> int:
        self._at += size
        return int.from_bytes(self._data[self._at - size : self._at])


def _primary_properties(data: bytes) -> Iterator[Box]:
    meta = _first(_boxes(data), b"meta")[4:]  # after its version and flags
    pitm = _first(_boxes(meta), b"pitm")
    (primary,) = struct.unpack_from(">I" if pitm[:1] > b"\0" else ">H", pitm, 4)
    iprp = _first(_boxes(meta), b"iprp")
    properties = list(_boxes(_first(_boxes(iprp), b"ipco")))
    for kind, content in _boxes(iprp):
        if kind == b"ipma":
            for item, indices in islice(_associations(content), MOST):
                if item == primary:
                    yield from (properties[i - 1] for i in indices if 0 < i <= len(properties))


def _first(boxes: Iterator[Box], wanted: bytes) -> bytes:
    return next((content for kind, content in boxes if kind == wanted), b"")


def _boxes(data: bytes) -> Iterator[Box]:
    at = 0
    for _ in range(MOST):
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


def _associations(ipma: bytes) -> Iterator[tuple[int, list[int]]]:
    """Yield each item with the indices of its properties, from 1."""
    version, flags, count = struct.unpack_from(">B3sI", ipma)
    has_wide_indices = flags[2] & 1
    item_format = ">IB" if version else ">HB"
    at = 8
    for _ in range(count):
        item, length = struct.unpack_from(item_format, ipma, at)
        at += struct.calcsize(item_format)
        index_format = f">{length}{'H' if has_wide_indices else 'B'}"
        indices = struct.unpack_from(index_format, ipma, at)
        at += struct.calcsize(index_format)
        is_essential = 0x8000 if has_wide_indices else 0x80
        yield item, [index & ~is_essential for index in indices]
