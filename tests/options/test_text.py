import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cutout import errors
from cutout.contract import Length, Margins, Options, Point, Region, Size
from cutout.options import text as grammar

PX_1, PX_2, PX_3, PX_4 = (Length(float(value)) for value in (1, 2, 3, 4))
HALF = Length(50.0, "%")

# Each parser, the field that it fills, and the kinds of error that it may raise.
PARSERS = {
    grammar.region: ("roi", errors.InvalidRegion),
    grammar.points: ("points", errors.InvalidPoints),
    grammar.subject: ("subject", errors.InvalidSubject),
    grammar.edges: ("edges", errors.InvalidParameter),
    grammar.max_pixels: ("max_pixels", errors.InvalidSize),
    grammar.margins: ("margin", errors.InvalidMargin),
    grammar.frame: ("frame", errors.InvalidFrame),
    grammar.canvas: ("canvas", errors.InvalidCanvas),
    grammar.scale: ("scale", errors.InvalidScale),
    grammar.position: ("position", errors.InvalidPosition),
    grammar.blur: ("blur", errors.InvalidBlur),
    grammar.blend: ("blend", errors.InvalidParameter),
    grammar.shadow: ("shadow", errors.InvalidShadow),
    grammar.format: ("format", errors.InvalidFormat),
    grammar.profile: ("profile", errors.InvalidParameter),
}
FRAGMENTS = [
    "1",
    "0",
    "-",
    ".",
    ",",
    " ",
    "%",
    "px",
    "x",
    "100",
    "all",
    "center",
    "preview",
    "é",
    "٣",
]


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (grammar.region, "1 2px 3px 4", Region(PX_1, PX_2, PX_3, PX_4)),
        (grammar.region, "1, 2,3 , 4", Region(PX_1, PX_2, PX_3, PX_4)),
        (grammar.region, "0% 1 50% 2", Region(Length(0.0, "%"), PX_1, HALF, PX_2)),
        (grammar.region, "50% 1 3 2", Region(HALF, PX_1, PX_3, PX_2)),  # the engine knows the width
        (grammar.points, "1,2 50%,3px,0 4,4,1",
         (Point(PX_1, PX_2), Point(HALF, PX_3, is_subject=False), Point(PX_4, PX_4))),
        (grammar.points, "0.5,1", (Point(Length(0.5), PX_1),)),
        (grammar.subject, "all", "all"),
        (grammar.subject, "largest", "largest"),
        (grammar.subject, "0", 0),
        (grammar.subject, "12", 12),
        (grammar.edges, "fine", "fine"),
        (grammar.max_pixels, "preview", 250_000),
        (grammar.max_pixels, "small", 250_000),
        (grammar.max_pixels, "regular", 250_000),
        (grammar.max_pixels, "medium", 1_500_000),
        (grammar.max_pixels, "hd", 4_000_000),
        (grammar.max_pixels, "full", 25_000_000),
        (grammar.max_pixels, "4k", 25_000_000),
        (grammar.max_pixels, "auto", 25_000_000),
        (grammar.max_pixels, "16MP", 16_000_000),
        (grammar.max_pixels, "50MP", 50_000_000),
        (grammar.margins, "1px", Margins(PX_1, PX_1, PX_1, PX_1)),
        (grammar.margins, "1 50%", Margins(PX_1, HALF, PX_1, HALF)),
        (grammar.margins, "1 2 3 4", Margins(PX_1, PX_2, PX_3, PX_4)),
        (grammar.frame, "1 2px 3px 4", Region(PX_1, PX_2, PX_3, PX_4)),
        (grammar.frame, "-10% -20,110% 2", Region(Length(-10.0, "%"), Length(-20.0),
                                                  Length(110.0, "%"), PX_2)),
        (grammar.canvas, "1000x40", Size(1000, 40)),
        (grammar.canvas, "10000x5000", Size(10_000, 5000)),
        (grammar.scale, "original", None),
        (grammar.scale, "10%", 0.1),
        (grammar.scale, "100%", 1.0),
        (grammar.position, "original", None),
        (grammar.position, "center", (0.5, 0.5)),
        (grammar.position, "25%", (0.25, 0.25)),
        (grammar.position, "0% 100%", (0.0, 1.0)),
        (grammar.blur, "5%", 0.05),
        (grammar.blend, "seamless", "seamless"),
        (grammar.shadow, "50", 0.5),
        (grammar.shadow, "100%", 1.0),
        (grammar.format, "jpeg", "jpg"),
        (grammar.format, "zip", "zip"),
        (grammar.profile, "keep", "keep"),
    ],
)  # fmt: skip
def test_what_is_well_written_is_understood(parse, text, value):
    assert parse(text) == value


@pytest.mark.parametrize("parse", PARSERS)
def test_an_empty_text_is_the_default(parse):
    assert parse("") == getattr(Options(), PARSERS[parse][0])


@pytest.mark.parametrize(
    ("parse", "texts", "kind"),
    [
        (grammar.region, ["1 2 3", "1 2 3 4 5", "a b c d", "inf 0 1 1", "nan 0 1 1", "1e3 0 1 1",
                          "1 2 3 4em", " ", "1234567890 0 1 1"], errors.InvalidRegion),
        (grammar.region, ["-1 0 5 5", "0 0 101% 5", "0% 0% 100% 100.1%"], errors.RegionOutside),
        (grammar.region, ["5 0 5 9", "0 9 5 8", "50% 0% 40% 9%"], errors.RegionEmpty),
        (grammar.points, ["1", "1,2,2", "1,2,3,4", "a,b", "1, 2", "1,2;3,4", "-1,2", "1,101%",
                          "1,1 " * 101], errors.InvalidPoints),
        (grammar.subject, ["-1", "1.0", "smallest", "12345", "²"], errors.InvalidSubject),
        (grammar.margins, ["1 2 3", "1 2 3 4 5", "-1", "501", "51%", "1em", " "],
         errors.InvalidMargin),
        (grammar.frame, ["1 2 3", "1 2 3 4 5", "a b c d", "5 0 5 9", "-1% 0 -2% 9", "0 0 1em 1"],
         errors.InvalidFrame),
        (grammar.canvas, ["1000", "5x", "5x5px", "1234567890x1", "-5x5", "5 x 5"],
         errors.InvalidCanvas),
        (grammar.scale, ["0.8", "80", "9%", "101%", "center"], errors.InvalidScale),
        (grammar.position, ["middle", "30", "30% 40% 50%", "-1%", "101%", " "],
         errors.InvalidPosition),
        (grammar.blur, ["3", "-1%", "11%", "3px"], errors.InvalidBlur),
        (grammar.shadow, ["-1", "101", "on", "5%%"], errors.InvalidShadow),
        (grammar.format, ["tga", "PNG ", "a/b"], errors.InvalidFormat),
        (grammar.edges, ["finest", "on"], errors.InvalidParameter),
        (grammar.max_pixels, ["huge", "4"], errors.InvalidSize),
        (grammar.blend, ["multiply"], errors.InvalidParameter),
        (grammar.profile, ["cmyk"], errors.InvalidParameter),
    ],
)  # fmt: skip
def test_what_is_not_is_told_by_kind(parse, texts, kind):
    for text in texts:
        with pytest.raises(errors.CutoutError) as raised:
            parse(text)
        assert type(raised.value) is kind, text


@pytest.mark.parametrize("parse", PARSERS)
@pytest.mark.parametrize(
    "text", ["ä" * 1_000_000, "1 " * 500_000, "9" * 1_000_000, "1,1," * 250_000]
)
def test_a_long_text_is_refused_and_quoted_in_part(parse, text):
    """A parser that took the square of its length would take hours."""
    with pytest.raises(PARSERS[parse][1]) as raised:
        parse(text)

    assert len(str(raised.value)) < 250


@pytest.mark.parametrize("parse", PARSERS)
@given(text=st.text() | st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join))
@example("\ud800")
@example("\0")
def test_no_text_raises_anything_else(parse, text):
    try:
        parse(text)
    except errors.CutoutError as error:
        assert isinstance(error, PARSERS[parse][1])
        str(error).encode()
