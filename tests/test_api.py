"""What a Python program calls: `from cutout import remove_background`."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import cutout
from cutout import Options, engines, errors
from tests.conftest import encoded, opened


@pytest.fixture(autouse=True)
def default_engine(engine, monkeypatch):
    monkeypatch.setattr(engines, "default_engine", lambda first: engine)


@pytest.fixture
def photos(photo, red_disc, tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(photo)
    with Image.open(path) as opened_by_pil:
        yield {
            "bytes": photo,
            "bytearray": bytearray(photo),
            "memoryview": memoryview(photo),
            "str": str(path),
            "Path": path,
            "PIL": red_disc[0],
            "PIL, opened": opened_by_pil,
            "PIL, RGBA": red_disc[0].convert("RGBA"),
            "array": np.array(red_disc[0]),
            "array, flipped twice": np.array(red_disc[0])[::-1][::-1],
            "array, RGBA": np.array(red_disc[0].convert("RGBA")),
        }


def test_every_kind_of_photo_gives_the_same_cutout(photos):
    assert len({cutout.remove_background(photo).data for photo in photos.values()}) == 1


def test_a_picture_that_is_passed_stays_as_it_is(red_disc):
    picture = red_disc[0].copy()
    array = np.array(picture)

    for photo in (picture, array):
        cutout.remove_background(photo, Options(max_pixels=2000))

    assert np.array_equal(picture, red_disc[0])
    assert np.array_equal(array, red_disc[0])


@pytest.mark.parametrize("max_pixels", [0, 2000])
def test_a_jpeg_that_pil_opened_is_turned_and_reduced_as_its_file_is(red_disc, max_pixels):
    exif = Image.Exif()
    exif[274] = 6
    data = encoded(red_disc[0], "JPEG", exif=exif, quality=95)
    picture = opened(data)

    result = cutout.remove_background(picture, Options(max_pixels=max_pixels))
    of_file = cutout.remove_background(data, Options(max_pixels=max_pixels))

    assert result.size == of_file.size
    assert picture.size == red_disc[0].size
    assert np.abs(np.asarray(result.image, int) - np.asarray(of_file.image))[..., 3].mean() < 3


def test_a_grey_array_is_a_photo():
    grey = np.zeros((40, 40), np.uint8)
    grey[10:30, 10:30] = 255

    assert cutout.remove_background(grey).size == cutout.Size(40, 40)


@pytest.mark.parametrize(
    "photo",
    [
        None,
        7,
        [1, 2],
        {"photo": b""},
        np.zeros((4, 4, 3)),
        np.zeros((4, 4), bool),
        np.zeros((4, 4), np.uint16),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((1, 4, 4, 3), np.uint8),
        np.zeros(16, np.uint8),
    ],
    ids=str,
)
def test_an_error_says_what_a_photo_can_be(photo):
    with pytest.raises(TypeError, match="give bytes, a path, a PIL picture, or a NumPy array"):
        cutout.remove_background(photo)


def test_a_quality_beside_the_options_replaces_theirs(photo, monkeypatch):
    class Recorder:
        max_bytes = 1_000_000

        def remove_background(self, data, options):
            return options

    monkeypatch.setattr(engines, "default_engine", lambda first: Recorder())

    assert cutout.remove_background(photo, quality="best") == Options(quality="best")
    options = Options(crop=True, quality="fast")
    assert cutout.remove_background(photo, options) == options
    assert cutout.remove_background(photo, options, quality="best") == Options(
        crop=True, quality="best"
    )
    with pytest.raises(errors.InvalidParameter, match="none of fast, standard, best"):
        cutout.remove_background(photo, quality="finest")


def test_options_of_another_type_are_refused(photo):
    with pytest.raises(TypeError, match=r"the options are a dict; give cutout\.Options"):
        cutout.remove_background(photo, {"crop": True})


@pytest.mark.parametrize(
    "photo", [Image.new("RGB", (0, 4)), np.zeros((0, 4, 3), np.uint8)], ids=["PIL", "array"]
)
def test_a_picture_without_pixels_is_refused(photo):
    with pytest.raises(errors.UnreadablePicture, match="no pixels"):
        cutout.remove_background(photo)


def test_a_picture_of_too_many_pixels_or_of_odd_ones_is_refused():
    with pytest.raises(errors.ResolutionTooHigh):
        cutout.remove_background(Image.new("L", (10_000, 6_000)))
    with pytest.raises(errors.UnreadablePicture, match="pixels of type F"):
        cutout.remove_background(Image.new("F", (4, 4)))


def test_a_missing_file_is_an_error_of_the_file_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        cutout.remove_background(tmp_path / "nowhere.jpg")


@pytest.mark.parametrize("format", ["png", "webp", "jpg"])
def test_a_result_is_also_a_picture(photo, format):
    result = cutout.remove_background(photo, Options(format=format))

    assert result.image is result.image
    assert np.array_equal(result.image, opened(result.data))


def test_a_zip_is_no_picture(photo):
    with pytest.raises(ValueError, match="a ZIP is no picture"):
        cutout.remove_background(photo, Options(format="zip")).image  # noqa: B018


def test_importing_cutout_loads_no_array_and_no_picture_library():
    code = "import sys, cutout; sys.exit(bool({'numpy', 'PIL', 'onnxruntime'} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
