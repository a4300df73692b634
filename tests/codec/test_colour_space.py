import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from skimage.color import deltaE_ciede2000, rgb2lab

from cutout import codec, errors
from cutout.codec import isobmff
from cutout.errors import CutoutError
from tests.codec import colour_cases as draw
from tests.codec.colour_cases import PATCHES
from tests.conftest import encoded, opened

NO_LIMIT = 10**9
CASES = draw.cases()
ENCODINGS = [[draw.cicp(9, draw.PQ)], [draw.cicp(12, 13)], [draw.gama(1)],
             [draw.chrm(draw.P3_POINTS), draw.gama(0.6)]]  # fmt: skip


def decode(data, profile="srgb"):
    return codec.decode(data, NO_LIMIT, NO_LIMIT, profile)[0]


def levels(photo):
    """Return the colour in the middle of each patch."""
    return np.asarray(photo.convert("RGB"))[draw.SIDE // 2, draw.SIDE // 2 :: draw.SIDE]


def worst(one, other):
    """Return the largest CIEDE2000 difference between levels of sRGB."""
    lab = (rgb2lab(np.asarray(values, float)[None] / 255) for values in (one, other))
    return deltaE_ciede2000(*lab).max()


@pytest.mark.parametrize("name", CASES)
def test_colours_are_those_that_the_file_names(name):
    case = CASES[name]

    photo = decode(case.data)

    is_lossy = name.startswith(("AVIF", "JPEG")) and "10 bits" not in name
    assert worst(levels(photo), case.colours) < (2 if is_lossy else 1)


@pytest.mark.parametrize("chunks", [
    [], [draw.gama(0.45455)], [draw.SRGB_CHUNK, draw.gama(1)], [draw.cicp(1, 13), draw.gama(1)],
], ids=["nothing", "gAMA 0.45455", "sRGB", "cICP 1/13"])  # fmt: skip
def test_srgb_pixels_stay_unchanged_however_srgb_is_named(chunks):
    values = np.arange(768).reshape(-1, 3).astype(np.uint8)

    assert np.array_equal(levels(decode(draw.png(*chunks, values=values))), values)


def test_a_named_srgb_is_named_in_the_result_and_a_gamma_is_not():
    chunks = draw.cicp(1, 13), draw.cicp(12, 13), draw.gama(0.45455)

    info = [opened(codec.encode(decode(draw.png(chunk)), "png")).info for chunk in chunks]

    assert info == [{"srgb": 1}, {"srgb": 1}, {}]


@pytest.mark.parametrize("name", ["PNG cICP 12/13", "PNG cHRM Adobe, gAMA 0.4547"])
def test_profile_keep_leaves_pixels_unchanged_and_adds_a_profile_of_what_was_named(name):
    photo = decode(CASES[name].data, "keep")

    assert np.array_equal(levels(photo), PATCHES)
    again = opened(codec.encode(photo, "png"))
    space = ImageCms.ImageCmsProfile(BytesIO(again.info["icc_profile"]))
    shown = ImageCms.profileToProfile(again, space, ImageCms.createProfile("sRGB"))
    assert worst(levels(shown), CASES[name].colours) < 1


@pytest.mark.parametrize("transfer", [draw.PQ, draw.HLG])
def test_hdr_is_tone_mapped_with_profile_keep_too(transfer):
    data = CASES[f"PNG cICP 9/{transfer}"].data

    kept = decode(data, "keep")

    assert np.array_equal(kept, decode(data))
    assert kept.info == {"srgb": 1}


@pytest.mark.parametrize("chunks", ENCODINGS)
def test_values_of_masks_are_not_colours(chunks):
    assert np.array_equal(levels(decode(draw.png(*chunks), profile=None)), PATCHES)


@pytest.mark.parametrize("chunks", ENCODINGS)
def test_alpha_is_left_alone(chunks):
    values = np.concatenate([PATCHES, np.arange(len(PATCHES))[:, None] * 16], 1)

    photo = decode(draw.png(*chunks, values=values))

    assert np.array_equal(
        np.asarray(photo.getchannel("A"))[0, :: draw.SIDE], np.arange(len(PATCHES)) * 16
    )


def test_16_bits_of_grey_in_linear_light_keep_their_dark_tones():
    values = np.array([[30], [100], [400], [900]], np.uint16)

    photo = decode(draw.png(draw.gama(1), values=values, depth=16))

    expected = draw.to_levels(values / 65535).repeat(3, 1)
    assert np.abs(levels(photo) - expected).max() <= 1


class TestPlaces:
    """The places in a PNG at which a colour chunk is read, and those at which it is ignored."""

    parts = (
        (b"IHDR", struct.pack(">2I5B", 1, 1, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes([0, 128, 128, 128]))),
        (b"IEND", b""),
    )
    linear = (188, 188, 188)
    plain = (128, 128, 128)

    def colour(self, *chunks):
        return decode(draw.png_of(*chunks)).getpixel((0, 0))

    def test_chunks_after_the_pixels_are_ignored(self):
        header, body, end = self.parts

        assert self.colour(header, body, draw.gama(1), end) == self.plain
        assert self.colour(header, body, draw.cicp(1, 8), end) == self.plain

    def test_a_gamma_counts_after_a_palette_and_code_points_do_not(self):
        header, *rest = self.parts
        palette = (b"PLTE", bytes(3))

        assert self.colour(header, palette, draw.gama(1), *rest) == self.linear
        assert self.colour(header, palette, draw.cicp(1, 8), *rest) == self.plain

    def test_the_first_of_two_counts(self):
        header, *rest = self.parts

        assert self.colour(header, draw.gama(1), draw.gama(0.45455), *rest) == self.linear
        assert self.colour(header, draw.gama(0.45455), draw.gama(1), *rest) == self.plain


def test_code_points_of_another_picture_in_an_avif_are_ignored():
    """As of a gain map's alternate, whose colours are often of PQ."""
    data = draw.avif(12, 13)
    nclx = struct.pack(">4s3HB", b"nclx", 9, draw.PQ, 9, 128)

    photo = decode(draw.with_property(data, b"colr", nclx, is_own=False))

    assert np.array_equal(photo, decode(data))


def with_boxes(count):
    return struct.pack(">I4s", 8, b"free") * count


@pytest.mark.parametrize("boxes", [
    with_boxes(500_000), bytes(4) + b"free", struct.pack(">I4sQ", 1, b"free", 2**63),
    struct.pack(">I4s", 7, b"free"), b"\0\0",
], ids=["half a million", "the rest", "8 EiB", "7 bytes", "cut short"])  # fmt: skip
def test_hostile_boxes_of_an_avif_end_its_reading(boxes):
    data = draw.avif(12, 13)

    assert worst(levels(decode(data + boxes)), CASES["AVIF nclx 12/13"].colours) < 2


def test_a_hostile_list_of_properties_is_refused():
    items = struct.pack(">HB", 2, 0) * 3_000_000
    ipma = struct.pack(">I4sII", 16 + len(items), b"ipma", 0, 3_000_000) + items
    pitm = struct.pack(">I4sIH", 14, b"pitm", 0, 1)
    iprp = struct.pack(">I4s", 8 + len(ipma), b"iprp") + ipma
    meta = struct.pack(">I4sI", 12 + len(pitm + iprp), b"meta", 0) + pitm + iprp

    with pytest.raises(errors.UnreadablePicture, match="more than 4,096 boxes"):
        isobmff.primary_properties(meta)


@given(st.sampled_from([CASES["AVIF nclx 9/16"].data, CASES["PNG cICP 9/16"].data,
                        CASES["PNG cHRM P3, gAMA 1"].data]),
       st.floats(0, 1), st.binary(min_size=1, max_size=8), st.booleans())  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_damaged_files_raise_only_errors_of_the_error_tree(data, where, noise, cut):
    at = int(where * min(len(data), 400))
    damaged = data[:at] + noise + (b"" if cut else data[at + len(noise) :])

    try:
        photo = decode(damaged)
    except CutoutError:
        return

    assert photo.mode in ("RGB", "RGBA")


@pytest.mark.parametrize("encoding", [0.00001, 0.001, 300, 21474.83647])
def test_an_absurd_gamma_gives_a_picture(encoding):
    photo = decode(draw.png(draw.gama(encoding)))

    assert photo.getpixel((0, 0)) == (0, 0, 0)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "TIFF"])
def test_the_colour_space_in_exif_is_ignored(kind):
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA001] = 2  # Adobe RGB, which comes with a profile or not at all
    image = Image.new("RGB", (16, 16), (200, 40, 30))

    photo = decode(encoded(image, kind, exif=exif))

    assert np.array_equal(photo, decode(encoded(image, kind)))


@pytest.mark.parametrize("mode", ["CMYK", "L"])
def test_code_points_in_a_profile_of_rgb_do_not_break_other_pixels(mode):
    profile = draw.profiles.rgb_profile("Display P3", (9, draw.PQ, 0, 1))
    image = Image.fromarray(draw.patches()).convert(mode)

    photo = decode(encoded(image, "TIFF", icc_profile=profile))

    assert photo.mode == "RGB"
    assert mode == "L" or np.array_equal(photo, image.convert("RGB"))
