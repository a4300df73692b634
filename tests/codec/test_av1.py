"""The size of AV1's frames, which is that of the picture unless a file lies."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cutout import codec, errors
from cutout.codec import av1, isobmff
from tests.conftest import encoded


def avif(size, mode="RGB"):
    return encoded(Image.new(mode, size), "AVIF")


def saying(data, width, height):
    """Return the file with another size in its properties."""
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", width, height) + data[at + 8 :]


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

    assert av1.frame_size(delimiter + b"\x0a" + length + header) == (640, 480)
    assert av1.frame_size(b"\x0e\0" + length + header) == (640, 480)  # with an extension
    assert av1.frame_size(b"\x08" + header) == (640, 480)  # the last, without a length
    assert av1.frame_size(delimiter + b"\x0a" + length + header[:4]) is None
    assert av1.frame_size(delimiter) is None


@given(st.binary(max_size=64))
def test_no_bytes_are_more_than_no_sequence_header(data):
    av1.frame_size(data)


@pytest.mark.parametrize(("size", "mode"), [((240, 180), "RGB"), ((5, 7), "RGBA")])
def test_every_item_of_a_photo_has_its_size(size, mode):
    starts = list(isobmff.item_starts(avif(size, mode), 64))

    assert [av1.frame_size(start) for start in starts] == [size] * (len(mode) - 2)


def test_a_photo_with_more_pixels_than_it_says_is_refused_before_they_are_decoded():
    """Two kB with 151 MP that say 64 x 64 would take seconds and a gigabyte."""
    with pytest.raises(errors.UnreadablePicture, match=r"says.* 64 x 64 .*has 2000 x 1500$"):
        codec.measure(saying(avif((2000, 1500)), 64, 64), 10**6, 10**6)


def test_a_frame_that_is_padded_is_no_lie():
    av1.check(avif((1024, 1024)), (1000, 1000))


@given(st.integers(0, 300), st.integers(0, 255))
def test_no_damage_to_boxes_is_more_than_a_refusal(at, byte):
    data = bytearray(PHOTO)
    data[at] = byte
    try:
        starts = list(isobmff.item_starts(bytes(data), 64))
    except struct.error:
        return
    assert all(len(start) <= 64 for start in starts)


PHOTO = avif((16, 16), "RGBA")
