"""Make TIFF files (TIFF 6.0) of pages with any tags, uncompressed in one strip."""

import struct

import numpy as np

SHORT, LONG = 3, 4
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, STRIP, SAMPLES = 256, 257, 258, 259, 262, 273, 277
ROWS, STRIP_SIZE, EXTRA, FORMAT = 278, 279, 338, 339


def page(values, photometric=1, bits=None, **tags):
    """Return (tags, strip) of the samples, an array of (height, width[, samples])."""
    samples = values.shape[2] if values.ndim == 3 else 1
    bits = bits or values.dtype.itemsize * 8
    return {
        WIDTH: [values.shape[1]], HEIGHT: [values.shape[0]], BITS: [bits] * samples,
        COMPRESSION: [1], PHOTOMETRIC: [photometric], SAMPLES: [samples], ROWS: [values.shape[0]],
    } | {int(name[1:]): value for name, value in tags.items()}, values  # fmt: skip


def tiff(*pages, order="<"):
    """Return a file of the pages, where page(..., t338=[2]) sets tag 338."""
    data = bytearray(b"II*\0" if order == "<" else b"MM\0*") + bytes(4)
    link = 4
    for tags, values in pages:
        strip = values if isinstance(values, bytes) else _bytes(values, order)
        tags = tags | {STRIP: [len(data)], STRIP_SIZE: [len(strip)]}
        data += strip + bytes(len(strip) % 2)
        outside = {}
        for tag, numbers in tags.items():
            if len(numbers) > 2:
                outside[tag] = len(data)
                data += struct.pack(f"{order}{len(numbers)}H", *numbers)
        struct.pack_into(f"{order}I", data, link, len(data))
        data += struct.pack(f"{order}H", len(tags))
        for tag, numbers in sorted(tags.items()):
            if tag in outside:
                data += struct.pack(f"{order}HHII", tag, SHORT, len(numbers), outside[tag])
            elif tag in (STRIP, STRIP_SIZE):
                data += struct.pack(f"{order}HHII", tag, LONG, 1, numbers[0])
            else:
                inline = struct.pack(f"{order}{len(numbers)}H", *numbers).ljust(4, b"\0")
                data += struct.pack(f"{order}HHI", tag, SHORT, len(numbers)) + inline
        link = len(data)
        data += bytes(4)
    return bytes(data)


def _bytes(values, order):
    return np.ascontiguousarray(values.astype(values.dtype.newbyteorder(order))).tobytes()
