"""Reads the segments of a JPEG (ITU-T T.81): leaves out those that no pixel or colour depends on,
refuses too many, and completes a file that lacks its end marker but no pixels."""

import re
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import NamedTuple

from PIL import Image, ImageChops

from cutout.errors import UnreadablePicture

from . import budget

# Any but a stuffed 0, a restart or a fill byte, which are part of the pixels' data.
MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # SOF0 to SOF15
SCAN, END = 0xDA, 0xD9
ALONE = (0x01, 0xD8, END)  # without a length
FILL = b"\xff"
METADATA = {*range(0xE0, 0xF0), 0xFE}
# The metadata that are read, and how often: density, EXIF, the parts of a colour profile, which a
# byte numbers, and the transform of colours.
READ = {(0xE0, b"JFIF\0"): 1, (0xE1, b"Exif\0"): 1, (0xE2, b"ICC_P"): 255, (0xEE, b"Adobe"): 1}
ROWS = 64
COEFFICIENTS = 64  # of a block of 8 x 8 pixels
# Ends that continue the pixels' data with other bits, behind each restart marker too. Three kinds
# of bits: in some places of the entropy code two of them decode to the same pixels.
BITS = (bytes(32), b"\xb6" * 32, bytes((89 * i * i + 17) % 255 for i in range(32)))
ENDS = [
    b"".join(b"%b\xff%c" % (bits, 0xD0 + restart) for restart in range(8)) + b"\xff\xd9"
    for bits in BITS
]


class Segment(NamedTuple):
    marker: int
    start: int  # of its marker
    body: memoryview
    end: int


class Scan(NamedTuple):
    components: bytes  # their identifiers
    first: int  # coefficient
    last: int
    shift: int  # bits that later scans refine


def without_metadata(data: bytes) -> bytes:
    """Return the JPEG up to its end, without the metadata and the bytes between segments that are
    not read: Pillow takes time for each, and joins EXIF in many parts in quadratic time.

    Raises UnreadablePicture for many more segments, scans or fill bytes than photos have: a scan of
    a few bytes takes as long as one that holds all pixels.
    """
    data = data.rstrip(FILL)
    segments = _few_segments(data)
    seen: Counter[tuple[int, bytes]] = Counter()
    kept, at, is_ahead = [data[:2]], 2, True
    for each in segments:
        if is_ahead:
            at = each.start  # bytes that belong to no segment
        is_ahead = is_ahead and each.marker != SCAN
        if each.marker in METADATA and not _is_read(each, seen):
            kept.append(data[at : each.start])
            at = each.end
        elif is_ahead:
            kept.append(data[at : each.end])
            at = each.end
    end = segments[-1].end if has_end(segments) else len(data)
    kept.append(data[at:end])
    return b"".join(kept)


def check_end(data: bytes) -> None:
    """Raise OSError for a JPEG without the marker of its end, before its pixels are decoded."""
    if data and not has_end(list(_segments(data.rstrip(FILL)))):
        raise OSError("the JPEG has no end")


def has_end(segments: list[Segment]) -> bool:
    return bool(segments) and segments[-1].marker == END


def _few_segments(data: bytes) -> list[Segment]:
    """Return the segments up to the end. Raises UnreadablePicture for too many or for too much to
    decode."""
    segments = list(islice(_segments(data), budget.JPEG_SEGMENTS + 1))
    if len(segments) > budget.JPEG_SEGMENTS:
        raise UnreadablePicture(f"the JPEG has more than {budget.JPEG_SEGMENTS:,} segments")
    most = _most_scans(segments)
    scans = [each for each in segments if each.marker == SCAN]
    if len(scans) > most:
        raise UnreadablePicture(f"the JPEG has more than {most} scans")
    end = segments[-1].end if has_end(segments) else len(data)
    if scans and data.count(FILL * 2, scans[0].end, end) > budget.JPEG_SEGMENTS:
        raise UnreadablePicture("the JPEG has more fill bytes than a photo has")
    return segments


def _most_scans(segments: list[Segment]) -> int:
    most = budget.JPEG_SCANNED_PIXELS // max(1, _pixels(segments))
    return max(budget.JPEG_USUAL_SCANS, min(budget.JPEG_MOST_SCANS, most))


def _pixels(segments: list[Segment]) -> int:
    sides = (each.body[1:5] for each in segments if each.marker in FRAMES)
    return max((int.from_bytes(both[:2]) * int.from_bytes(both[2:]) for both in sides), default=0)


def _is_read(each: Segment, seen: Counter[tuple[int, bytes]]) -> bool:
    """Whether the segment's metadata are read: those of each kind up to their number."""
    kind = each.marker, bytes(each.body[:5])
    seen[kind] += 1
    return seen[kind] <= READ.get(kind, 0)


def completed(data: bytes) -> bytes:
    """Return the JPEG with an end marker. Raises UnreadablePicture with what is missing if that is
    more than the marker, or if the photo is too large to be decoded as often as it takes to know.

    What is decoded past the end of the data depends on how they are continued: pixels that are the
    same with each end depend on none.
    """
    data = without_metadata(data)
    segments = list(_segments(data))
    scans = sum(each.marker == SCAN for each in segments)
    if scans * _pixels(segments) > budget.JPEG_UNENDED_PIXELS:
        raise UnreadablePicture("the file is cut short, or has no end marker")
    if not _has_all_scans(segments):
        raise UnreadablePicture("the file ends before the last of its scans")
    one = _decoded(data + ENDS[0])
    for end in ENDS[1:]:
        row = _first_difference(one, _decoded(data + end))
        if row is not None:
            share = row / one.height
            raise UnreadablePicture(f"the file ends after {share:.0%} of its rows")
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


def _has_all_scans(segments: list[Segment]) -> bool:
    """Whether the scans hold all bits of all coefficients: a progressive file has several."""
    missing: dict[int, list[int]] = {}  # bits, of each coefficient
    for each in segments:
        if each.marker in FRAMES:
            missing = {identifier: [1] * COEFFICIENTS for identifier in each.body[6::3]}
        elif each.marker == SCAN:
            scan = _scan(bytes(each.body))
            for identifier in scan.components:
                for coefficient in range(scan.first, min(scan.last + 1, COEFFICIENTS)):
                    missing[identifier][coefficient] = scan.shift
    return not any(any(bits) for bits in missing.values())


def _scan(body: bytes) -> Scan:
    count = body[0]
    first, last, approximation = body[1 + 2 * count : 4 + 2 * count]
    return Scan(body[1 : 1 + 2 * count : 2], first, last, approximation & 15)


def _segments(data: bytes) -> Iterator[Segment]:
    """Yield the segments up to the end of the first picture, and that end."""
    view, at = memoryview(data), 2
    while match := MARKER.search(data, at):
        marker, at = data[match.end() - 1], match.end()
        length = 0 if marker in ALONE else int.from_bytes(view[at : at + 2])
        yield Segment(marker, match.start(), view[at + 2 : at + length], at + length)
        if marker == END:
            return
        at += length
