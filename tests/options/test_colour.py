import re

import pytest

from cutout import errors
from cutout.options.colour import parse_colour


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#fff", (255, 255, 255, 255)),
        ("#ff000080", (255, 0, 0, 128)),
        ("rebeccapurple", (102, 51, 153, 255)),
    ],
)
def test_colours_as_css_writes_them(text, colour):
    assert parse_colour(text) == colour


@pytest.mark.parametrize(
    "text", ["mauvish", "#12", "255,255", "rgb(300,0,0)", "rgb(99999999999999999999,0,0)", "#ggg"]
)
def test_what_is_no_colour_is_said_to_be_none(text):
    with pytest.raises(errors.InvalidColour, match=re.escape(text)):
        parse_colour(text)
