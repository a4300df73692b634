"""Reads the chunks of a PNG (third edition), and mends files that browsers show and Pillow does not
read."""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from cutout.errors import UnreadablePicture

from . import budget
from .png_writer import SIGNATURE, chunk

EXIF = b"Raw profile type exif\0"  # the keyword of a text that some programs keep EXIF in
TEXTS = {b"tEXt": EXIF, b"zTXt": EXIF + b"\0", b"iTXt": EXIF}  # all others are of no use here
LENGTHS = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9, b"acTL": 8, b"fcTL": 26}
TRANSPARENCY = {0: range(2, 3), 2: range(6, 7), 3: range(1, 257)}  # bytes, by colour type
PROFILE = re.compile(rb"[^\0]{1,79}\0\0")  # a name, and the only method of compression
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
         (0, 1, 1, 2))  # fmt: skip
SEVERAL = (b"sPLT", b"fcTL", b"fdAT")  # ancillary chunks that a file may have more than one of
PIECE = 1 << 14  # bytes of compressed data: after an error, the output of a piece is lost


class Chunk(NamedTuple):
    name: bytes
    start: int  # of the chunk, from its length on
    body: memoryview
    checksum: bytes
    end: int

    def is_sound(self) -> bool:
        """Whether the checksum is that of the name and the body."""
        crc = zlib.crc32(self.body, zlib.crc32(self.name))
        return self.checksum == crc.to_bytes(4)


class Header(NamedTuple):
    width: int
    height: int
    depth: int  # bits of a sample
    colour: int
    compression: int
    filter: int
    interlace: int


def header(data: bytes) -> Header:
    """Return the fields of IHDR, which has to be the first chunk. Raises struct.error for less."""
    return Header(*struct.unpack(">IIBBBBB", data[16:29]))


def chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks up to IEND. The last body is shorter than it says if the file is."""
    view, at = memoryview(data), len(SIGNATURE)
    while at + 8 <= len(data):
        length = int.from_bytes(view[at : at + 4])
        name, end = bytes(view[at + 4 : at + 8]), at + 12 + length
        yield Chunk(name, at, view[at + 8 : end - 4], data[end - 4 : end], end)
        if name == b"IEND":
            return
        at = end


def without_bad_chunks(data: bytes) -> bytes:
    """Return the PNG without texts, but for EXIF, and without ancillary chunks that are damaged or
    repeated.

    Critical chunks, whose names begin with a capital, stay as they are. Raises UnreadablePicture
    for more chunks than a photo has, each of which costs some time."""
    colour = data[25] if len(data) > 25 else 0
    kept, at = [], 0
    seen: set[bytes] = set()
    for count, each in enumerate(chunks(data)):
        if count >= budget.PNG_CHUNKS:
            raise UnreadablePicture(f"the PNG has more than {budget.PNG_CHUNKS:,} chunks")
        if each.name in seen or not _is_kept(each, colour):
            kept.append(data[at : each.start])
            at = each.end
        elif each.name[:1].islower() and each.name not in SEVERAL:
            seen.add(each.name)
    return b"".join([*kept, data[at:]]) if kept else data


def _is_kept(each: Chunk, colour: int) -> bool:
    name, body = each.name, each.body
    if name[:1].isupper():
        return True
    if name in TEXTS and not bytes(body[: len(EXIF) + 1]).startswith(TEXTS[name]):
        return False
    if len(body) != LENGTHS.get(name, len(body)):
        return False
    if name == b"tRNS" and len(body) not in TRANSPARENCY.get(colour, ()):
        return False
    if name == b"iCCP" and not PROFILE.match(body):
        return False
    return each.is_sound()


def completed(data: bytes) -> bytes:
    """Return a PNG whose checksum is wrong or whose end is missing as one that is sound.

    Raises UnreadablePicture with what is missing if that is more than the end."""
    whole = _raw_size(header(data))
    deflater = zlib.compressobj(1)
    raw, written = 0, []
    for piece in _inflated(data, whole):
        raw += len(piece)
        written.append(deflater.compress(piece))
    if raw < whole:
        share = raw / whole
        raise UnreadablePicture(f"the file ends or is damaged after {share:.0%} of its pixels")
    written.append(deflater.flush())
    others = [each for each in chunks(data) if each.name not in (b"IDAT", b"IEND")]
    return b"".join(
        [SIGNATURE, *(data[each.start : each.end] for each in others),
         *chunk(b"IDAT", b"".join(written)), *chunk(b"IEND", b"")]
    )  # fmt: skip


def _inflated(data: bytes, most: int) -> Iterator[bytes]:
    """Yield the image data, as far as they go. The checksum behind them is not read."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    skip = 2  # zlib's header
    for each in chunks(data):
        if each.name != b"IDAT":
            continue
        body, skip = each.body[skip:], max(0, skip - len(each.body))
        for at in range(0, len(body), PIECE):
            rest = bytes(body[at : at + PIECE])
            while rest and most > 0:
                try:
                    piece = inflater.decompress(rest, min(most, 1 << 20))
                except zlib.error:
                    return
                rest = inflater.unconsumed_tail
                most -= len(piece)
                yield piece


def _raw_size(fields: Header) -> int:
    """Return the bytes of the image data before compression: rows with a byte of filter each."""
    bits = fields.depth * CHANNELS.get(fields.colour, 0)
    passes = ADAM7 if fields.interlace else ((0, 0, 1, 1),)
    total = 0
    for left, top, every_x, every_y in passes:
        width = -(-max(0, fields.width - left) // every_x)
        height = -(-max(0, fields.height - top) // every_y)
        total += height * (1 + (width * bits + 7) // 8) if width else 0
    return total
