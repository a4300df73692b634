"""Reads the frame size from a sequence header of AV1 (AV1 Bitstream & Decoding Process, 5.5), which
the decoder obeys, whatever size the file around it states."""

from cutout.errors import UnreadablePicture

from . import isobmff

START = 64  # bytes of an item, which hold its sequence header
PADDING = 1_000_000  # pixels by which a frame may exceed the picture that is shown of it
SEQUENCE_HEADER = 1  # obu_type
LARGE_LEVEL = 7  # above which a level has a tier


def check(data: bytes, size: tuple[int, int]) -> None:
    """Raise UnreadablePicture if an item of an AVIF has many more pixels than the file's size: a
    decoder would decode them all. The frames of an animation are not looked at."""
    for start in isobmff.item_starts(data, START):
        width, height = frame_size(start) or (0, 0)
        if width * height > size[0] * size[1] + PADDING:
            stated, coded = f"{size[0]} x {size[1]}", f"{width} x {height}"
            raise UnreadablePicture(f"the AVIF says that it has {stated} pixels, and has {coded}")


def frame_size(units: bytes) -> tuple[int, int] | None:
    """Return the largest (width, height) of a frame, by the first sequence header of some open
    bitstream units (OBUs), or None if they have none or are cut short before."""
    at = 0
    try:
        while at < len(units):
            header = units[at]
            at += 2 if header & 4 else 1  # with an extension
            size, at = _leb128(units, at) if header & 2 else (len(units) - at, at)
            if header >> 3 & 15 == SEQUENCE_HEADER:
                return _size(_Bits(units[at : at + size]))
            at += size
    except IndexError:
        return None
    return None


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of up to 8 groups of 7 bits, and where it ends."""
    value = 0
    for group in range(8):
        value |= (data[at] & 127) << 7 * group
        at += 1
        if data[at - 1] < 128:
            break
    return value, at


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data)
        self._left = 8 * len(data)

    def read(self, count: int) -> int:
        """Return the next bits as a number. Raises IndexError behind the last."""
        self._left -= count
        if self._left < 0:
            raise IndexError
        return self._value >> self._left & (1 << count) - 1


def _size(bits: _Bits) -> tuple[int, int]:
    bits.read(4)  # profile and still_picture
    if bits.read(1):  # reduced_still_picture_header
        bits.read(5)
    else:
        _skip_operating_points(bits)
    width_bits, height_bits = bits.read(4) + 1, bits.read(4) + 1
    return bits.read(width_bits) + 1, bits.read(height_bits) + 1


def _skip_operating_points(bits: _Bits) -> None:
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
