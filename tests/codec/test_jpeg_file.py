"""JPEG files without an end, with something behind it, and cut short."""

import numpy as np
import pytest
from PIL import Image

from cutout import codec, errors
from cutout.codec import jpeg_file
from tests.conftest import encoded


def smooth(seed, size):
    noise = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), np.uint8)
    return Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)


SMOOTH = smooth(1, (80, 60))
KINDS = {
    "baseline": {},
    "progressive": {"progressive": True},
    "with restarts": {"restart_marker_blocks": 3},
    "without subsampling": {"quality": 95, "subsampling": 0},
    "with tables of its own": {"optimize": True},
}  # fmt: skip
FILES = {name: encoded(SMOOTH, "JPEG", **kind) for name, kind in KINDS.items()}
FILES["of a size that is no multiple of 8"] = encoded(smooth(2, (66, 50)), "JPEG")
FILES["grey"] = encoded(SMOOTH.convert("L"), "JPEG")
FILES["CMYK"] = encoded(SMOOTH.convert("CMYK"), "JPEG")
START = b"\xff\xda"  # of a scan


def decode(data, **options):
    return codec.decode(data, 10**6, 10**6, **options)[0]


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("missing", [1, 2])
def test_a_jpeg_without_its_end_marker_is_read(kind, missing):
    whole = FILES[kind]

    assert np.array_equal(decode(whole[:-missing]), decode(whole))
    assert decode(whole[:-missing], work_pixels=500).size == decode(whole, work_pixels=500).size


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("trailer", [b"garbage" * 99, FILES["progressive"], b"\xff" * 9])
def test_what_stands_behind_the_end_is_ignored(kind, trailer):
    assert np.array_equal(decode(FILES[kind] + trailer), decode(FILES[kind]))


@pytest.mark.parametrize("kind", FILES)
def test_a_jpeg_that_is_cut_anywhere_is_refused_unless_no_pixel_is_missing(kind):
    whole = FILES[kind]
    pixels = np.asarray(decode(whole)).astype(int)
    first = whole.index(START) + 20
    for length in [*range(first, len(whole) - 60, 41), *range(len(whole) - 60, len(whole) - 2)]:
        try:
            photo = decode(whole[:length])
        except errors.UnreadablePicture:
            continue
        assert np.abs(np.asarray(photo).astype(int) - pixels).max() == 0, length


@pytest.mark.parametrize("share", [0.4, 0.62, 0.9])
def test_of_a_jpeg_that_is_cut_short_the_share_of_rows_is_told(share):
    noise = np.random.default_rng(3).integers(0, 256, (400, 60, 3), np.uint8)
    whole = encoded(Image.fromarray(noise), "JPEG")

    with pytest.raises(errors.UnreadablePicture, match=r"ends after \d+% of its rows") as raised:
        decode(whole[: int(len(whole) * share)])

    percent = int(str(raised.value).split("%")[0].split()[-1])
    assert abs(percent - 100 * share) < 6


def test_a_progressive_jpeg_that_ends_between_two_scans_is_refused():
    whole = FILES["progressive"]
    ends = [at for at in range(len(whole)) if whole[at : at + 2] in (START, b"\xff\xc4")]

    for end in ends[ends.index(whole.index(START)) + 1 :]:
        with pytest.raises(errors.UnreadablePicture, match="before the last of its scans"):
            decode(whole[:end])


def test_scans_in_metadata_are_no_scans_of_the_picture():
    whole = FILES["baseline"]
    thumbnail = b"\xff\xe1" + (len(whole) + 2).to_bytes(2) + whole

    assert jpeg_file._has_all_scans(whole[:2] + thumbnail + whole[2:])
    assert not jpeg_file._has_all_scans(whole[:2] + thumbnail + whole[2 : whole.index(START)])


def test_many_scans_of_a_few_bytes_are_refused_before_they_are_read():
    """400 scans of 49 MP in 126 kB would take minutes."""
    whole = FILES["progressive"]
    scan = whole[whole.rindex(START) : -2]

    assert decode(whole[:-2] + scan * 6 + whole[-2:]).size == (80, 60)
    with pytest.raises(errors.UnreadablePicture, match="more than 64 scans"):
        decode(whole[:-2] + scan * 64 + whole[-2:])
    with pytest.raises(errors.UnreadablePicture, match="more than 30 scans"):
        jpeg_file.check_scans(whole[:-2] + scan * 30 + whole[-2:], 50_000_000)
    jpeg_file.check_scans(whole + scan * 64, 50_000_000)


@pytest.mark.parametrize("each", [b"\xff\xe1\0\2", b"\xff", b"\0"])
def test_more_segments_than_a_photo_has_are_refused_before_they_are_read(each):
    """22 MB of empty ones would take 10 s and 800 MB."""
    start, rest = FILES["baseline"][:20], FILES["baseline"][20:]  # up to the end of APP0

    assert decode(start + b"\xff\xe1\0\2" * 9 + b"\xff" * 9 + rest).size == (80, 60)
    with pytest.raises(errors.UnreadablePicture, match="more than 100,000 segments"):
        decode(start + each * 100_001 + rest)


def test_an_mpo_file_that_ends_in_its_second_picture_is_read():
    whole = encoded(SMOOTH, "MPO", save_all=True, append_images=[SMOOTH])

    assert np.array_equal(decode(whole[:-200]), decode(whole))
    assert np.array_equal(decode(whole + b"garbage"), decode(whole))
