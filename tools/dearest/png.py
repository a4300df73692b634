"""Writes PNGs (third edition) that cost much for their bytes."""

import struct
import zlib
from io import BytesIO

from PIL import Image

from .attack import MOST_BYTES, MOST_SIDE, Attack

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ENDLESS = 1 << 24


def chunk(name: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(body, zlib.crc32(name))
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", checksum)


def header(side: int, depth: int, colour: int, interlace: int = 0) -> bytes:
    body = struct.pack(">IIBBBBB", side, side, depth, colour, 0, 0, interlace)
    return SIGNATURE + chunk(b"IHDR", body)


def flat(side: int, depth: int, colour: int, interlace: int, filter: int) -> bytes:
    """Return a picture of one colour."""
    row = (side * depth * CHANNELS[colour] + 7) // 8
    deflater = zlib.compressobj(9)
    if interlace:
        rows = [(-(-(side - top) // down), -(-(side - left) // right)) for left, top, right, down in
                ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4),
                 (1, 0, 2, 2), (0, 1, 1, 2))]  # fmt: skip
    else:
        rows = [(side, side)]
    parts = []
    for height, width in rows:
        row = (width * depth * CHANNELS[colour] + 7) // 8
        line = bytes([filter]) + bytes(row)
        parts += [deflater.compress(line * min(64, height - at)) for at in range(0, height, 64)]
    data = b"".join([*parts, deflater.flush()])
    palette = chunk(b"PLTE", bytes(768)) if colour == 3 else b""
    return b"".join(
        [header(side, depth, colour, interlace), palette, chunk(b"IDAT", data), chunk(b"IEND", b"")]
    )


def damaged(side: int, depth: int, colour: int, filter: int) -> bytes:
    """Return a picture of one colour with a wrong checksum of its pixels."""
    whole = flat(side, depth, colour, 0, filter)
    return whole[:-16] + b"\0\0\0\0" + whole[-12:] if whole else b""


def cut(side: int, depth: int, colour: int, filter: int) -> bytes:
    """Return a picture of one colour without its end."""
    return flat(side, depth, colour, 0, filter)[:-17]


def chunks(name: bytes, body: bytes, where: str) -> bytes:
    """Return a small picture with as many chunks of one kind as fit."""
    whole, each = small(), chunk(name, body)
    at = {"ahead": 33, "behind": len(whole) - 12}[where]
    return whole[:at] + each * ((MOST_BYTES - len(whole)) // len(each)) + whole[at:]


def bomb(name: bytes, start: bytes, size: int, count: int) -> bytes:
    """Return a small picture with compressed texts or profiles that are large."""
    whole, each = small(), chunk(name, start + zlib.compress(bytes(size), 9))
    return whole[:33] + each * count + whole[33:]


def many_idats(side: int, size: int) -> bytes:
    """Return a picture whose pixels are in chunks of a few bytes."""
    whole = flat(side, 8, 6, 0, 0)
    at = whole.index(b"IDAT") - 4
    data = whole[at + 8 : at + 8 + int.from_bytes(whole[at : at + 4])]
    data = b"".join(chunk(b"IDAT", data[n : n + size]) for n in range(0, len(data), size))
    return whole[:at] + data + chunk(b"IEND", b"")


def profile(kind: bytes, entries: int, side: int) -> bytes:
    """Return a photo with an ICC profile whose curves have many entries."""
    curve = b"curv" + bytes(4) + struct.pack(">I", entries)
    curve += bytes(range(256)) * (entries // 128) + bytes(entries % 128 * 2)
    point = b"XYZ " + bytes(4) + struct.pack(">3i", 30000, 30000, 30000)
    body, table, at = b"", b"", 132 + 12 * 7
    for name, content in ((b"wtpt", point), (b"rXYZ", point), (b"gXYZ", point), (b"bXYZ", point),
                          (b"rTRC", curve)):  # fmt: skip
        table += name + struct.pack(">II", at + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    last = table[-8:]
    table = struct.pack(">I", 7) + table + b"gTRC" + last + b"bTRC" + last
    head = struct.pack(">I4xI4s4s4s12x4s28x", at + len(body), 0x02400000, kind, b"RGB ", b"XYZ ",
                       b"acsp")  # fmt: skip
    head += struct.pack(">3i", 63190, 65536, 54061)
    icc = head.ljust(128, b"\0") + table + body
    buffer = BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((side, side)).save(
        buffer, "PNG", icc_profile=icc
    )
    return buffer.getvalue()


def exif(entry_kind: int, count: int) -> bytes:
    """Return a small picture with an orientation in EXIF of many values."""
    entry = struct.pack(">HHII", 274, entry_kind, count, 26)
    tiff = b"MM\0*\0\0\0\x08\0\x01" + entry + bytes(4) + b"\0\0\0\1" * (2 * count + 8)
    whole = small()
    return whole[:33] + chunk(b"eXIf", tiff) + whole[33:]


def entries(count: int) -> bytes:
    """Return a small picture with EXIF of many entries."""
    tiff = b"MM\0*\0\0\0\x08" + struct.pack(">H", count)
    tiff += b"".join(struct.pack(">HHII", tag, 7, 300, 8) for tag in range(count)) + bytes(400)
    whole = small()
    return whole[:33] + chunk(b"eXIf", tiff) + whole[33:]


def small() -> bytes:
    buffer = BytesIO()
    Image.linear_gradient("L").convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()


SIDES = (MOST_SIDE, 2000)
ATTACKS = (
    Attack("PNG", "one colour", flat, side=SIDES, depth=(16, 8), colour=(6, 2, 4),
           interlace=(1, 0), filter=(4, 3, 0)),
    Attack("PNG", "a wrong checksum of the pixels", damaged, side=SIDES, depth=(16, 8),
           colour=(6, 2), filter=(4, 0)),
    Attack("PNG", "no end", cut, side=SIDES, depth=(16, 8), colour=(6, 2), filter=(4, 0)),
    Attack("PNG", "chunks", chunks,
           name=(b"tEXt", b"zTXt", b"iCCP", b"eXIf", b"tIME", b"IDAT", b"sPLT", b"fdAT"),
           body=(b"", b"a\0\0" + zlib.compress(bytes(300_000)), b"a\0b", bytes(600)),
           where=("ahead", "behind")),
    Attack("PNG", "compressed metadata", bomb, name=(b"iCCP", b"zTXt", b"iTXt"),
           start=(b"a\0\0", b"Raw profile type exif\0\0", b"Raw profile type exif\0\1\0\0\0"),
           size=(ENDLESS - 8, ENDLESS // 64), count=(1, 4, 70, 1400)),
    Attack("PNG", "pixels in small chunks", many_idats, side=SIDES, size=(10, 1, 100)),
    Attack("PNG", "curves of a profile", profile, kind=(b"mntr", b"scnr"),
           entries=(4_000_000, 65_536, 256), side=(2000, 300)),
    Attack("PNG", "values of the orientation", exif, entry_kind=(5, 10, 3, 1, 12, 7),
           count=(2_500_000, 60_000)),
    Attack("PNG", "entries of EXIF", entries, count=(65_000, 5_000)),
)  # fmt: skip
