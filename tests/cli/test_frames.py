"""rembg's `cutout b WIDTH HEIGHT`, which reads raw frames."""

import io
import sys

import pytest

from tests.conftest import opened


@pytest.fixture
def frames(cutout, monkeypatch, red_disc):
    """Return a function that sends frames of the red disc, and more bytes, to the command."""
    frame = red_disc[0].tobytes()

    def run(*words, count=2, more=b""):
        stdin = io.TextIOWrapper(io.BytesIO(frame * count + more))
        monkeypatch.setattr(sys, "stdin", stdin)
        return cutout("b", "120", "90", *words)

    return run


def test_frames_become_numbered_files_with_the_photos_cutout(frames, place, engine):
    assert frames("-o", "out/%03d.png") == (0, "", "")

    assert sorted(path.name for path in (place / "out").iterdir()) == ["001.png", "002.png"]
    picture = opened((place / "out" / "002.png").read_bytes())
    assert (picture.size, picture.mode) == ((120, 90), "RGBA")


def test_a_frame_that_is_cut_short_or_has_no_subject_keeps_the_numbers_of_the_others(frames, place):
    code, _, err = frames("-o", "%d.webp", count=1, more=bytes(120 * 90 * 3 + 100))

    second, third = err.splitlines()
    assert code == 1
    assert second.startswith("cutout: frame 2: ")
    assert third == "cutout: frame 3: it ends after 100 of 32,400 bytes [failed_to_read_image]"
    assert [path.name for path in place.glob("*.webp")] == ["1.webp"]


def test_files_are_replaced_with_overwrite_alone(frames, place):
    (place / "1.png").write_bytes(b"somebody's")

    code, _, err = frames("-o", "%d.png")

    assert code == 1
    assert "1.png: this file exists; --overwrite replaces it" in err
    assert (place / "1.png").read_bytes() == b"somebody's"
    assert (place / "2.png").exists()
    assert frames("-o", "%d.png", "--overwrite")[0] == 0


@pytest.mark.parametrize("pattern", ["out.png", "%s.png", "%d%d.png", "%5d.png", "%", "a%%05d.png"])
def test_a_pattern_needs_one_number(frames, pattern):
    code, _, err = frames("-o", pattern)

    assert code == 2
    assert "has no one number such as in out/%05d.png" in err


@pytest.mark.parametrize("side", ["0", "x", "1000000000000", "1.5"])
def test_a_side_is_a_number_of_pixels(cutout, side):
    code, _, err = cutout("b", "10", side)

    assert code == 2
    assert f"'{side}' is not a number of px" in err


def test_an_input_without_a_frame_is_an_error(frames):
    assert frames("-o", "%d.png", count=0) == (
        1, "", "cutout: no frame came on standard input [missing_source]\n",
    )  # fmt: skip
