"""Reads what a decoder of HEVC (ITU-T H.265) obeys: the size of its frames and how many there are,
whatever the file around them states."""

from collections.abc import Iterator

from .bits import Bits, Units

SEQUENCE = 33  # nal_unit_type of a sequence parameter set
PICTURES = range(32)  # nal_unit_types of slices
CHROMA_444 = 3
UNIT_HEADER = 2  # bytes
START = 256  # bytes of a sequence parameter set, which hold its size
PROFILE_BITS, LEVEL_BITS, MOST_LAYERS = 88, 8, 8


def pixels(configuration: bytes, data: bytes, units: Units) -> int:
    """Return how many pixels a decoder makes of an item, by its hvcC box and its data. Raises
    IndexError for damage."""
    largest = frames = 0
    length_size = (configuration[21] & 3) + 1
    for unit in (*_of_configuration(configuration, units), *_units(data, length_size, units)):
        kind = unit[0] >> 1 & 63
        if kind == SEQUENCE:
            width, height = frame_size(bytes(unit[:START]))
            largest = max(largest, width * height)
        elif kind in PICTURES:
            frames += unit[UNIT_HEADER] >> 7  # first_slice_segment_in_pic_flag
    return largest * max(1, frames)


def _of_configuration(hvcc: bytes, units: Units) -> Iterator[memoryview]:
    view, at = memoryview(hvcc), 23
    for _ in range(hvcc[22]):
        count, at = int.from_bytes(view[at + 1 : at + 3]), at + 3
        for _ in range(count):
            units.take()
            length, at = int.from_bytes(view[at : at + 2]), at + 2
            if length:
                yield view[at : at + length]
            at += length


def _units(data: bytes, length_size: int, units: Units) -> Iterator[memoryview]:
    view, at = memoryview(data), 0
    while at + length_size < len(data):
        units.take()
        length, at = int.from_bytes(view[at : at + length_size]), at + length_size
        if length:
            yield view[at : at + length]
        at += length


def frame_size(unit: bytes) -> tuple[int, int]:
    """Return the (width, height) of frames, by a sequence parameter set (H.265, 7.3.2.2). Raises
    IndexError if it is cut short."""
    bits = Bits(unit[UNIT_HEADER:].replace(b"\0\0\3", b"\0\0"))
    bits.read(4)
    layers = bits.read(3)
    bits.read(1 + PROFILE_BITS + LEVEL_BITS)
    present = [(bits.read(1), bits.read(1)) for _ in range(layers)]
    if layers:
        bits.read(2 * (MOST_LAYERS - layers))
    for has_profile, has_level in present:
        bits.read(PROFILE_BITS * has_profile + LEVEL_BITS * has_level)
    bits.read_exponential()
    if bits.read_exponential() == CHROMA_444:
        bits.read(1)
    return bits.read_exponential(), bits.read_exponential()
