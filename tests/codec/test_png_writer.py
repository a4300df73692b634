import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from cutout.codec import png_writer
from tests.conftest import encoded, opened

RNG = np.random.default_rng(5)
NOISE = Image.fromarray(RNG.integers(0, 256, (150, 31, 4), np.uint8))


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (31, 1), (1, 150), (31, 64), (31, 65), (31, 150)])
def test_a_written_png_decodes_to_the_same_pixels(mode, size):
    image = NOISE.convert(mode).crop((0, 0, *size))

    again = opened(png_writer.encode(image, None, 1))

    assert (again.mode, again.size) == (mode, size)
    assert np.array_equal(again, image)


def test_the_number_of_threads_changes_no_byte():
    assert png_writer.encode(NOISE, b"profile", 3) == png_writer.encode(NOISE, b"profile", 1)


def test_the_paeth_predictor_follows_the_standard_for_all_neighbours():
    steps = np.arange(0, 256, 5, np.uint8)
    left, above, corner = np.meshgrid(steps, steps, steps)

    guess = png_writer._paeth(left, above, corner)

    a, b, c = (values.astype(int) for values in (left, above, corner))
    from_a, from_b, from_c = (np.abs(a + b - c - values) for values in (a, b, c))
    second = np.where(from_b <= from_c, b, c)
    assert np.array_equal(guess, np.where((from_a <= from_b) & (from_a <= from_c), a, second))


def test_smooth_pictures_compress_about_as_well_as_with_pillow():
    smooth = NOISE.resize((620, 450), Image.Resampling.BICUBIC)
    pillow = encoded(smooth, "PNG", compress_level=1, compress_type=zlib.Z_RLE)

    assert len(png_writer.encode(smooth, None, 1)) < 1.05 * len(pillow)


def kinds_of_chunks(data):
    """Return the types of the PNG's chunks in their order."""
    at, kinds = 8, []
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        kinds.append(kind.decode())
        at += 12 + size
    return kinds


@pytest.mark.parametrize(
    ("profile", "is_srgb", "colours"),
    [(None, False, []), (None, True, ["sRGB"]), (b"profile", True, ["iCCP"])],
)
def test_profile_and_resolution_chunks_precede_the_pixels(profile, is_srgb, colours):
    data = png_writer.encode(NOISE, profile, 1, (300, 72), is_srgb)

    assert kinds_of_chunks(data) == ["IHDR", *colours, "pHYs", "IDAT", "IEND"]
    assert opened(data).info["dpi"] == pytest.approx((300, 72), abs=0.01)
