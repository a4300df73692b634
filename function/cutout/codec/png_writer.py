"""Encodes PNG (ISO/IEC 15948) in a tenth of Pillow's time, to about as many bytes.

Pillow tries all five filters on each row and searches 32 KB for repetitions. In photographs both
find little: Paeth's filter nearly always wins, and what it leaves repeats by chance only. Colours
are therefore filtered by Paeth's and compressed by ISA-L (Intel's igzip). Masks, and strips that
compress well, as drawings do, are filtered by Up or not at all, and compressed by zlib: ISA-L's
output is a third larger there.

Strips are compressed independently, on any number of threads, to the same bytes: zlib always, and
ISA-L nearly always. Of 23,000 runs over the same strip, 6 gave another stream of the same pixels, 3
bytes longer (isal 1.9.1; the cause is not known).
"""

import struct
import zlib
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from itertools import chain
from types import ModuleType
from typing import Any

import numpy as np
from PIL import Image

from .png_filters import Bytes8, paeth, unfiltered, up

try:
    from isal import isal_zlib
except ImportError:  # Windows on ARM, for which ISA-L has no wheel
    fast: ModuleType = zlib
else:
    fast = isal_zlib

Strip = tuple[bytes, int, int]  # compressed; Adler-32 and length of what was compressed

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPES = {"L": 0, "RGB": 2, "RGBA": 6}
RELATIVE_COLORIMETRIC = 1
METRE, M_PER_INCH = 1, 0.0254
STRIP_BYTES = 1 << 19  # 8 strips to a megapixel of RGBA, for as many threads

# ISA-L with a window of 512 bytes: its default of 32 KB gives 5 % more bytes, since distances cost
# more bits than the chance repetitions that they name. zlib with run lengths alone gives the same
# bytes within 5 % in 4 times the time.
COLOURS = (
    partial(zlib.compressobj, 1, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zlib.Z_RLE)
    if fast is zlib
    else partial(fast.compressobj, 1, zlib.DEFLATED, -9)
)
DRAWN = partial(zlib.compressobj, 6, zlib.DEFLATED, -zlib.MAX_WBITS, 9)
# Bits a pixel after ISA-L. A strip of at most DRAWN_BITS is no photograph's; one of at most
# SMOOTH_BITS is of a smooth photograph or of a drawn gradient.
DRAWN_BITS, SMOOTH_BITS = 2, 4
REPEAT_BYTES = 1 << 14  # of the sample that tells smooth photographs from gradients
SAMPLE_BYTES = 1 << 16  # from the middle of a strip, by which its filter is chosen
ZLIB_HEADER = b"\x78\x01"  # RFC 1950
ADLER_BASE = 65521


def encode(
    image: Image.Image,
    profile: bytes | None,
    threads: int,
    dpi: tuple[float, float] | None = None,
    is_srgb: bool = False,
) -> bytes:
    """Return an L, RGB or RGBA image as a PNG. The bytes do not depend on the number of threads."""
    header = struct.pack(">2I5B", *image.size, 8, COLOUR_TYPES[image.mode], 0, 0, 0)
    rows = max(1, STRIP_BYTES // (image.width * len(image.getbands())))
    strips = _map(partial(_strip, image, rows), range(0, image.height, rows), threads)
    chunks = [chunk(b"IHDR", header)]
    if profile:
        chunks.append(chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(profile)))
    elif is_srgb:  # 13 bytes for those viewers that take untagged colours for the screen's own
        chunks.append(chunk(b"sRGB", bytes([RELATIVE_COLORIMETRIC])))
    if dpi:
        per_m = (round(value / M_PER_INCH) for value in dpi)
        chunks.append(chunk(b"pHYs", struct.pack(">2IB", *per_m, METRE)))
    chunks += [*_image_data(strips), chunk(b"IEND", b"")]
    return b"".join([SIGNATURE, *chain.from_iterable(chunks)])


def _map(work: Callable[[int], Strip], tops: range, threads: int) -> Iterable[Strip]:
    if threads == 1 or len(tops) == 1:
        return map(work, tops)
    from concurrent.futures import ThreadPoolExecutor  # 4 ms that a first cutout can do without

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, tops))


def chunk(kind: bytes, data: bytes) -> tuple[bytes, ...]:
    """Return the parts of a chunk: length, kind, data and checksum."""
    crc = fast.crc32(data, fast.crc32(kind))
    return struct.pack(">I", len(data)), kind, data, struct.pack(">I", crc)


def _image_data(strips: Iterable[Strip]) -> Iterable[tuple[bytes, ...]]:
    """Yield a chunk for each strip of one zlib stream, and one for the stream's checksum, which is
    combined from the strips' as in zlib's adler32_combine."""
    low, high, start = 1, 0, ZLIB_HEADER
    for compressed, adler, length in strips:
        yield chunk(b"IDAT", start + compressed)
        high = (high + (adler >> 16) + (low - 1) * length) % ADLER_BASE
        low = (low + (adler & 0xFFFF) - 1) % ADLER_BASE
        start = b""
    yield chunk(b"IDAT", struct.pack(">2H", high, low))


def _strip(image: Image.Image, height: int, top: int) -> Strip:
    bottom = min(top + height, image.height)
    is_last = bottom == image.height
    above = max(top - 1, 0)
    part = image.crop((0, above, image.width, bottom))
    if part.getbbox(alpha_only=False) is None:
        row = image.width * len(image.getbands())
        return _compress_blank(bottom - top, row, is_last)
    rows = np.asarray(part).reshape(bottom - above, -1)
    if top == 0:
        rows = np.concatenate([np.zeros_like(rows[:1]), rows])
    if image.mode != "L":
        filtered = paeth(rows, len(image.getbands()))
        compressed = _compress(COLOURS, filtered, is_last)
        bits = 8 * len(compressed) / (image.width * (bottom - top))
        if bits > SMOOTH_BITS or (bits > DRAWN_BITS and not _repeats(rows)):
            return compressed, fast.adler32(filtered), filtered.nbytes
    return _drawn(rows, is_last)


@lru_cache(maxsize=8)
def _compress_blank(height: int, row_bytes: int, is_last: bool) -> Strip:
    """Return a strip of zeros. Many cutouts have more of these than of others."""
    return _drawn(np.zeros((height + 1, row_bytes), np.uint8), is_last)


def _drawn(rows: Bytes8, is_last: bool) -> Strip:
    filtered = _drawn_filter(_sample(rows))(rows)
    return _compress(DRAWN, filtered, is_last), fast.adler32(filtered), filtered.nbytes


def _repeats(rows: Bytes8) -> bool:
    """Return whether zlib compresses a sample to 80 % of what ISA-L does: in a drawn gradient it
    finds each row again in the next, but in a smooth photograph it does not."""
    sample = up(_sample(rows)[: 1 + max(2, REPEAT_BYTES // rows.shape[1])])
    return len(_compress(DRAWN, sample, True)) < 0.8 * len(_compress(COLOURS, sample, True))


def _drawn_filter(sample: Bytes8) -> Callable[[Bytes8], Bytes8]:
    """Return the filter after which zlib compresses the sample to the fewest bytes."""
    return min((up, unfiltered), key=lambda filter: len(_compress(DRAWN, filter(sample), True)))


def _sample(rows: Bytes8) -> Bytes8:
    middle, height = len(rows) // 2, max(2, SAMPLE_BYTES // rows.shape[1])
    return rows[middle - 1 : middle + height]


def _compress(start: Callable[[], Any], filtered: Bytes8, is_last: bool) -> bytes:
    deflate = start()
    compressed: bytes = deflate.compress(filtered)
    end: bytes = deflate.flush(zlib.Z_FINISH if is_last else zlib.Z_SYNC_FLUSH)
    return compressed + end
