import shutil
import struct
import subprocess
import sys
import zipfile
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo

from cutout import codec, errors
from cutout.picture import Size
from tests.codec.colour_cases import png_of
from tests.conftest import encoded, opened
from tools.dearest import others

MAX_BYTES, MAX_PIXELS = 1_000_000, 1_000_000
PICTURE = Image.fromarray(np.random.default_rng(1).integers(0, 256, (12, 16, 3), np.uint8))
OTHER = Image.new("RGB", (160, 120))
OTHER_ALPHA = Image.linear_gradient("L").resize((160, 120))
SMOOTH = PICTURE.resize((160, 120), Image.Resampling.BICUBIC)

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def decode(data):
    return codec.decode(data, MAX_BYTES, MAX_PIXELS)[0]


def header_of_60_mp(kind):
    """Return a file of a few hundred bytes whose header has 10,000 x 6,000 pixels."""
    if kind == "PNG":
        chunks = [(b"IHDR", struct.pack(">IIBBBBB", 10_000, 6_000, 8, 2, 0, 0, 0)), (b"IDAT", b"")]
        return png_of(*chunks)
    small = encoded(Image.new("RGB", (16, 16)), kind)
    if kind == "JPEG":
        at = small.index(b"\xff\xc0") + 5
        return small[:at] + struct.pack(">HH", 6_000, 10_000) + small[at + 4 :]
    if kind == "GIF":
        return small[:6] + struct.pack("<HH", 10_000, 6_000) + small[10:]
    assert kind == "BMP"
    return small[:18] + struct.pack("<ii", 10_000, 6_000) + small[26:]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF"])
def test_every_supported_format_is_decoded(kind):
    photo = decode(encoded(SMOOTH, kind))

    assert (photo.mode, photo.size) == ("RGB", (160, 120))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "MPO"])
def test_the_media_type_follows_from_the_content(kind):
    data = encoded(
        SMOOTH, kind, **({"save_all": True, "append_images": [SMOOTH]} if kind == "MPO" else {})
    )

    assert codec.media_type(data, MAX_BYTES, MAX_PIXELS) == (
        "image/jpeg" if kind == "MPO" else f"image/{kind.lower()}"
    )


def held(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_large_photo_is_downscaled_and_its_source_size_returned(kind, orientation):
    large = SMOOTH.resize((1000, 700), Image.Resampling.BICUBIC)
    data = encoded(large, kind, exif=held(orientation))

    photo, source = codec.decode(data, 10**7, MAX_PIXELS, work_pixels=70_000)

    small = codec.decode(data, 10**7, MAX_PIXELS)[0].resize(photo.size, Image.Resampling.LANCZOS)
    assert source == ((1000, 700) if orientation == 1 else (700, 1000))
    assert photo.size == ((316, 221) if orientation == 1 else (221, 316))
    assert np.abs(np.asarray(photo, int) - np.asarray(small)).mean() < 1


@given(st.integers(0, 5000), st.integers(1, 3000), st.integers(1, 3000))
def test_at_most_keeps_the_limit_and_leaves_at_least_one_pixel(pixels, width, height):
    small = Size(width, height).at_most(pixels)
    small_width, small_height = small.width, small.height

    assert 1 <= small_width <= width
    assert 1 <= small_height <= height
    assert small_width * small_height <= (pixels or width * height)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("size", [(1, 1), (1, 150), (150, 1)])
def test_a_photo_one_pixel_wide_is_decoded(mode, size):
    image = Image.new(mode, size, 1 if mode == "1" else 0)

    photo, source = codec.decode(encoded(image, "PNG"), MAX_BYTES, MAX_PIXELS, work_pixels=40)

    assert source == size
    assert sorted(photo.size) == [1, max(size) if mode == "RGBA" else min(max(size), 40)]


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_one_bit_pixels_decode_to_black_and_white(kind):
    image = Image.fromarray(np.array([[True, False], [False, False]]))

    photo = decode(encoded(image, kind))

    assert np.array_equal(np.asarray(photo)[..., 0], [[255, 0], [0, 0]])


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr"])
def test_other_pixel_modes_become_rgb(mode):
    kind = "JPEG" if mode in ("CMYK", "YCbCr") else "PNG"

    assert decode(encoded(SMOOTH.convert(mode), kind)).mode == "RGB"


@pytest.mark.parametrize("mode", ["LA", "P", "RGBA"])
def test_transparency_is_kept(mode):
    clear = SMOOTH.convert("RGBA")
    clear.putalpha(77)

    photo = decode(encoded(clear.convert(mode), "PNG"))

    assert photo.mode == "RGBA"
    assert set(photo.getchannel("A").tobytes()) == {77}


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_keeps_its_tones(kind):
    ramp = np.arange(0, 65536, 16, np.uint16)[None]

    photo = np.asarray(decode(encoded(Image.fromarray(ramp), kind)))

    assert np.array_equal(photo[..., 0], (ramp / 257).round())


def test_one_grey_level_of_a_16_bit_png_can_be_transparent():
    ramp = np.array([[0, 256, 257, 65535]], np.uint16)

    photo = decode(encoded(Image.fromarray(ramp), "PNG", transparency=257))

    assert photo.getchannel("A").tobytes() == bytes([255, 255, 0, 255])


def test_an_mpo_file_decodes_to_its_first_picture():
    data = encoded(SMOOTH, "MPO", save_all=True, append_images=[Image.new("RGB", (20, 20))])

    assert decode(data).size == (160, 120)


def test_the_colour_profile_is_kept_and_exif_and_comments_are_dropped():
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 0.0)}
    data = encoded(SMOOTH, "JPEG", exif=exif, icc_profile=PROFILE, comment=b"at home")

    again = opened(codec.encode(decode(data), "png"))

    assert again.info["icc_profile"] == PROFILE
    assert not again.getexif()
    assert "comment" not in again.info


def test_a_profile_that_does_not_fit_the_decoded_pixels_is_dropped():
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
def test_each_unreadable_file_raises_its_own_error(data, kind):
    with pytest.raises(errors.CutoutError) as caught:
        decode(data)

    assert type(caught.value) is kind


def test_a_wrong_checksum_is_unreadable():
    data = bytearray(encoded(SMOOTH, "PNG"))
    at = data.index(b"IDAT") + 40
    data[at] ^= 0xFF

    with pytest.raises(errors.UnreadablePicture):
        decode(bytes(data))


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP"])
def test_60_mp_are_refused_from_the_header_alone(kind):
    code = """
import sys
from pathlib import Path
from cutout import errors
from cutout import codec
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
def test_a_photo_with_damaged_exif_is_decoded(kind):
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
def test_a_photo_with_a_damaged_profile_is_decoded_without_it(data):
    photo = decode(data)

    assert photo.info == {}
    assert photo.size == SMOOTH.size


def test_a_missing_palette_is_unreadable():
    data = encoded(SMOOTH.quantize(16), "PNG")
    at = data.index(b"PLTE") - 4
    size = struct.unpack(">I", data[at : at + 4])[0]

    with pytest.raises(errors.UnreadablePicture):
        decode(data[:at] + data[at + size + 12 :])


def test_a_header_above_pillows_own_limit_is_too_high_a_resolution():
    data = header_of_60_mp("PNG").replace(struct.pack(">I", 10_000), struct.pack(">I", 100_000))
    data = data[:29] + struct.pack(">I", zlib.crc32(data[12:29])) + data[33:]

    with pytest.raises(errors.ResolutionTooHigh, match="100000 x 6000"):
        codec.decode(data, MAX_BYTES, 50_000_000)


def exif_block(*entries):
    """Return an EXIF block of (tag, type, count, value or offset) entries."""
    tags = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + tags + bytes(4)


WRONG_EXIF = {
    "orientation that goes on for ever": exif_block((0x0112, 3, 0xFFFFFFFF, 6)),
    "orientation elsewhere": exif_block((0x0112, 4, 2, 0xFFFFFF00)),
    "more tags than there are": exif_block((0x0112, 3, 1, 1)).replace(b"\1\0\x12", b"\xff\xff\x12"),
    "a list that begins outside": b"Exif\0\0II*\0\xff\xff\xff\xff",
    "a header cut short": b"Exif\0\0II*",
    "nothing": b"Exif\0\0",
    "resolution by nought": exif_block((0x011A, 5, 1, 26), (0x0128, 3, 1, 2)) + bytes(8),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_EXIF)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.filterwarnings("ignore")  # Pillow warns of odd metadata before it gives up
def test_exif_with_wrong_lengths_is_dropped_and_the_photo_decoded(kind, name):
    photo = decode(encoded(SMOOTH, kind, exif=WRONG_EXIF[name]))

    assert photo.size == SMOOTH.size
    assert "exif" not in photo.info


@pytest.mark.parametrize(("format", "tolerance"), [("png", 0.01), ("jpg", 0.5)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_the_resolution_is_kept_and_rotates_with_the_photo(kind, format, tolerance):
    data = encoded(SMOOTH, kind, dpi=(300, 72), exif=held(6))

    again = opened(codec.encode(decode(data), format))

    assert again.info["dpi"] == pytest.approx((72, 300), abs=tolerance)


def test_dots_per_centimetre_are_converted_to_dpi():
    data = bytearray(encoded(SMOOTH, "JPEG", dpi=(100, 100)))
    data[13] = 2  # JFIF's unit: cm

    assert decode(bytes(data)).info["dpi"] == pytest.approx((254, 254))


def png_of_resolution(x, y):
    data = encoded(SMOOTH, "PNG", dpi=(1, 1))
    at = data.index(b"pHYs")
    chunk = b"pHYs" + struct.pack(">IIB", x, y, 1)
    return data[:at] + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[at + 17 :]


@pytest.mark.parametrize(
    "data",
    [
        png_of_resolution(0, 0),
        png_of_resolution(0, 2835),
        png_of_resolution(0xFFFFFFFF, 0xFFFFFFFF),
        encoded(SMOOTH, "JPEG", dpi=(1, 1)),
        encoded(SMOOTH, "TIFF"),
        encoded(SMOOTH, "JPEG", exif=WRONG_EXIF["resolution by nought"]).replace(b"JFIF", b"JFXX"),
    ],
)
def test_an_absurd_resolution_is_dropped(data):
    photo = decode(data)

    assert photo.size == SMOOTH.size
    assert photo.info.get("dpi", (72, 72)) == (72, 72)  # which is Pillow's for damaged EXIF


def test_a_png_may_have_a_long_profile_and_long_texts():
    texts = PngInfo()
    texts.add_text("history", "edited; " * 400_000, zip=True)

    photo = decode(encoded(SMOOTH, "PNG", icc_profile=bytes(3_000_000), pnginfo=texts))

    assert photo.size == SMOOTH.size


TURNED = held(6)
TURNED[0x010E] = "words"
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
def test_damaged_files_raise_only_errors_of_the_error_tree(data, where, noise, cut):
    at = int(where * len(data))
    damaged = data[:at] + noise + (b"" if cut else data[at + len(noise) :])

    try:
        decode(damaged)
    except errors.CutoutError as error:
        assert error.code in {"failed_to_read_image", "invalid_file_type", "resolution_too_high"}


@pytest.mark.parametrize(
    ("format", "kind"), [("png", "PNG"), ("webp", "WEBP"), ("jpg", "JPEG"), ("avif", "AVIF")]
)
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_encoding_writes_the_requested_format(format, kind, mode):
    again = opened(codec.encode(SMOOTH.convert(mode), format))

    assert again.format == kind
    assert np.abs(np.asarray(again.convert(mode), int) - SMOOTH.convert(mode)).mean() < 4


@pytest.mark.parametrize("format", ["png", "webp", "avif"])
def test_alpha_is_encoded_losslessly(format):
    cutout = SMOOTH.convert("RGBA")
    cutout.putalpha(OTHER_ALPHA)

    again = opened(codec.encode(cutout, format))

    assert np.array_equal(again.getchannel("A"), OTHER_ALPHA)


@pytest.mark.parametrize("format", ["png", "webp", "jpg", "avif", "zip"])
def test_the_number_of_threads_changes_no_byte(format):
    large = SMOOTH.resize((900, 700), Image.Resampling.BICUBIC)

    assert codec.encode(large, format, 1) == codec.encode(large, format, 3)


def test_a_zip_holds_the_colours_as_jpeg_and_the_alpha_as_png():
    cutout = decode(encoded(SMOOTH, "PNG", icc_profile=PROFILE, dpi=(300, 300))).convert("RGBA")
    cutout.putalpha(OTHER_ALPHA)

    files = zipfile.ZipFile(BytesIO(codec.encode(cutout, "zip")))

    colour, alpha = (opened(files.read(entry)) for entry in files.infolist())
    assert files.namelist() == ["color.jpg", "alpha.png"]
    assert {entry.compress_type for entry in files.infolist()} == {zipfile.ZIP_STORED}
    assert (colour.format, colour.mode) == ("JPEG", "RGB")
    assert np.abs(np.asarray(colour, int) - SMOOTH).mean() < 2
    assert (colour.info["icc_profile"], colour.info["dpi"]) == (PROFILE, (300, 300))
    assert (alpha.format, alpha.mode) == ("PNG", "L")
    assert np.array_equal(alpha, OTHER_ALPHA)


def test_a_zip_of_an_opaque_picture_has_a_full_alpha():
    files = zipfile.ZipFile(BytesIO(codec.encode(SMOOTH, "zip")))

    assert opened(files.read("alpha.png")).getextrema() == (255, 255)


@pytest.mark.skipif(not shutil.which("unzip"), reason="there is no unzip on this machine")
def test_unzip_extracts_a_zip_into_files_its_owner_can_read(tmp_path):
    (tmp_path / "cutout.zip").write_bytes(codec.encode(SMOOTH, "zip"))

    subprocess.run(["unzip", "-q", "cutout.zip"], cwd=tmp_path, check=True)

    modes = {path.name: path.stat().st_mode & 0o600 for path in tmp_path.glob("*.*g")}
    assert modes == {"color.jpg": 0o600, "alpha.png": 0o600}


@pytest.mark.parametrize(
    ("format", "side"), [("webp", 16_384), ("jpg", 65_501), ("zip", 65_501), ("avif", 65_537)]
)
def test_a_side_above_the_limit_of_the_format_is_refused(format, side):
    with pytest.raises(errors.InvalidDimensions, match=f"{side:,} px"):
        codec.encode(Image.new("RGB", (side, 1)), format)


@pytest.mark.parametrize(
    ("format", "side"), [("webp", 16_383), ("jpg", 65_500), ("zip", 65_500), ("avif", 65_536)]
)
def test_a_side_at_the_limit_of_the_format_is_encoded(format, side):
    assert codec.encode(Image.new("RGB", (side, 1)), format)


def test_png_is_encoded_losslessly():
    assert np.array_equal(opened(codec.encode(SMOOTH.convert("RGBA"), "png")),
                          SMOOTH.convert("RGBA"))  # fmt: skip


def test_a_bmp_of_more_runs_than_are_read_is_refused():
    """Pillow decodes them in Python: 22 MB would take 10 s."""
    assert decode(others.bmp_rle(60, 8, 4)).size == (60, 60)
    with pytest.raises(errors.UnreadablePicture, match="more than 1,000,000 runs"):
        codec.measure(others.bmp_rle(1100, 8, 1), 10**8, 10**8)


def test_pillows_warnings_of_damaged_files_are_not_logged():
    """Each has numbers of the file in it, so that Python would log and keep every one of them."""
    program = (
        "import sys; from cutout import codec; codec.decode(sys.stdin.buffer.read(), 9**9, 9**9)"
    )
    data = encoded(SMOOTH, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0" + bytes([1, 0, 18, 1, 2, 0]))

    ended = subprocess.run([sys.executable, "-c", program], input=data, capture_output=True)

    assert (ended.returncode, ended.stderr) == (0, b"")
