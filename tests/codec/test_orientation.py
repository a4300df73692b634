import numpy as np
import pytest
from PIL import Image

from cutout import codec
from tests.codec import orientations
from tests.codec.orientations import CONTAINERS, corners_of, exif, expected, png, raw_profile
from tests.conftest import encoded

NO_LIMIT = 10**9
XMP_CHUNK = b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + orientations.XMP.encode()


def decode(data, **parameters):
    return codec.decode(data, NO_LIMIT, NO_LIMIT, **parameters)


@pytest.mark.parametrize("orientation", orientations.UPRIGHT)
@pytest.mark.parametrize("name", CONTAINERS)
def test_every_exif_orientation_is_applied_once(name, orientation):
    photo, source = decode(CONTAINERS[name][1](orientation))

    assert corners_of(photo) == expected(orientation)
    assert photo.size == source


@pytest.mark.parametrize("orientation", [0, 9, 65535])
@pytest.mark.parametrize("name", ["JPEG", "PNG", "PNG, as text", "WebP", "TIFF"])
def test_an_orientation_that_there_is_not_is_ignored(name, orientation):
    assert corners_of(decode(CONTAINERS[name][1](orientation))[0]) == expected(1)


@pytest.mark.parametrize("kind", ["JPEG", "MPO", "PNG", "WEBP", "AVIF", "TIFF"])
def test_an_orientation_in_xmp_alone_is_ignored(kind):
    assert corners_of(decode(orientations.with_xmp(kind))[0]) == expected(1)


def test_xmp_behind_the_pixels_of_a_png_is_ignored():
    assert corners_of(decode(png(after=[XMP_CHUNK]))[0]) == expected(1)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_exif_counts_where_xmp_says_otherwise(kind):
    data = orientations.with_xmp(kind, exif=b"Exif\0\0" + exif(8))

    assert corners_of(decode(data)[0]) == expected(8)


def test_an_avif_is_turned_as_its_container_says_and_not_by_exif():
    made = Image.Exif()
    made[271] = "me"
    data = encoded(orientations.stored(), "AVIF", exif=made)
    tag = data.index(b"\x01\x0f\x00\x02")  # the maker, which becomes an orientation of 6
    data = data[:tag] + b"\x01\x12\x00\x03\0\0\0\x01\0\x06\0\0" + data[tag + 12 :]

    assert corners_of(decode(data)[0]) == expected(1)


def test_the_exif_chunk_of_a_png_counts_before_its_text():
    data = png(raw_profile(8), (b"eXIf", exif(6)))

    assert corners_of(decode(data)[0]) == expected(6)


@pytest.mark.parametrize("kind", ["GIF", "BMP"])
def test_files_that_have_no_orientation_stay_as_they_are(kind):
    assert corners_of(decode(encoded(orientations.stored(), kind))[0]) == expected(1)


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_mask_is_turned_like_a_photo(name):
    photo, _ = decode(CONTAINERS[name][1](6))
    mask, _ = decode(CONTAINERS[name][1](6), profile=None)

    assert np.array_equal(mask, photo)
