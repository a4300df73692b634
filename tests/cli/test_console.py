"""What commands print, in this process."""

import pytest

from cutout.cli.console import printable

# A window title, a colour, text from right to left, and a line that somebody else seems to print.
ESCAPES = "\x1b]0;title\x07\x1b[31m\u202e\n"
ESCAPED = r"\x1b]0;title\x07\x1b[31m\u202e\n"


@pytest.fixture(autouse=True)
def named_photos(place, photo):
    """Photos whose names hold control characters, in the current folder."""
    (place / "in").mkdir()
    (place / "in" / f"{ESCAPES}.png").write_bytes(photo)
    (place / "in" / f"{ESCAPES}.jpg").write_bytes(b"words")


@pytest.mark.parametrize(
    "arguments",
    [
        [f"no{ESCAPES}.jpg"],
        ["photo.png", f"more{ESCAPES}"],
        [f"in/{ESCAPES}.png", "-v"],
        ["photo.png", f"--{ESCAPES}"],
        ["photo.png", "--preset", ESCAPES],
        ["photo.png", "--mask", f"no{ESCAPES}"],
        ["batch", f"no{ESCAPES}", "out"],
        ["batch", "in", "out", "--review-below", "100%"],
        ["batch", "in", "out", "--report", f"no{ESCAPES}/x"],
        ["models", ESCAPES],
    ],
)
def test_no_control_character_of_a_name_reaches_the_terminal(cutout, arguments):
    status, _, shown = cutout(*arguments)

    assert status in (0, 1, 2)
    assert ESCAPED in shown
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)


def test_names_of_any_language_are_printed_as_they_are():
    name = "Sch\u00f6nes Foto \u65e5\u672c \u202f1\u00a0\U0001f4f7.jpg"

    assert printable(name) == name
