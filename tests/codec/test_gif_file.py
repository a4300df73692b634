"""GIFs of many blocks, and what is read of them."""

import struct

import numpy as np
import pytest
from PIL import Image

from cutout import codec, errors
from cutout.codec import gif_file
from tests.conftest import encoded

SMOOTH = Image.linear_gradient("L").resize((60, 40))
WHOLE = encoded(SMOOTH, "GIF")
FRAME = WHOLE.index(b"\x2c\0\0\0\0")


def decode(data, **options):
    return codec.decode(data, 10**8, 10**6, **options)[0]


def with_blocks(blocks, at=FRAME):
    return WHOLE[:at] + blocks + WHOLE[at:]


@pytest.mark.parametrize("label", [0xFE, 0xFF, 0x01])
@pytest.mark.parametrize("at", [FRAME, len(WHOLE) - 1])
def test_extensions_do_not_reach_the_decoder(label, at):
    data = with_blocks(bytes([0x21, label]) + b"\1a" * 9 + b"\0", at)

    assert np.array_equal(decode(data), decode(WHOLE))
    assert gif_file.first_frame(data).data == WHOLE[:-1]


@pytest.mark.parametrize(
    "blocks",
    [b"\x21\xfe" + b"\1a" * 150_001 + b"\0", b"\x21\xff\0" * 150_001, WHOLE[FRAME:-1] * 50_001],
    ids=["of a comment", "of extensions", "of frames"],
)
def test_many_more_blocks_than_a_photo_has_are_refused(blocks):
    """22 MB of comments in blocks of a byte would take 8 s and a gigabyte."""
    with pytest.raises(errors.UnreadablePicture, match="more than 150,000 blocks"):
        codec.measure(with_blocks(blocks), 10**8, 10**6)


def test_bytes_between_blocks_are_refused_ahead_of_the_picture_and_ignored_behind_it():
    with pytest.raises(errors.UnreadablePicture, match="belong to no block"):
        decode(with_blocks(b"\1"))

    assert np.array_equal(decode(with_blocks(b"\1" * 9, len(WHOLE) - 1)), decode(WHOLE))


def test_of_an_animation_the_first_frame_alone_reaches_the_decoder():
    pixel = b"\x2c" + struct.pack("<4HB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0"
    data = with_blocks(pixel * 1000, len(WHOLE) - 1)

    assert np.array_equal(decode(data, frames="first"), decode(WHOLE))
    with pytest.raises(errors.Animation, match="1001 frames"):
        decode(data)


def test_the_clear_colour_of_the_first_frame_is_kept():
    photo = decode(encoded(SMOOTH.convert("P"), "GIF", transparency=3, comment=b"a" * 999))

    assert photo.mode == "RGBA"
