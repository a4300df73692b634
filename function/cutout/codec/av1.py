"""Reads what a decoder of AV1 (AV1 Bitstream & Decoding Process) obeys: the size of its frames and
how many there are, whatever the file around them states."""

from contextlib import suppress

from .bits import Bits, Units

SEQUENCE_HEADER, FRAMES = 1, (3, 6)  # obu_type; a frame's header alone, or with its tiles
START = 1024  # bytes of a sequence header, which hold its size behind 32 operating points
LARGE_LEVEL = 7  # above which a level has a tier
LAYERS = 4  # of a photo, of which each is a frame


def pixels(data: bytes, units: Units) -> int:
    """Return how many pixels a decoder makes of open bitstream units (OBUs), as far as they go:
    those of the largest frame, as often as there are frames beyond a photo's layers."""
    largest = frames = at = 0
    with suppress(IndexError):  # cut short, and no decoder reads further
        while at < len(data):
            units.take()
            header = data[at]
            at += 2 if header & 4 else 1  # with an extension
            size, at = _leb128(data, at) if header & 2 else (len(data) - at, at)
            kind = header >> 3 & 15
            if kind == SEQUENCE_HEADER:
                width, height = frame_size(data[at : at + min(size, START)])
                largest = max(largest, width * height)
            frames += kind in FRAMES
            at += size
    return largest * max(1, frames - LAYERS)


def frame_size(header: bytes) -> tuple[int, int]:
    """Return the largest (width, height) of a frame, by a sequence header (5.5). Raises IndexError
    if it is cut short."""
    bits = Bits(header)
    bits.read(4)  # profile and still_picture
    if bits.read(1):  # reduced_still_picture_header
        bits.read(5)
    else:
        _skip_operating_points(bits)
    width_bits, height_bits = bits.read(4) + 1, bits.read(4) + 1
    return bits.read(width_bits) + 1, bits.read(height_bits) + 1


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of up to 8 groups of 7 bits, and where it ends."""
    value = 0
    for group in range(8):
        value |= (data[at] & 127) << 7 * group
        at += 1
        if data[at - 1] < 128:
            break
    return value, at


def _skip_operating_points(bits: Bits) -> None:
    delay_bits = 0
    if bits.read(1):  # timing_info
        bits.read(64)
        if bits.read(1):  # equal_picture_interval, with a number in uvlc
            zeros = 0
            while not bits.read(1):
                zeros += 1
            bits.read(zeros)
        if bits.read(1):  # decoder_model_info
            delay_bits = bits.read(5) + 1
            bits.read(42)
    has_display_delay = bits.read(1)
    for _ in range(bits.read(5) + 1):
        bits.read(12)
        if bits.read(5) > LARGE_LEVEL:
            bits.read(1)
        if delay_bits and bits.read(1):
            bits.read(2 * delay_bits + 1)
        if has_display_delay and bits.read(1):
            bits.read(4)
