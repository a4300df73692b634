"""AVIFs and HEICs whose decoder would make many more pixels than they show."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cutout import codec, errors
from cutout.codec import heif_file
from tests.conftest import encoded
from tools.dearest import heif

KINDS = ("AVIF", "HEIC")
LIMITS = 10**7, 10**7


def measure(data):
    return codec.measure(data, *LIMITS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "data",
    [
        lambda kind: heif.lie(kind, 1536, 64),
        lambda kind: heif.repeated(kind, 512, 20),
        lambda kind: heif.grid(kind, 16, 256, 64, 0),
        lambda kind: heif.grid(kind, 8, 512, 64, 64),
        lambda kind: heif.overlay(kind, 64, 1000),
        lambda kind: heif.overlay(kind, 512, 12),
        lambda kind: heif.chain(kind, 64, 3, 10),
        lambda kind: heif.helpers(kind, 1536, b"auxl", 1),
    ],
    ids=["says less", "one behind the other", "tiles beyond the picture",
         "tiles that say less", "a small overlay often", "overlays", "overlays of overlays",
         "a large alpha"],
)  # fmt: skip
def test_many_more_pixels_than_are_shown_are_refused_before_they_are_decoded(kind, data):
    """Two kB with 151 MP that say 64 x 64 would take seconds and a gigabyte."""
    with pytest.raises(errors.UnreadablePicture, match=f"the {kind} says .* to decode|damaged"):
        measure(data(kind))
    assert heif_file.decoded_pixels(data(kind)) > 2_000_000


@pytest.mark.parametrize("kind", KINDS)
def test_ordinary_photos_and_grids_of_tiles_are_read(kind):
    assert measure(heif.lie(kind, 512, 512)).width == 512
    assert measure(heif.grid(kind, 2, 512, 1024, 0)).width == 1024
    assert heif_file.decoded_pixels(heif.grid(kind, 2, 512, 1024, 0)) == 1024**2


@pytest.mark.parametrize(("size", "mode"), [((240, 180), "RGB"), ((50, 70), "RGBA")])
def test_an_alpha_has_as_many_pixels_as_its_picture(size, mode):
    data = encoded(Image.new(mode, size), "AVIF")

    assert heif_file.decoded_pixels(data) == size[0] * size[1] * (len(mode) - 2)


def test_the_frames_of_an_animation_have_the_size_that_it_says():
    frames = [Image.new("RGB", (1536, 1536), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "AVIF", save_all=True, append_images=frames[1:], speed=10)
    assert measure(data).width == 1536
    lie = data.replace(struct.pack(">II", 1536, 1536), struct.pack(">II", 64, 64))
    lie = lie.replace(
        struct.pack(">II", 1536 << 16, 1536 << 16), struct.pack(">II", 64 << 16, 64 << 16)
    )

    with pytest.raises(errors.UnreadablePicture):
        measure(lie)


@pytest.mark.parametrize("kind", KINDS)
def test_more_items_than_a_photo_has_are_refused(kind):
    """60,000 in 3 MB would take the decoder a minute."""
    with pytest.raises(errors.UnreadablePicture, match="more than 4,096 boxes or items"):
        measure(heif.pictures(kind, 64, 5000))


EXIF = b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHII", 274, 5, 40_000, 26) + bytes(320_004)


@pytest.mark.parametrize(
    "data",
    [
        heif.write(b"avif", [heif.coded("AVIF", 64).item(), heif.Item(b"Exif", EXIF, ())]),
        encoded(Image.new("RGB", (16, 16)), "WEBP", exif=EXIF),
        encoded(Image.new("RGB", (16, 16)), "PNG", exif=EXIF),
    ],
    ids=["AVIF", "WebP", "PNG"],
)
def test_more_exif_than_is_read_is_refused(data):
    """Pillow makes an object of each value: 20 MB of them would take 7 s and 400 MB."""
    with pytest.raises(errors.UnreadablePicture, match="EXIF has more than 262,144 bytes"):
        codec.decode(data, *LIMITS)


def test_a_larger_picture_behind_a_small_one_is_refused():
    """It has a sequence header of its own, which the decoder obeys."""
    with pytest.raises(errors.UnreadablePicture, match="64 x 64 pixels, and has 2,359,296 to"):
        measure(heif.larger_behind("AVIF", 1536, 64))


def test_items_whose_data_lie_upon_each_other_are_refused():
    one = heif.coded("AVIF", 64)
    item = heif.Item(one.kind, one.data * 200, (heif.extents(64, 64), one.configuration))

    with pytest.raises(errors.UnreadablePicture, match="overlap"):
        measure(heif.write(b"avif", [item] * 60))


@given(st.integers(0, 300), st.integers(0, 255))
def test_no_damage_to_boxes_is_more_than_a_refusal(at, byte):
    data = bytearray(PHOTO)
    data[at] = byte
    try:
        heif_file.decoded_pixels(bytes(data))
    except errors.UnreadablePicture:
        return


PHOTO = encoded(Image.new("RGBA", (16, 16)), "AVIF")
