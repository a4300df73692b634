"""Writes JPEGs (ITU-T T.81) that cost much for their bytes."""

import struct
from io import BytesIO

from PIL import Image

from .attack import MOST_BYTES, Attack

START, END = b"\xff\xd8", b"\xff\xd9"
ONE_CODE = bytes([1] + [0] * 15)  # a Huffman table of one code, of one bit
LONGEST_RUN = 32767  # blocks
BASELINE, PROGRESSIVE, ARITHMETIC, ARITHMETIC_PROGRESSIVE = 0xC0, 0xC2, 0xC9, 0xCA


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def frame(kind: int, side: int, components: int, sampling: int = 0x11) -> bytes:
    """Return the segments of a frame of side x side pixels, with tables of one code."""
    layout = b"".join(bytes([1 + n, 0x11 if n else sampling, 0]) for n in range(components))
    return b"".join(
        [segment(0xDB, b"\0" + bytes([16] * 64)),
         segment(kind, struct.pack(">BHHB", 8, side, side, components) + layout),
         segment(0xC4, b"\0" + ONE_CODE + b"\0"),
         segment(0xC4, b"\x10" + ONE_CODE + b"\xe0")]
    )  # fmt: skip


def scan(components: list[int], first: int, last: int, shifts: int, data: bytes) -> bytes:
    body = bytes([len(components)]) + b"".join(bytes([1 + n, 0]) for n in components)
    return segment(0xDA, body + bytes([first, last, shifts])) + data


def scans(side: int, count: int, components: int, last: int = 63) -> bytes:
    """Return a progressive JPEG whose scans say in some bytes that all blocks are empty."""
    blocks = (-(-side // 8)) ** 2
    ends = [min(LONGEST_RUN, blocks - at) for at in range(0, blocks, LONGEST_RUN)]
    bits = "".join(f"0{max(0, end - 16384):014b}" for end in ends)
    bits += "1" * (-len(bits) % 8)
    empty = int(bits, 2).to_bytes(len(bits) // 8).replace(b"\xff", b"\xff\0")
    every = list(range(components))
    dc = scan(every, 0, 0, 0, bytes(-(-blocks * components // 8)))
    one = b"".join(scan([n], 1, last, 0, empty) for n in every)
    whole = dc + one * (count // components)
    return START + frame(PROGRESSIVE, side, components) + whole + END


def dc_refinements(side: int, count: int, components: int) -> bytes:
    """Return a progressive JPEG whose scans refine the DC by a bit of 0 in each block."""
    blocks = (-(-side // 8)) ** 2
    every = list(range(components))
    data = bytes(-(-blocks * components // 8))
    first = scan(every, 0, 0, 13, data)
    rest = b"".join(scan(every, 0, 0, (14 - n) << 4 | 13 - n, data) for n in range(1, count))
    return START + frame(PROGRESSIVE, side, components) + first + rest + END


def arithmetic(side: int, count: int, components: int) -> bytes:
    """Return a JPEG in arithmetic code without a byte of it: the decoder takes zeros instead."""
    every = list(range(components))
    if count == 1:
        return START + frame(ARITHMETIC, side, components) + scan(every, 0, 63, 0, b"") + END
    dc = scan(every, 0, 0, 0, b"")
    rest = b"".join(scan([n % components], 1, 63, 0, b"\x55" * 64) for n in range(count - 1))
    return START + frame(ARITHMETIC_PROGRESSIVE, side, components) + dc + rest + END


def segments(marker: int, body_size: int, start: bytes) -> bytes:
    """Return a small JPEG behind as many segments as fit."""
    each = segment(marker, start.ljust(body_size, b"\0"))
    whole = small()
    return START + each * ((MOST_BYTES - len(whole)) // len(each)) + whole[2:]


def fill(place: str, byte: int, size: int) -> bytes:
    """Return a photo with bytes of one value ahead of its scans, between them, or in place of its
    end."""
    whole = small(progressive=True)
    at = {"head": 2, "scans": whole.rindex(b"\xff\xda"), "end": len(whole) - 2}[place]
    rest = b"" if place == "end" else whole[at:]
    return whole[:at] + bytes([byte]) * size + rest


def between_scans(body_size: int, size: int) -> bytes:
    """Return a photo with comments ahead of its last scan."""
    whole, each = small(progressive=True), segment(0xFE, bytes(body_size))
    at = whole.rindex(b"\xff\xda")
    return whole[:at] + each * (size // len(each)) + whole[at:]


def without_end(megapixels: int, progressive: int) -> bytes:
    """Return a photo without the marker of its end."""
    side = int((megapixels * 1e6) ** 0.5)
    photo = Image.effect_noise((512, 512), 40).resize((side, side)).convert("RGB")
    return _encoded(photo, quality=85, progressive=bool(progressive))[:-2]


def small(**options: object) -> bytes:
    return _encoded(Image.linear_gradient("L").convert("RGB"), **options)


def _encoded(image: Image.Image, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "JPEG", **options)
    return buffer.getvalue()


SIDES = (7071, 1000, 300)
ATTACKS = (
    Attack("JPEG", "progressive scans of a few bytes", scans,
           side=SIDES, count=(27, 400, 15, 60), components=(3, 1), last=(63, 1)),
    Attack("JPEG", "refinements of the DC", dc_refinements,
           side=(7071, 2000), count=(13, 6), components=(3, 4)),
    Attack("JPEG", "arithmetic code without data", arithmetic,
           side=SIDES, count=(1, 16, 30), components=(3, 4)),
    Attack("JPEG", "segments", segments, marker=(0xFE, 0xE1, 0xE2, 0xED, 0xDB, 0xC4),
           body_size=(250, 0, 2000, 65_000),
           start=(b"", b"Exif\0\0MM\0*\0\0\0\x08", b"ICC_PROFILE\0\1\1", b"Photoshop 3.0\0",
                  b"http://ns.adobe.com/xap/1.0/\0")),
    Attack("JPEG", "bytes beside the segments", fill, place=("end", "scans", "head"),
           byte=(0xFF, 0), size=(20_000_000, 99_000)),
    Attack("JPEG", "comments between scans", between_scans, body_size=(0, 100, 2000),
           size=(20_000_000, 400_000)),
    Attack("JPEG", "a photo without its end", without_end, megapixels=(50, 25, 12),
           progressive=(1, 0)),
)  # fmt: skip
