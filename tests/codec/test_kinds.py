"""Kinds of files: animations, HEIC, and those that are refused by name."""

import re
import subprocess
import sys
from io import BytesIO

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from cutout import codec, errors, installation
from cutout.codec import reader
from cutout.options.record import Options
from cutout.picture import KINDS, Size, kind_of, refusal
from tests.conftest import encoded

SMOOTH = Image.fromarray(np.random.default_rng(1).integers(0, 256, (3, 4, 3), np.uint8)).resize(
    (160, 120), Image.Resampling.BICUBIC
)
OTHER = Image.new("RGB", (160, 120))


def decode(data, **options):
    return codec.decode(data, 10**6, 10**6, **options)[0]


def heic(image, **info):
    made = pillow_heif.from_pillow(image)
    made[0].info.update(info)
    buffer = BytesIO()
    made.save(buffer, format="HEIF", quality=95)
    return buffer.getvalue()


def distance(photo, other):
    return np.abs(np.asarray(photo).astype(int) - np.asarray(other)).mean()


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_an_animation_is_named_and_its_first_frame_is_read_on_request(kind):
    data = encoded(SMOOTH, kind, save_all=True, append_images=[OTHER, SMOOTH], duration=100)

    with pytest.raises(errors.Animation, match=f"an animated {kind} of 3 frames; .*frames=first"):
        decode(data)
    assert distance(decode(data, frames="first").convert("RGB"), SMOOTH) < 9
    assert codec.measure(data, 10**6, 10**6).width == 160


def test_the_engine_reads_the_first_frame_on_request(engine):
    photo = Image.new("RGB", (80, 60), (0, 0, 200))
    photo.paste((250, 10, 10), (20, 15, 60, 45))
    data = encoded(photo, "GIF", save_all=True, append_images=[Image.new("RGB", photo.size)])

    with pytest.raises(errors.Animation):
        engine.remove_background(data, Options())
    assert engine.remove_background(data, Options(frames="first")).size == Size(80, 60)


# --- HEIC ---


def test_a_heic_photo_is_read():
    data = heic(SMOOTH)

    assert distance(decode(data), SMOOTH) < 3
    assert codec.media_type(data, 10**6, 10**6) == "image/heic"
    assert codec.measure(data, 10**6, 10**6).width == 160


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_heic_photo_is_turned_upright_once(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation

    photo, source = codec.decode(heic(SMOOTH, exif=exif.tobytes()), 10**6, 10**6)

    turn = reader.UPRIGHT.get(orientation)
    wanted = SMOOTH.transpose(turn) if turn is not None else SMOOTH
    assert photo.size == source == wanted.size
    assert distance(photo, wanted) < 3


def test_a_heic_photo_keeps_its_alpha():
    image = SMOOTH.convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))

    assert distance(decode(heic(image)).getchannel("A"), image.getchannel("A")) < 3


def test_the_pixels_of_a_heic_photo_are_limited_before_they_are_read():
    with pytest.raises(errors.ResolutionTooHigh):
        codec.decode(heic(SMOOTH), 10**6, 160 * 120 - 1)


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_heic_photo_that_is_cut_short_is_an_error(share):
    data = heic(SMOOTH)

    with pytest.raises(errors.UnreadablePicture):
        decode(data[: int(len(data) * share)])


def test_without_its_extra_a_heic_photo_is_named_with_what_to_do(monkeypatch):
    monkeypatch.setitem(installation.EXTRAS, "heic", ("no_such_module",))

    for act in (decode, lambda data: codec.measure(data, 10**6, 10**6)):
        with pytest.raises(errors.UnknownFileType, match=r"a HEIC photo.*cutout-bg\[heic\].*JPEG"):
            act(heic(SMOOTH))


def test_the_reader_of_heic_is_loaded_with_the_first_photo_and_changes_nothing_for_others():
    code = """
import sys
from PIL import Image
from cutout import codec
data = sys.stdin.buffer.read()
before = "pi_heif" in sys.modules
codec.decode(data, 10**6, 10**6)
print(before, "pi_heif" in sys.modules, "HEIF" in Image.ID, "HEIF" in Image.OPEN)
"""
    run = subprocess.run(
        [sys.executable, "-c", code], input=heic(SMOOTH), capture_output=True, check=True
    )

    assert run.stdout.decode().split() == ["False", "True", "False", "False"]


# --- kinds by their first bytes ---


def box(brand, *compatible):
    body = brand + bytes(4) + b"".join(compatible)
    return (len(body) + 8).to_bytes(4) + b"ftyp" + body


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (box(b"avif", b"mif1"), "AVIF"),
        (box(b"mif1", b"mif1", b"miaf", b"avif"), "AVIF"),
        (box(b"avis", b"msf1"), "AVIF"),
        (box(b"heic", b"mif1", b"heic"), "HEIC"),
        (box(b"mif1", b"mif1", b"heic"), "HEIC"),
        (box(b"msf1", b"hevc"), "HEIC"),
        (b"II+\0\x08\0\0\0", "TIFF"),
    ],
)
def test_kinds_are_told_by_all_their_brands(start, name):
    assert kind_of(start).name == name


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"%PDF-1.7", "a PDF"),
        (b"8BPS\0\1", "a Photoshop file (PSD)"),
        (b"\xff\x0a\xfa\x7f", "a JPEG XL file"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL file"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 file"),
        (b"\0\0\1\0\1\0\x10\x10", "an icon (ICO)"),
        (b"II*\0\x10\0\0\0CR\2\0", "a camera's raw file"),
        (box(b"crx ", b"isom"), "a camera's raw file"),
        (b"FUJIFILMCCD-RAW 0201", "a camera's raw file"),
        (box(b"mif1", b"miaf"), "a HEIF file whose pixels are neither HEVC nor AV1"),
        (box(b"isom", b"mp42"), "a video"),
        (box(b"qt  "), "a video"),
        (b"\x1aE\xdf\xa3", "a video"),
        (b'<?xml version="1.0"?>\n<!-- made by hand -->\n<svg xmlns="', "an SVG drawing"),
        (b"\xef\xbb\xbf  <svg>", "an SVG drawing"),
        (b"<!DOCTYPE html><html>", "a web page (HTML)"),
        (b"\n<HTML>", "a web page (HTML)"),
        (b"PK\3\4", "a ZIP archive"),
    ],
)
def test_other_kinds_are_refused_by_their_names(start, name):
    with pytest.raises(errors.UnknownFileType, match=f"^the file is {re.escape(name)}; "):
        decode(start + bytes(100))


def test_a_file_of_no_kind_is_told_the_kinds_that_are_read():
    assert refusal(b"words") == "not a JPEG, PNG, WEBP, AVIF, GIF, BMP or TIFF file"


def test_comments_ahead_of_a_drawing_are_passed_in_one_go():
    """One that tried each way to part them would not end."""
    assert refusal(b"<!---->" * 100_000).startswith("not a ")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.name != "HEIC"])
@pytest.mark.filterwarnings("ignore")  # Pillow warns of odd metadata before it gives up
def test_a_damaged_header_is_told_with_the_kind_of_file(kind):
    data = encoded(SMOOTH, kind.name)[:40]

    with pytest.raises(errors.UnreadablePicture) as raised:
        decode(data)
    assert type(raised.value) is errors.UnreadablePicture
    assert "not a" not in str(raised.value)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "WEBP", "AVIF"])
def test_bytes_behind_the_end_are_ignored(kind):
    data = encoded(SMOOTH, kind)

    assert np.array_equal(decode(data + b"garbage" * 99), decode(data))


@pytest.mark.parametrize("missing", [1, 2])
def test_a_gif_without_its_trailer_is_read(missing):
    data = encoded(SMOOTH, "GIF")

    assert np.array_equal(decode(data[:-missing]), decode(data))
