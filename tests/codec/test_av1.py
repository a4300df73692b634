"""The size of AV1's frames, by the header that its decoder obeys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutout.codec import av1
from cutout.codec.bits import Units


def pixels(data):
    return av1.pixels(data, Units())


def bits(*fields):
    """Return (value, count) pairs as bytes."""
    text = "".join(f"{value:0{count}b}" for value, count in fields)
    return int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8))


SIZE = [(9, 4), (9, 4), (639, 10), (479, 10)]
FULL = [(0, 3), (1, 1), (0, 1)]  # profile, still picture, no reduced header
UNIT = [(1, 32), (25, 32)]
HEADERS = {
    "reduced": [(0, 3), (1, 1), (1, 1), (4, 5), *SIZE],
    "without times": [*FULL, (0, 1), (0, 1), (0, 5), (0, 12), (4, 5), *SIZE],
    "of a level with a tier": [*FULL, (0, 1), (0, 1), (0, 5), (0, 12), (8, 5), (1, 1), *SIZE],
    "with times": [*FULL, (1, 1), *UNIT, (1, 1), (0, 2), (1, 1), (1, 2), (0, 1), (0, 1), (0, 5),
                   (0, 12), (4, 5), *SIZE],
    "with a model of its decoder": [
        *FULL, (1, 1), *UNIT, (0, 1), (1, 1), (3, 5), (1, 32), (0, 10), (1, 1), (1, 5),
        (0, 12), (4, 5), (1, 1), (5, 4), (6, 4), (0, 1), (1, 1), (2, 4),
        (0, 12), (4, 5), (0, 1), (0, 1), *SIZE],
}  # fmt: skip


@pytest.mark.parametrize("name", HEADERS)
def test_the_size_is_read_from_every_kind_of_sequence_header(name):
    header = bits(*HEADERS[name])
    delimiter, length = b"\x12\0", bytes([len(header)])

    assert av1.frame_size(header) == (640, 480)
    assert pixels(delimiter + b"\x0a" + length + header) == 640 * 480
    assert pixels(b"\x0e\0" + length + header) == 640 * 480  # with an extension
    assert pixels(b"\x08" + header) == 640 * 480  # the last, without a length
    assert pixels(delimiter + b"\x0a" + length + header[:4]) == 0
    assert pixels(delimiter) == 0


@given(st.binary(max_size=64))
def test_no_bytes_are_more_than_no_sequence_header(data):
    pixels(data)
