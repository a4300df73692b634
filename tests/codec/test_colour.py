import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from skimage.color import deltaE_ciede2000

from cutout import codec
from tests.codec import profiles
from tests.codec.colour_cases import png_of
from tests.conftest import encoded, opened

NO_LIMIT = 10**9
COLOURS = np.array(
    [(light, a, b) for light in (40, 55, 70, 80) for a in (-18, 0, 18) for b in (-18, 0, 18)]
    + [(light, 0, 0) for light in range(0, 101, 10)],
    float,
)[None]
GREYS = COLOURS[:, -11:]
LEVELS = np.linspace(0, 1, 1024)
DOTS = 1 - LEVELS
LIGHT_OF_GREY = {
    "gamma 2.2": LEVELS**2.2,
    "gamma 1.8": LEVELS**1.8,
    "linear": LEVELS,
    "dot gain 20 %": 1 - (DOTS + 0.8 * DOTS * (1 - DOTS)),
}
INK = np.stack(np.meshgrid((0.2, 0.4, 0.6), (0, 0.1), (0, 0.3), (0, 0.2, 0.4)), -1).reshape(
    1, -1, 4
)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
P3 = profiles.rgb_profile("Display P3")
RNG = np.random.default_rng(3)
PHOTO = Image.fromarray(RNG.integers(0, 256, (12, 16, 3), np.uint8))


def decode(data, profile="srgb"):
    return codec.decode(data, NO_LIMIT, NO_LIMIT, profile)[0]


def to_8_bits(values):
    return (values * 255).round().astype(np.uint8)


def png_of_16_bits(values, profile):
    """Pillow does not write 16 bits of RGB, RGBA or grey with alpha."""
    height, width, channels = values.shape
    rows = (values * 65535).round().astype(">u2").reshape(height, -1)
    colour_type = {2: 4, 3: 2, 4: 6}[channels]
    chunks = [
        (b"IHDR", struct.pack(">2I5B", width, height, 16, colour_type, 0, 0, 0)),
        (b"iCCP", b"icc\0\0" + zlib.compress(profile)),
        (b"IDAT", zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))),
        (b"IEND", b""),
    ]
    return png_of(*chunks)


def worst(lab, photo):
    """Return the largest CIEDE2000 difference between patches and their true Lab."""
    return deltaE_ciede2000(lab, profiles.lab_of(photo)).max()


def painted(name):
    """Return 8-bit patches and their Lab by the formulas."""
    values = to_8_bits(profiles.rgb_of(COLOURS, name))
    return Image.fromarray(values), profiles.lab_of_rgb(values / 255, name)


def with_alpha(values, alpha=0.5):
    return np.concatenate([values, np.full_like(values[..., :1], alpha)], -1)


@pytest.mark.parametrize("name", profiles.PRIMARIES)
def test_rgb_of_each_profile_is_converted_to_srgb(name):
    patches, lab = painted(name)

    photo = decode(encoded(patches, "PNG", icc_profile=profiles.rgb_profile(name)))

    assert worst(lab, photo) < 1
    assert deltaE_ciede2000(COLOURS, lab).max() < 1.2  # 8 bits of ProPhoto's say no more


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "WEBP", "AVIF"])
def test_the_profile_of_every_file_format_is_used(kind):
    patches, _ = painted("Display P3")
    large = patches.resize((patches.width * 16, 16), Image.Resampling.NEAREST)
    data = encoded(large, kind, icc_profile=P3)

    photo = decode(data)

    as_it_is = np.asarray(opened(data)) / 255
    assert worst(profiles.lab_of_rgb(as_it_is, "Display P3"), photo) < 1


@pytest.mark.parametrize("mode", ["RGBA", "P", "P with alpha"])
def test_other_rgb_has_the_same_colours(mode):
    patches, lab = painted("Display P3")
    if mode == "RGBA":
        patches.putalpha(77)
    else:
        palette = patches.tobytes()
        patches = Image.fromarray(np.arange(patches.width, dtype=np.uint8)[None])
        patches.putpalette(palette)
    parameters = {"transparency": bytes([77]) * patches.width} if mode == "P with alpha" else {}

    photo = decode(encoded(patches, "PNG", icc_profile=P3, **parameters))

    assert worst(lab, photo) < 1
    assert photo.mode == ("RGB" if mode == "P" else "RGBA")
    assert photo.mode == "RGB" or photo.getchannel("A").getextrema() == (77, 77)


@pytest.mark.parametrize("alpha", [None, 0.5])
def test_16_bits_have_the_same_colours(alpha):
    values = profiles.rgb_of(COLOURS, "Display P3")
    values = values if alpha is None else with_alpha(values)

    photo = decode(png_of_16_bits(values, P3))

    assert worst(COLOURS, photo) < 1
    assert photo.mode == ("RGB" if alpha is None else "RGBA")


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_is_converted_by_its_profile(kind):
    values = to_8_bits(INK)
    patches = Image.frombytes("CMYK", values.shape[1::-1], values.tobytes())
    large = patches.resize((patches.width * 16, 16), Image.Resampling.NEAREST)
    exact = {"quality": 100, "subsampling": 0} if kind == "JPEG" else {}

    photo = decode(encoded(large, kind, icc_profile=profiles.cmyk_profile(), **exact))

    assert worst(profiles.lab_of_ink(values / 255), photo.reduce(16)) < 1


def test_cmyk_black_becomes_black_and_paper_becomes_white():
    weak = profiles.cmyk_profile(b"scnr", inks=np.array([(0, 0, 0)] * 3 + [(-80, 0, 0)]))
    patches = Image.frombytes("CMYK", (2, 1), bytes([255] * 4 + [0] * 4))

    photo = decode(encoded(patches, "TIFF", icc_profile=weak))

    assert photo.getpixel((1, 0)) == (255, 255, 255)
    assert max(photo.getpixel((0, 0))) <= 2


@pytest.mark.parametrize("name", LIGHT_OF_GREY)
@pytest.mark.parametrize("mode", ["L", "LA", "I;16", "LA of 16 bits"])
def test_grey_of_each_tone_curve_is_converted_to_srgb(name, mode):
    light = LIGHT_OF_GREY[name]
    values = profiles.grey_of(GREYS, light)[..., None]
    profile = profiles.grey_profile(light)
    if mode == "LA of 16 bits":
        data = png_of_16_bits(with_alpha(values), profile)
    else:
        deep = mode == "I;16"
        values = (values * 65535).round().astype(np.uint16) if deep else to_8_bits(values)
        image = Image.fromarray(values[..., 0])
        data = encoded(image.convert("LA") if mode == "LA" else image, "PNG", icc_profile=profile)

    photo = decode(data)

    darkest = 3 if name == "linear" and mode != "I;16" else 0  # 8 bits of light are few down there
    assert worst(GREYS[:, darkest:], photo.crop((darkest, 0, *photo.size))) < 1
    assert photo.mode == ("RGBA" if "A" in mode else "RGB")


def test_lab_is_converted_without_a_profile():
    values = (COLOURS * (2.55, 1, 1)).round().astype(int)  # a and b have a sign
    patches = Image.frombytes("LAB", values.shape[1::-1], values.astype(np.uint8).tobytes())

    photo = decode(encoded(patches, "TIFF"))

    assert worst(COLOURS, photo) < 1


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA"])
@pytest.mark.parametrize("profile", [None, SRGB, profiles.rgb_profile("sRGB")])
def test_srgb_pixels_stay_unchanged(mode, profile):
    image = PHOTO.convert(mode)

    photo = decode(encoded(image, "PNG", icc_profile=profile))

    assert np.array_equal(photo, image.convert("RGBA" if "A" in mode else "RGB"))


def test_a_small_srgb_profile_is_kept_and_a_large_one_becomes_an_srgb_chunk():
    large = profiles.rgb_profile("sRGB")

    again = [opened(codec.encode(decode(encoded(PHOTO, "PNG", icc_profile=profile)), "png")).info
             for profile in (SRGB, large)]  # fmt: skip

    assert again == [{"icc_profile": SRGB}, {"srgb": 1}]


def test_converted_photos_are_tagged_srgb_and_untagged_photos_stay_untagged():
    data = [encoded(PHOTO, "PNG", icc_profile=P3), encoded(PHOTO, "PNG")]

    again = [opened(codec.encode(decode(photo), "png")).info for photo in data]

    assert again == [{"srgb": 1}, {}]


@pytest.mark.parametrize("format", ["png", "webp", "jpg", "avif"])
def test_profile_keep_leaves_pixels_and_profile_unchanged(format):
    photo = decode(encoded(PHOTO, "PNG", icc_profile=P3), profile="keep")

    assert np.array_equal(photo, PHOTO)
    assert opened(codec.encode(photo, format)).info["icc_profile"] == P3


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_profile_keep_keeps_rgb_profiles_only(mode):
    profile = {"L": profiles.grey_profile(LEVELS), "CMYK": profiles.cmyk_profile()}[mode]
    data = encoded(PHOTO.convert(mode), "TIFF", icc_profile=profile)

    kept = decode(data, profile="keep")

    assert np.array_equal(kept, decode(data))
    assert kept.info == {"srgb": 1}


def test_a_device_link_profile_is_ignored():
    image = PHOTO.convert("CMYK")
    link = profiles.cmyk_profile(b"link")

    assert np.array_equal(decode(encoded(image, "TIFF", icc_profile=link)), image.convert("RGB"))


HOSTILE = {
    "empty": b"",
    "cut short": P3[:200],
    "10 MB of noise": RNG.bytes(10_000_000),
    "10 MB of noise after a header": P3[:128] + RNG.bytes(10_000_000),
    "four milliard tags": P3[:128] + b"\xff" * 4 + P3[132:],
    "tags outside": P3[:132] + (P3[132:136] + b"\xff" * 8) * 7 + P3[216:],
    "no tags": profiles.written(b"RGB ", b"XYZ ", {}),
    "curves of no values that say they have": P3.replace(struct.pack(">I", 1024), b"\xff" * 4),
    "of CMYK": profiles.cmyk_profile(),
    "of grey": profiles.grey_profile(LEVELS),
    "a device link": P3[:12] + b"link" + P3[16:],
    "abstract": P3[:12] + b"abst" + P3[16:],
    "named colours": P3[:12] + b"nmcl" + P3[16:],
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kept", ["srgb", "keep"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_a_hostile_profile_is_ignored(name, kept, kind):
    photo = decode(encoded(PHOTO, kind, icc_profile=HOSTILE[name]), kept)

    assert np.array_equal(photo, PHOTO)
    assert photo.info == {}


@given(
    st.sampled_from([P3, SRGB, profiles.cmyk_profile(), profiles.grey_profile(LEVELS)]),
    st.floats(0, 1),
    st.binary(min_size=1, max_size=8),
    st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_a_photo_with_any_damaged_profile_is_decoded(profile, where, noise, cut):
    at = int(where * min(len(profile), 400))
    damaged = profile[:at] + noise + (b"" if cut else profile[at + len(noise) :])
    mode = {b"CMYK": "CMYK", b"GRAY": "L"}.get(profile[16:20], "RGB")

    photo = decode(encoded(PHOTO.convert(mode), "TIFF", icc_profile=damaged))

    assert (photo.mode, photo.size) == ("RGB", PHOTO.size)
