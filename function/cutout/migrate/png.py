"""Write and read PNG files of 8 bits a channel, without Pillow: a check needs Python alone."""

import struct
import zlib
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # by PNG's type of colour


@dataclass(frozen=True)
class Picture:
    width: int
    height: int
    channels: int
    rows: tuple[bytes, ...]

    def pixel(self, x: int, y: int) -> tuple[int, ...]:
        return tuple(self.rows[y][x * self.channels : (x + 1) * self.channels])


def write(picture: Picture, padding: int = 0) -> bytes:
    """Return a PNG file; padding is the size of a chunk that readers ignore."""
    kind = next(kind for kind, channels in CHANNELS.items() if channels == picture.channels)
    head = struct.pack(">IIBBBBB", picture.width, picture.height, 8, kind, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in picture.rows))
    ignored = _chunk(b"paDd", bytes(padding)) if padding else b""
    whole = _chunk(b"IHDR", head) + ignored + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")
    return SIGNATURE + whole


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def read(data: bytes) -> Picture | None:
    """Return the picture of a PNG file of 8 bits a channel; None for what is none."""
    if not data.startswith(SIGNATURE):
        return None
    try:
        parts = _chunks(data)
        width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", parts[b"IHDR"])
        if depth != 8 or interlaced or kind not in CHANNELS:
            return None
        lines = zlib.decompress(parts[b"IDAT"])
    except (KeyError, struct.error, zlib.error):
        return None
    channels = CHANNELS[kind]
    if len(lines) != height * (width * channels + 1):
        return None
    return Picture(width, height, channels, _unfiltered(lines, width * channels, channels))


def _chunks(data: bytes) -> dict[bytes, bytes]:
    parts: dict[bytes, bytes] = {}
    at = len(SIGNATURE)
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        parts[name] = parts.get(name, b"") + data[at + 8 : at + 8 + size]
        at += size + 12
    return parts


def _unfiltered(lines: bytes, count: int, step: int) -> tuple[bytes, ...]:
    rows: list[bytes] = []
    above = bytes(count)
    for start in range(0, len(lines), count + 1):
        row = bytearray(lines[start + 1 : start + 1 + count])
        kind = lines[start]
        for at in range(count if kind else 0):
            left = row[at - step] if at >= step else 0
            corner = above[at - step] if at >= step else 0
            row[at] = (row[at] + _predicted(kind, left, above[at], corner)) & 255
        above = bytes(row)
        rows.append(above)
    return tuple(rows)


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    """Return what a filter of PNG adds: none, left, up, their mean, or Paeth's choice."""
    if kind < 4:
        return (0, left, up, (left + up) // 2)[kind]
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))
