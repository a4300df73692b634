"""What a Python program passes as a photo."""

import struct

import numpy as np
import pytest
from PIL import Image

from cutout import codec
from cutout.engine import inputs
from tests.codec.test_png_file import SMOOTH, chunk, png
from tests.codec.tiffs import page, tiff
from tests.conftest import encoded, opened


def clear_png(depth, colour, rows, *clear):
    return png(8, 2, depth, colour, rows, chunk(b"tRNS", struct.pack(f">{len(clear)}H", *clear)))


DISPLAY_P3 = struct.pack(">4B", 12, 13, 0, 1)  # of a cICP
RED = np.full((40, 40, 3), (200, 30, 30), np.uint8)


@pytest.mark.parametrize(
    "data",
    [
        clear_png(2, 0, [b"\x1b\x1b"] * 2, 2),
        clear_png(16, 2, [struct.pack(">24H", *range(0x1200, 0x1218))] * 2, 0x1206, 0x1207, 0x1208),
        png(40, 40, 8, 2, [row.tobytes() for row in RED], chunk(b"cICP", DISPLAY_P3)),
        tiff(page(np.arange(64, dtype=np.uint16).reshape(8, 8) * 1000, photometric=0)),
    ],
    ids=["2 bits", "16 bits", "Display P3", "white is the least"],
)  # fmt: skip
def test_a_file_that_pil_has_opened_is_read_as_the_file(data):
    picture = opened(data)

    of_picture = codec.decode(inputs.read(picture, 10**6), 10**6, 10**6)[0]
    picture.load()

    assert np.array_equal(of_picture, codec.decode(data, 10**6, 10**6)[0])


def test_of_a_file_that_is_larger_than_allowed_the_picture_is_taken():
    picture = opened(encoded(SMOOTH, "PNG"))

    assert np.array_equal(inputs.read(picture, max_bytes=9), SMOOTH)


def test_a_frame_that_pil_has_chosen_is_the_photo():
    second = SMOOTH.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    picture = opened(encoded(SMOOTH, "PNG", save_all=True, append_images=[second]))
    picture.seek(1)

    assert np.array_equal(inputs.read(picture, 10**6).convert("RGB"), second)


@pytest.mark.parametrize(
    ("mode", "clear"),
    [("L", (9, 9, 9)), ("RGB", 9), ("RGB", b"\0"), ("P", (9, 9, 9)), ("P", 300), ("I;16", b"")],
)
def test_a_clear_colour_of_another_mode_counts_for_nothing(mode, clear):
    """PIL leaves the clear colour of a picture with its channels."""
    picture = Image.new(mode, (8, 8), 9)
    picture.info["transparency"] = clear

    assert codec.decode(inputs.read(picture, 10**6), 10**6, 10**6)[0].mode == "RGB"


def test_a_picture_that_is_multiplied_by_its_alpha_is_divided_by_it():
    straight = Image.new("RGBA", (8, 8), (200, 100, 50, 51))
    photo = codec.decode(inputs.read(straight.convert("RGBa"), 10**6), 10**6, 10**6)[0]

    assert np.abs(np.asarray(photo, int) - np.asarray(straight)).max() <= 3
