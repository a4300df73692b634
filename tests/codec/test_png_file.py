"""PNG files that browsers show although something in them is wrong, and their clear colours."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from cutout import codec, errors
from cutout.codec import png_file
from tests.codec.colour_cases import chunk
from tests.conftest import encoded

SMOOTH = Image.fromarray(np.random.default_rng(1).integers(0, 256, (12, 16, 3), np.uint8)).resize(
    (160, 120), Image.Resampling.BICUBIC
)
PLAIN = encoded(SMOOTH, "PNG")
WRONG = b"\1\2\3\4"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def decode(data, **options):
    return codec.decode(data, 10**7, 10**6, **options)[0]


def png(width, height, depth, colour, rows, *others, interlace=0):
    """Return a PNG of rows that are packed already; others are chunks ahead of its data."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"".join(
        [PLAIN[:8], chunk(b"IHDR", header), *others, chunk(b"IDAT", data), chunk(b"IEND")]
    )


def with_chunk(added, data=PLAIN):
    return data[:33] + added + data[33:]


def with_wrong_crc(name, data=PLAIN):
    return b"".join(
        [data[:8]]
        + [chunk(each.name, bytes(each.body), WRONG if each.name == name else None)
           for each in png_file.chunks(data)]
    )  # fmt: skip


GAMMA = struct.pack(">I", 20_000)
MEASURES = struct.pack(">IIB", 11_811, 11_811, 1)


@pytest.mark.parametrize(
    "data",
    [
        *(with_chunk(chunk(name, body, WRONG)) for name, body in [
            (b"tEXt", b"Comment\0words"), (b"zTXt", b"a\0\0x"), (b"gAMA", GAMMA),
            (b"pHYs", MEASURES), (b"tRNS", bytes(6)), (b"iCCP", b"a\0\0" + zlib.compress(PROFILE)),
            (b"eXIf", b"II*\0"), (b"acTL", bytes(8)), (b"tIME", bytes(7)), (b"prVt", b"x")]),
        *(with_chunk(chunk(name, body)) for name, body in [
            (b"gAMA", b"\0\0"), (b"pHYs", b"\0"), (b"cHRM", bytes(8)), (b"sRGB", b""),
            (b"tRNS", bytes(2)), (b"zTXt", b"a\0\x09x"), (b"iCCP", b"a\0\x09x"), (b"iCCP", b""),
            (b"acTL", b""), (b"fcTL", bytes(3)), (b"tEXt", bytes(17_000_000))]),
        with_wrong_crc(b"IDAT"),
        with_wrong_crc(b"IEND"),
        PLAIN + b"garbage" * 99,
        PLAIN + PLAIN,
    ],
)  # fmt: skip
def test_a_whole_png_is_read_as_if_nothing_was_wrong(data):
    photo = codec.decode(data, 10**8, 10**6)[0]

    assert np.array_equal(photo, SMOOTH)
    assert photo.info == {}


@pytest.mark.parametrize("name", [b"IHDR", b"PLTE"])
def test_a_wrong_checksum_of_what_pixels_depend_on_is_an_error(name):
    with pytest.raises(errors.UnreadablePicture, match="the header of the PNG file is damaged"):
        decode(with_wrong_crc(name, encoded(SMOOTH.quantize(16), "PNG")))


def test_a_png_without_damage_is_not_copied():
    assert png_file.without_bad_chunks(PLAIN) is PLAIN


@pytest.mark.parametrize("each", [chunk(b"tEXt"), chunk(b"prVt"), chunk(b"IDAT")])
def test_more_chunks_than_a_photo_has_are_refused(each):
    with pytest.raises(errors.UnreadablePicture, match="more than 50,000 chunks"):
        decode(with_chunk(each * 50_000))


def interlaced():
    """Return an 8 x 8 ramp in the seven passes of Adam7."""
    ramp = np.arange(64, dtype=np.uint8).reshape(8, 8)
    rows = [
        row.tobytes()
        for left, top, every_x, every_y in png_file.ADAM7
        for row in ramp[top::every_y, left::every_x]
    ]
    return png(8, 8, 8, 0, rows, interlace=1)


@pytest.mark.parametrize("data", [PLAIN, interlaced(), encoded(SMOOTH.convert("1"), "PNG")])
@pytest.mark.parametrize("missing", [4, 12, 16, 20])
def test_a_png_that_lacks_its_end_is_read(data, missing):
    """IEND has 12 bytes, and checksums of 4 stand before it and at the end of the image data."""
    assert np.array_equal(decode(data[:-missing]), decode(data))


@pytest.mark.parametrize("whole", [PLAIN, interlaced()])
def test_a_wrong_checksum_at_the_end_of_the_image_data_is_forgiven(whole):
    body = next(bytes(each.body) for each in png_file.chunks(whole) if each.name == b"IDAT")
    data = whole[:33] + chunk(b"IDAT", body[:-4] + WRONG) + chunk(b"IEND")

    assert np.array_equal(decode(data), decode(whole))


@pytest.mark.parametrize("share", [0.3, 0.62, 0.95])
@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "RGBA"])
def test_of_a_png_that_is_cut_short_the_share_that_is_there_is_told(mode, share):
    noise = Image.fromarray(np.random.default_rng(2).integers(0, 256, (190, 170, 4), np.uint8))
    data = encoded(noise.convert(mode), "PNG")

    with pytest.raises(errors.UnreadablePicture, match=r"after \d+% of its pixels") as raised:
        decode(data[: int(share * len(data))])

    percent = int(str(raised.value).split("%")[0].split()[-1])
    assert abs(percent - 100 * share) < 8


# --- clear colours ---


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_one_level_of_grey_can_be_clear_at_every_depth(depth):
    levels = np.arange(2**depth, dtype=np.uint8)
    bits = np.packbits((levels[:, None] >> np.arange(depth)[::-1]) & 1)
    for level in {0, 1, 2**depth - 1}:
        key = chunk(b"tRNS", struct.pack(">H", level))

        alpha = decode(png(len(levels), 1, depth, 0, [bits.tobytes()], key)).getchannel("A")

        assert np.array_equal(np.asarray(alpha)[0], np.where(levels == level, 0, 255))


def test_grey_of_16_bits_that_is_the_same_in_8_is_not_clear_with_another():
    row = np.array([0x1234, 0x1235, 0x3412], ">u2").tobytes()

    photo = decode(png(3, 1, 16, 0, [row], chunk(b"tRNS", b"\x12\x34")))

    assert photo.getchannel("A").tobytes() == b"\0\xff\xff"


@pytest.mark.parametrize("depth", [8, 16])
def test_one_colour_can_be_clear_and_no_other_that_is_the_same_in_8_bits(depth):
    kind = ">u2" if depth == 16 else "u1"
    colour = np.array([0x1234, 0x5678, 0x9ABC] if depth == 16 else [1, 2, 3], kind)
    others = [colour + np.array(step, kind) for step in np.eye(3)]
    row = np.concatenate([colour, *others, colour[::-1], colour]).astype(kind).tobytes()
    key = chunk(b"tRNS", colour.astype(">u2").tobytes())

    photo = decode(png(6, 1, depth, 2, [row], key))

    assert photo.getchannel("A").tobytes() == b"\0\xff\xff\xff\xff\0"


def test_a_clear_colour_is_found_in_an_interlaced_photo():
    values = np.zeros((8, 8, 3), ">u2")
    values[:, 4:] = 0x1234
    rows = [
        row.tobytes()
        for left, top, every_x, every_y in png_file.ADAM7
        for row in values[top::every_y, left::every_x]
    ]
    key = chunk(b"tRNS", b"\x12\x34" * 3)

    data = png(8, 8, 16, 2, rows, key, interlace=1)

    assert np.array_equal(np.asarray(decode(data))[0, :, 3], [255] * 4 + [0] * 4)


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_entries_of_a_palette_can_be_clear_in_part(depth):
    count = 2**depth
    palette = bytes(range(count)) * 3
    alphas = bytes(255 - index * 255 // (count - 1) for index in range(count))
    levels = np.arange(count, dtype=np.uint8)
    bits = np.packbits((levels[:, None] >> np.arange(depth)[::-1]) & 1)
    chunks = chunk(b"PLTE", palette), chunk(b"tRNS", alphas)

    photo = decode(png(count, 1, depth, 3, [bits.tobytes()], *chunks))

    assert photo.getchannel("A").tobytes() == alphas


@pytest.mark.parametrize("mode", ["P", "L"])
@pytest.mark.parametrize("is_clear", [False, True])
def test_what_the_first_frame_of_a_gif_does_not_cover_is_clear(mode, is_clear):
    frame = SMOOTH.resize((80, 60)).convert(mode)
    data = bytearray(encoded(frame, "GIF", **({"transparency": 0} if is_clear else {})))
    data[6:10] = struct.pack("<HH", 160, 120)

    alpha = np.asarray(decode(bytes(data)).getchannel("A"))

    assert alpha.shape == (120, 160)
    assert not alpha[60:].any() and not alpha[:, 80:].any()
    assert alpha[:60, :80].all() or is_clear


def test_of_repeated_chunks_the_first_alone_reaches_the_decoder():
    """1,400 profiles that inflate to 16 MB each would take minutes."""
    profile = chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(999)))

    assert png_file.without_bad_chunks(with_chunk(profile * 9)) == with_chunk(profile)
