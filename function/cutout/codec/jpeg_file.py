"""Reads the segments of a JPEG (ITU-T T.81): refuses too many scans, and completes a file that
lacks its end marker but no pixels."""

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import NamedTuple

from PIL import Image, ImageChops

from cutout.errors import UnreadablePicture

# Any but a stuffed 0, a restart or a fill byte, which are part of the pixels' data.
MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
SCAN_MARKER = re.compile(rb"\xff\xda")  # sought in 40 % of the time that bytes.count takes
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # SOF0 to SOF15
SCAN, END = 0xDA, 0xD9
ALONE = (0x01, 0xD8)  # without a length
USUAL_SCANS, MOST_SCANS = 16, 64  # of a file of any size, and of a small one
MOST_SEGMENTS = 100_000  # ahead of the pixels; extended XMP of 22 MB has 340
MOST_SCANNED = 1_500_000_000  # pixels, each as often as there are scans: 30 scans of 50 MP
ROWS = 64
COEFFICIENTS = 64  # of a block of 8 x 8 pixels
# Ends that continue the pixels' data with other bits, behind each restart marker too. Three kinds
# of bits: in some places of the entropy code two of them decode to the same pixels.
BITS = (bytes(32), b"\xb6" * 32, bytes((89 * i * i + 17) % 255 for i in range(32)))
ENDS = [
    b"".join(b"%b\xff%c" % (bits, 0xD0 + restart) for restart in range(8)) + b"\xff\xd9"
    for bits in BITS
]


class Scan(NamedTuple):
    components: bytes  # their identifiers
    first: int  # coefficient
    last: int
    shift: int  # bits that later scans refine


def check_header(data: bytes) -> None:
    """Raise UnreadablePicture for many more segments, or bytes between them, than photos have ahead
    of their pixels: Pillow reads each by itself and keeps it."""
    count, at = 0, 2
    while match := MARKER.search(data, at):
        marker = data[match.end() - 1]
        count += 1 + match.start() - at
        if count > MOST_SEGMENTS:
            raise UnreadablePicture(f"the JPEG has more than {MOST_SEGMENTS:,} segments")
        if marker in (SCAN, END):
            return
        at = match.end()
        if marker not in ALONE:
            at += int.from_bytes(data[at : at + 2])


def check_scans(data: bytes, pixels: int) -> None:
    """Raise UnreadablePicture for many more scans than photos have: a scan of a few bytes takes as
    long as one that holds all pixels."""
    found = SCAN_MARKER.finditer(data)  # those in metadata and trailers, too
    if sum(1 for _ in islice(found, USUAL_SCANS + 1)) <= USUAL_SCANS:
        return
    most = max(USUAL_SCANS, min(MOST_SCANS, MOST_SCANNED // pixels))
    scans = (marker for marker, _ in _segments(data) if marker == SCAN)
    if sum(1 for _ in islice(scans, most + 1)) > most:
        raise UnreadablePicture(f"the JPEG has more than {most} scans")


def completed(data: bytes) -> bytes:
    """Return the JPEG with an end marker. Raises UnreadablePicture with what is missing if that is
    more than the marker.

    What is decoded past the end of the data depends on how they are continued: pixels that are the
    same with each end depend on none.
    """
    data = data.rstrip(b"\xff")  # the half of a marker
    one = _decoded(data + ENDS[0])
    for end in ENDS[1:]:
        row = _first_difference(one, _decoded(data + end))
        if row is not None:
            share = row / one.height
            raise UnreadablePicture(f"the file ends after {share:.0%} of its rows")
    if not _has_all_scans(data):
        raise UnreadablePicture("the file ends before the last of its scans")
    return data + ENDS[0]


def _first_difference(one: Image.Image, other: Image.Image) -> int | None:
    """Return the first row that differs. Compared in strips, for a third picture takes memory."""
    for top in range(0, one.height, ROWS):
        strip = (0, top, one.width, min(top + ROWS, one.height))
        box = ImageChops.difference(one.crop(strip), other.crop(strip)).getbbox()
        if box:
            return top + box[1]
    return None


def _decoded(data: bytes) -> Image.Image:
    with Image.open(BytesIO(data), formats=["JPEG"]) as image:
        image.load()
        return image


def _has_all_scans(data: bytes) -> bool:
    """Whether the scans hold all bits of all coefficients: a progressive file has several."""
    missing: dict[int, list[int]] = {}  # bits, of each coefficient
    for marker, body in _segments(data):
        if marker in FRAMES:
            missing = {identifier: [1] * COEFFICIENTS for identifier in body[6::3]}
        elif marker == SCAN:
            scan = _scan(body)
            for identifier in scan.components:
                for coefficient in range(scan.first, min(scan.last + 1, COEFFICIENTS)):
                    missing[identifier][coefficient] = scan.shift
    return not any(any(bits) for bits in missing.values())


def _scan(body: bytes) -> Scan:
    count = body[0]
    first, last, approximation = body[1 + 2 * count : 4 + 2 * count]
    return Scan(body[1 : 1 + 2 * count : 2], first, last, approximation & 15)


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the markers with the bodies of their segments, up to the end of the first picture."""
    at = 2
    while match := MARKER.search(data, at):
        marker, at = data[match.end() - 1], match.end()
        if marker == END:
            return
        if marker not in ALONE:
            length = int.from_bytes(data[at : at + 2])
            yield marker, data[at + 2 : at + length]
            at += length
