import re
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps, TiffImagePlugin

from cutout import errors
from cutout.engine import codec
from tests.conftest import encoded, opened

MAX_BYTES, MAX_PIXELS = 1_000_000, 1_000_000
PICTURE = Image.fromarray(np.random.default_rng(1).integers(0, 256, (12, 16, 3), np.uint8))
OTHER = Image.new("RGB", (160, 120))
SMOOTH = PICTURE.resize((160, 120), Image.Resampling.BICUBIC)

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def decode(data):
    return codec.decode(data, MAX_BYTES, MAX_PIXELS)


def header_of_60_mp(kind):
    """A file of a few hundred bytes that promises 10,000 x 6,000 pixels."""
    if kind == "PNG":
        chunks = [(b"IHDR", struct.pack(">IIBBBBB", 10_000, 6_000, 8, 2, 0, 0, 0)), (b"IDAT", b"")]
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
            for name, body in chunks
        )
    small = encoded(Image.new("RGB", (16, 16)), kind)
    if kind == "JPEG":
        at = small.index(b"\xff\xc0") + 5
        return small[:at] + struct.pack(">HH", 6_000, 10_000) + small[at + 4 :]
    if kind == "GIF":
        return small[:6] + struct.pack("<HH", 10_000, 6_000) + small[10:]
    assert kind == "BMP"
    return small[:18] + struct.pack("<ii", 10_000, 6_000) + small[26:]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF"])
def test_every_kind_is_read(kind):
    photo = decode(encoded(SMOOTH, kind))

    assert (photo.mode, photo.size) == ("RGB", (160, 120))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_upright_whichever_way_the_camera_was_held(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(SMOOTH, "PNG", exif=exif)

    photo = decode(data)

    assert np.array_equal(photo, ImageOps.exif_transpose(opened(data)))
    assert photo.size == ((160, 120) if orientation < 5 else (120, 160))


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr"])
def test_other_pixels_become_rgb(mode):
    kind = "JPEG" if mode in ("CMYK", "YCbCr") else "PNG"

    assert decode(encoded(SMOOTH.convert(mode), kind)).mode == "RGB"


@pytest.mark.parametrize("mode", ["LA", "P", "RGBA"])
def test_transparency_is_kept(mode):
    clear = SMOOTH.convert("RGBA")
    clear.putalpha(77)

    photo = decode(encoded(clear.convert(mode), "PNG"))

    assert photo.mode == "RGBA"
    assert set(photo.getchannel("A").tobytes()) == {77}


def test_16_bit_grey_keeps_its_tones():
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(4, 0)

    photo = np.asarray(decode(encoded(Image.fromarray(ramp), "PNG")))

    assert np.abs(photo[0, :, 0].astype(int) - np.arange(256)).max() <= 1


def test_a_phones_jpeg_with_a_second_view_is_its_first_picture():
    data = encoded(SMOOTH, "MPO", save_all=True, append_images=[Image.new("RGB", (20, 20))])

    assert decode(data).size == (160, 120)


def test_the_colour_profile_stays_and_the_place_where_it_was_taken_goes():
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 0.0)}
    data = encoded(SMOOTH, "JPEG", exif=exif, icc_profile=PROFILE, comment=b"at home")

    again = opened(codec.encode(decode(data), "png"))

    assert again.info["icc_profile"] == PROFILE
    assert not again.getexif()
    assert "comment" not in again.info


def test_a_profile_that_no_longer_fits_the_pixels_goes():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()

    assert decode(encoded(SMOOTH, "PNG", icc_profile=lab)).info == {}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", errors.UnreadablePicture),
        (b"These are words, and the file is called photo.jpg.", errors.UnknownFileType),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', errors.UnknownFileType),
        (encoded(SMOOTH, "JPEG")[:1500], errors.UnreadablePicture),
        (encoded(SMOOTH, "PNG").replace(b"IDAT", b"IDAT\xff", 1), errors.UnreadablePicture),
        (encoded(Image.new("F", (4, 4)), "TIFF"), errors.UnreadablePicture),
        (encoded(SMOOTH, "GIF", save_all=True, append_images=[OTHER]),
         errors.Animation),
        (encoded(SMOOTH, "WEBP", save_all=True, append_images=[OTHER]),
         errors.Animation),
        (encoded(SMOOTH, "PNG", save_all=True, append_images=[OTHER]),
         errors.Animation),
        (b"\xff" * (MAX_BYTES + 1), errors.FileTooLarge),
    ],
)  # fmt: skip
def test_what_is_no_photo_is_told_by_kind(data, kind):
    with pytest.raises(errors.CutoutError) as caught:
        decode(data)

    assert type(caught.value) is kind


def test_a_wrong_checksum_is_damage():
    data = bytearray(encoded(SMOOTH, "PNG"))
    at = data.index(b"IDAT") + 40
    data[at] ^= 0xFF

    with pytest.raises(errors.UnreadablePicture):
        decode(bytes(data))


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP"])
def test_60_mp_are_refused_by_the_header_alone(kind):
    code = """
import sys
from pathlib import Path
from cutout import errors
from cutout.engine import codec
data = sys.stdin.buffer.read()
try:
    codec.decode(data, 10**7, 50_000_000)
except errors.ResolutionTooHigh as error:
    status = Path("/proc/self/status").read_text()
    print(error, int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""
    data = header_of_60_mp(kind)
    run = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True)

    sentence, _, peak_mb = run.stdout.decode().strip().rpartition(" ")
    assert len(data) < 1024
    assert sentence == "10000 x 6000 are more than the 50,000,000 pixels allowed"
    assert int(peak_mb) < 100


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_damaged_metadata_is_no_damage_to_the_pixels(kind):
    photo = decode(encoded(SMOOTH, kind, exif=b"Exif\0\0garbage"))

    assert photo.size == SMOOTH.size


def png_whose_profile_does_not_inflate():
    data = encoded(SMOOTH, "PNG", icc_profile=PROFILE)
    at = data.index(b"iCCP")
    size = struct.unpack(">I", data[at - 4 : at])[0]
    chunk = b"iCCPicc\0\0" + b"\1" * (size - 5)
    crc = struct.pack(">I", zlib.crc32(chunk))
    return data[:at] + chunk + crc + data[at + 4 + size + 4 :]


def tiff_whose_profile_is_a_number():
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags.tagtype[34675] = 4  # LONG
    tags[34675] = 5
    return encoded(SMOOTH, "TIFF", tiffinfo=tags)


@pytest.mark.parametrize(
    "data", [png_whose_profile_does_not_inflate(), tiff_whose_profile_is_a_number()]
)
def test_a_damaged_profile_is_no_trouble(data):
    photo = decode(data)

    assert photo.info == {}
    assert photo.size == SMOOTH.size


def test_a_palette_that_is_missing_is_damage():
    data = encoded(SMOOTH.quantize(16), "PNG")
    at = data.index(b"PLTE") - 4
    size = struct.unpack(">I", data[at : at + 4])[0]

    with pytest.raises(errors.UnreadablePicture):
        decode(data[:at] + data[at + size + 12 :])


def test_more_pixels_than_pillow_itself_would_open_are_too_many_and_no_crash():
    data = header_of_60_mp("PNG").replace(struct.pack(">I", 10_000), struct.pack(">I", 100_000))
    data = data[:29] + struct.pack(">I", zlib.crc32(data[12:29])) + data[33:]

    with pytest.raises(errors.ResolutionTooHigh, match="100000 x 6000"):
        codec.decode(data, MAX_BYTES, 50_000_000)


TURNED = Image.Exif()
TURNED[0x0112], TURNED[0x010E] = 6, "words"
DAMAGED = [
    *(encoded(SMOOTH, kind) for kind in ("GIF", "BMP", "TIFF")),
    *(
        encoded(SMOOTH, kind, exif=TURNED, icc_profile=PROFILE)
        for kind in ("JPEG", "PNG", "WEBP", "AVIF")
    ),
    encoded(SMOOTH.quantize(16), "PNG", transparency=3),
    encoded(SMOOTH.convert("RGBA").quantize(16), "GIF", transparency=3),
    encoded(SMOOTH.convert("CMYK"), "TIFF", compression="tiff_lzw"),
]


@given(st.sampled_from(DAMAGED), st.floats(0, 1), st.binary(min_size=1, max_size=8), st.booleans())
@settings(max_examples=300, deadline=None)
@pytest.mark.filterwarnings("ignore")  # Pillow warns of odd metadata before it gives up
def test_no_damage_gets_past_the_error_tree(data, where, noise, cut):
    at = int(where * len(data))
    damaged = data[:at] + noise + (b"" if cut else data[at + len(noise) :])

    try:
        decode(damaged)
    except errors.CutoutError as error:
        assert error.code in {"failed_to_read_image", "invalid_file_type", "resolution_too_high"}


@pytest.mark.parametrize(("format", "kind"), [("png", "PNG"), ("webp", "WEBP"), ("jpg", "JPEG")])
def test_encoding_gives_the_kind_that_was_asked_for(format, kind):
    assert opened(codec.encode(SMOOTH, format)).format == kind


def test_png_loses_nothing():
    assert np.array_equal(opened(codec.encode(SMOOTH.convert("RGBA"), "png")),
                          SMOOTH.convert("RGBA"))  # fmt: skip


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#fff", (255, 255, 255, 255)),
        ("#ff000080", (255, 0, 0, 128)),
        ("rebeccapurple", (102, 51, 153, 255)),
    ],
)
def test_colours_as_css_writes_them(text, colour):
    assert codec.parse_colour(text) == colour


@pytest.mark.parametrize(
    "text", ["mauvish", "#12", "255,255", "rgb(300,0,0)", "rgb(99999999999999999999,0,0)", "#ggg"]
)
def test_what_is_no_colour_is_said_to_be_none(text):
    with pytest.raises(errors.InvalidColour, match=re.escape(text)):
        codec.parse_colour(text)
