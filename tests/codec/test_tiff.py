"""TIFF files by the kind of their pixels and pages: read rightly, or refused by name."""

import re
import struct
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cutout import codec, errors
from cutout.codec import tiff_file
from tests.codec.tiffs import page, tiff
from tests.conftest import encoded
from tools.dearest import others

LEVELS = np.linspace(0, 1, 48).reshape(6, 8)
COLOURS = np.stack([LEVELS, LEVELS[::-1], LEVELS[:, ::-1]], -1)
GREY8, GREY16 = (
    (LEVELS * most).round().astype(kind) for most, kind in ((255, "u1"), (65535, "u2"))
)
RGB8, RGB16 = ((COLOURS * most).round().astype(kind) for most, kind in ((255, "u1"), (65535, "u2")))
HALF = np.full((6, 8, 1), 128, np.uint8)
RGB = page(RGB8, 2)


def decode(data, **options):
    return codec.decode(data, 10**6, 10**6, **options)[0]


def packed(levels, bits):
    """Return samples of few bits as the bytes of their rows."""
    rows = ((levels[..., None] >> np.arange(bits)[::-1]) & 1).reshape(len(levels), -1)
    return np.packbits(rows.astype(np.uint8), axis=1).tobytes()


@pytest.mark.parametrize(
    ("photometric", "bits", "order"),
    [*product((tiff_file.MIN_IS_WHITE, tiff_file.MIN_IS_BLACK), (1, 2, 4, 8, 16), "<>"),
     (tiff_file.MIN_IS_BLACK, 12, "<")],
)  # fmt: skip
def test_grey_of_every_depth_is_as_bright_as_it_says(photometric, bits, order):
    most = 2**bits - 1
    levels = (LEVELS * most).round().astype(np.uint8 if bits <= 8 else np.uint16)
    stored = levels if photometric == tiff_file.MIN_IS_BLACK else most - levels
    tags, values = page(stored, photometric, bits)

    data = tiff((tags, packed(stored, bits) if bits not in (8, 16) else values), order=order)

    wanted = (levels / most * 255).round()
    assert np.array_equal(np.asarray(decode(data))[..., 0], wanted)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("values", [RGB8, RGB16])
def test_rgb_of_8_and_16_bits_keeps_its_tones(values, order):
    photo = np.asarray(decode(tiff(page(values, 2), order=order)))

    assert np.abs(photo - COLOURS * 255).max() <= 1


@pytest.mark.parametrize(("kind", "shares"), [(1, 128 / 255), (2, 1)])
@pytest.mark.parametrize("photometric", [1, 2])
def test_colours_that_are_multiplied_by_the_alpha_are_divided_by_it(photometric, kind, shares):
    colours = RGB8 if photometric == 2 else GREY8[..., None]
    values = np.concatenate([(colours * shares).round().astype(np.uint8), HALF], -1)

    photo = np.asarray(decode(tiff(page(values, photometric, t338=[kind]))))

    assert np.abs(photo[..., :3].astype(int) - colours).max() <= 2
    assert set(photo[..., 3].ravel()) == {128}


def test_a_sample_beyond_the_colours_is_left_out():
    values = np.concatenate([RGB8, HALF], -1)

    photo = decode(tiff(page(values, 2, t338=[0])))

    assert np.array_equal(photo, RGB8)


FOUR = np.concatenate([RGB8, HALF], -1)
UNREAD = {
    "CMYK with alpha of 8 bits": page(np.concatenate([FOUR, HALF], -1), 5, t338=[2]),
    "grey of floating-point 32 bits": page(LEVELS.astype(np.float32), t339=[3]),
    "RGB of floating-point 32 bits": page(COLOURS.astype(np.float32), 2, t339=[3, 3, 3]),
    "grey of floating-point 64 bits": page(LEVELS, t339=[3]),
    "grey of 12 bits": page(GREY16, 0, 12),
    "grey of 32 bits": page(GREY16.astype(np.uint32), 0),
    "grey of signed 16 bits": page(GREY16, t339=[2]),
    "RGB of 32 bits": page(RGB16.astype(np.uint32), 2),
    "grey with alpha of 16 bits": page(np.stack([GREY16] * 2, -1), t338=[2]),
    "LAB of 16 bits": page(RGB16, 8),
    "LAB of ICC of 8 bits": page(RGB8, 9),
    "LogLuv of 8 bits": page(RGB8, 32845),
    "RGB of 16 bits in separate planes": page(RGB16, 2, t284=[2]),
    "RGB with alpha of 8 bits in separate planes": page(FOUR, 2, t284=[2], t338=[1]),
    "grey with alpha of 8 bits in separate planes": page(FOUR[..., 2:], t284=[2], t338=[2]),
    "YCbCr of 8 bits": page(RGB8, 6),  # of half the colours, unless another tag denies it
    "RGB of 8 bits in JPEG 2000": page(RGB8, 2, t259=[34712]),
    "RGB of 8 bits in JPEG XL": page(RGB8, 2, t259=[50002]),
}  # fmt: skip


@pytest.mark.parametrize("kind", UNREAD)
def test_pixels_that_are_not_read_are_named(kind):
    sentence = re.escape(f"TIFF pixels of type {kind} are not supported")
    with pytest.raises(errors.UnreadablePicture, match=f"^{sentence}$"):
        decode(tiff(UNREAD[kind]))


@pytest.mark.parametrize(
    ("tag", "value"), [("t254", tiff_file.REDUCED), ("t254", tiff_file.MASK), ("t255", 2)]
)
@pytest.mark.parametrize("is_ahead", [False, True])
def test_thumbnails_and_masks_are_no_pages(tag, value, is_ahead):
    small = page(GREY8[:3, :4], **{tag: [value]})
    data = tiff(*([small, RGB] if is_ahead else [RGB, small, small]))

    assert np.array_equal(decode(data), RGB8)
    assert codec.measure(data, 10**6, 10**6).width == 8


def test_of_several_pages_the_first_is_read_on_request():
    data = tiff(RGB, page(GREY8), page(GREY8), page(GREY8[:2], t254=[1]))

    with pytest.raises(errors.Animation, match=r"^the file is a TIFF of 3 pages; .*frames=first"):
        decode(data)
    assert np.array_equal(decode(data, frames="first"), RGB8)


@pytest.mark.parametrize(
    "data",
    [tiff(page(GREY8, t254=[1])), tiff(page(RGB8, 2, t50706=[1, 4])), tiff(page(GREY8, 32803))],
)
def test_a_camera_s_raw_file_is_named(data):
    with pytest.raises(errors.UnknownFileType, match="a camera's raw file"):
        decode(data)


def test_bytes_behind_the_last_page_are_ignored():
    assert np.array_equal(decode(tiff(RGB) + b"garbage" * 99), RGB8)


def test_a_page_that_follows_itself_is_one_page():
    data = bytearray(tiff(RGB))
    (at,) = struct.unpack("<I", data[4:8])
    data[-4:] = struct.pack("<I", at)

    assert len(tiff_file.pages(bytes(data))) == 1


def test_lists_of_tags_that_lie_upon_each_other_are_refused():
    """A thousand lists of 50,000 tags in 600 kB would take a minute."""
    lists, count = 1000, 50_000
    data = bytearray(b"II*\0\x08\0\0\0" + bytes(12 * (lists + count) + 14))
    for number in range(lists):
        at = 8 + 12 * number
        struct.pack_into("<H", data, at, count)
        struct.pack_into("<I", data, at + 2 + 12 * count, at + 12)

    with pytest.raises(errors.UnreadablePicture, match="more than 20,000 tags"):
        tiff_file.pages(bytes(data))


def rows(width, count):
    return others.tiff_strips(width, count, 1)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (rows(16, 50_001), "more than 50,000 strips or tiles"),
        (others.tiff_overlapping(1000, 100_000), "strips or tiles of the TIFF overlap"),
        (others.tiff_tile(4096, 8), "a tile that is much larger than its page"),
        (others.tiff_tags(20_001, 3, 1), "more than 20,000 tags"),
        (others.tiff_tags(300, 5, 1000), "more values than a photo"),
        (others.tiff_tags(100, 7, 50_000), "more values than a photo"),
        (others.tiff_pages(100, 100_000), "more values than a photo"),
        (others.tiff_exif(300_000), "more values than a photo"),
        (others.tiff_jpeg(2, 17, "arithmetic"), "a JPEG of too many scans"),
    ],
    ids=["strips", "strips upon each other", "a large tile", "tags", "values", "values upon each "
         "other", "pages that share a large tag", "values of EXIF", "scans"],
)  # fmt: skip
def test_much_more_than_a_photo_has_is_refused_before_it_is_read(data, sentence):
    with pytest.raises(errors.UnreadablePicture, match=sentence):
        codec.measure(data, 10**8, 10**7)


def test_a_page_of_one_row_a_strip_is_read():
    height = 20_000
    strips = [(273, 4, [8 + 48 * n for n in range(height)]), (279, 4, [48] * height)]
    data = others.ifd([*others.tags(16, height, 1), *strips, (278, 4, [1])], bytes(48 * height))

    assert codec.decode(data, 10**7, 10**7)[0].size == (16, height)


@given(st.integers(0, 200), st.integers(0, 255))
def test_no_damage_to_tags_is_more_than_a_refusal(at, byte):
    data = bytearray(tiff(page(GREY8, t338=[2, 0, 0]), RGB))
    data[at] = byte

    tiff_file.pages(bytes(data))


def test_big_tiff_is_read():
    data = encoded(Image.fromarray(RGB8), "TIFF", big_tiff=True)

    assert np.array_equal(decode(data), RGB8)
    assert len(tiff_file.pages(data)) == 1
