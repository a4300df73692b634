"""JPEG files without an end, with something behind it, and cut short."""

import re

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
EXIF = Image.Exif()
EXIF[0x0112] = 6
PART = b"\xff\xe1" + (len(EXIF.tobytes()) + 2).to_bytes(2) + EXIF.tobytes()


def sized(whole, width, height):
    """Return a file with another size in its frame's header."""
    at = re.search(rb"\xff[\xc0\xc2]", whole).end() + 3
    return whole[:at] + height.to_bytes(2) + width.to_bytes(2) + whole[at + 4 :]


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

    cut = whole[:2] + thumbnail + whole[2 : whole.index(START)]

    assert np.array_equal(decode(whole[:2] + thumbnail + whole[2:]), decode(whole))
    with pytest.raises(errors.UnreadablePicture, match="before the last of its scans"):
        jpeg_file.completed(cut)


def test_many_scans_of_a_few_bytes_are_refused_before_they_are_read():
    """400 scans of 49 MP in 126 kB would take minutes."""
    whole = FILES["progressive"]
    scan = whole[whole.rindex(START) : -2]

    assert decode(whole[:-2] + scan * 6 + whole[-2:]).size == (80, 60)
    with pytest.raises(errors.UnreadablePicture, match="more than 64 scans"):
        decode(whole[:-2] + scan * 64 + whole[-2:])
    large = sized(whole, 10_000, 5_000)
    with pytest.raises(errors.UnreadablePicture, match="more than 30 scans"):
        jpeg_file.without_metadata(large[:-2] + scan * 30 + large[-2:])
    assert jpeg_file.without_metadata(large + scan * 64) == large


def test_more_segments_than_a_photo_has_are_refused_before_they_are_read():
    """22 MB of empty ones would take 10 s and 800 MB."""
    start, rest = FILES["baseline"][:20], FILES["baseline"][20:]  # up to the end of APP0

    assert decode(start + b"\xff\xe1\0\2" * 9 + b"\xff" * 9 + rest).size == (80, 60)
    with pytest.raises(errors.UnreadablePicture, match="more than 20,000 segments"):
        decode(start + b"\xff\xe1\0\2" * 20_001 + rest)


@pytest.mark.parametrize("each", [b"\xff", b"\0", b"\xff\xfe\1\0" + bytes(254)])
def test_what_is_not_read_ahead_of_the_scans_does_not_reach_the_decoder(each):
    start, rest = FILES["baseline"][:20], FILES["baseline"][20:]

    assert jpeg_file.without_metadata(start + each * 9_999 + rest) == start + rest


def test_exif_in_many_parts_is_read_once():
    """Pillow joins them one by one: 88,000 parts of 256 bytes would take minutes."""
    whole = encoded(SMOOTH, "JPEG", exif=EXIF)
    again = whole.replace(PART, PART + (PART[:2] + b"\0\x0a" + PART[4:10] + b"ab") * 9)

    assert len(again) > len(whole)
    assert jpeg_file.without_metadata(again) == jpeg_file.without_metadata(whole)


@pytest.mark.parametrize("kind", ["progressive", "with restarts"])
def test_bytes_that_only_fill_are_few_behind_the_first_scan(kind):
    """The decoder reads them again with each part of the file: 20 MB would take 5 s."""
    whole = FILES[kind]
    at = whole.rindex(START) if kind == "progressive" else whole.index(b"\xff\xd0")

    assert decode(whole[:at] + b"\xff" * 9 + whole[at:]).size == (80, 60)
    with pytest.raises(errors.UnreadablePicture, match="more fill bytes"):
        decode(whole[:at] + b"\xff" * 50_000 + whole[at:])


def test_a_large_photo_of_many_scans_needs_its_end():
    """A file without its end is decoded four times."""
    large = sized(FILES["progressive"], 10_000, 5_000)

    with pytest.raises(errors.UnreadablePicture, match="cut short, or has no end"):
        jpeg_file.completed(large[:-2])


def test_an_mpo_file_that_ends_in_its_second_picture_is_read():
    whole = encoded(SMOOTH, "MPO", save_all=True, append_images=[SMOOTH])

    assert np.array_equal(decode(whole[:-200]), decode(whole))
    assert np.array_equal(decode(whole + b"garbage"), decode(whole))
