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
def test_css_colours_are_parsed(text, colour):
    assert parse_colour(text) == colour


@pytest.mark.parametrize(
    "text", ["mauvish", "#12", "255,255", "rgb(300,0,0)", "rgb(99999999999999999999,0,0)", "#ggg"]
)
def test_an_invalid_colour_is_refused(text):
    with pytest.raises(errors.InvalidColour, match=re.escape(text)):
        parse_colour(text)
