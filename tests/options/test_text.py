import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cutout import errors
from cutout.options import text
from cutout.options.record import Options
from cutout.options.values import Length, Margins, Point, Region
from cutout.picture import Size

PX_1, PX_2, PX_3, PX_4 = (Length(float(value)) for value in (1, 2, 3, 4))
HALF = Length(50.0, "%")

# The kinds of error that a field's text may raise.
KINDS = {
    "frames": errors.InvalidParameter,
    "roi": errors.InvalidRegion,
    "points": errors.InvalidPoints,
    "subject": errors.InvalidSubject,
    "edges": errors.InvalidParameter,
    "max_pixels": errors.InvalidSize,
    "margin": errors.InvalidMargin,
    "frame": errors.InvalidFrame,
    "canvas": errors.InvalidCanvas,
    "scale": errors.InvalidScale,
    "position": errors.InvalidPosition,
    "blur": errors.InvalidBlur,
    "blend": errors.InvalidParameter,
    "shadow": errors.InvalidShadow,
    "format": errors.InvalidFormat,
    "profile": errors.InvalidParameter,
}
NEEDED = {"margin": {"crop": True}, "blend": {"backdrop": b"picture"}}


def read(field, written):
    """Parse a text and return the value as the options record holds it."""
    return getattr(Options(**{field: text.parse(field, written)} | NEEDED.get(field, {})), field)


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
    ("field", "written", "value"),
    [
        ("roi", "1 2px 3px 4", Region(PX_1, PX_2, PX_3, PX_4)),
        ("roi", "1, 2,3 , 4", Region(PX_1, PX_2, PX_3, PX_4)),
        ("roi", "0% 1 50% 2", Region(Length(0.0, "%"), PX_1, HALF, PX_2)),
        ("roi", "50% 1 3 2", Region(HALF, PX_1, PX_3, PX_2)),  # the engine knows the width
        ("points", "1,2 50%,3px,0 4,4,1",
         (Point(PX_1, PX_2), Point(HALF, PX_3, is_subject=False), Point(PX_4, PX_4))),
        ("points", "0.5,1", (Point(Length(0.5), PX_1),)),
        ("subject", "all", "all"),
        ("subject", "largest", "largest"),
        ("subject", "0", 0),
        ("subject", "12", 12),
        ("edges", "fine", "fine"),
        ("max_pixels", "preview", 250_000),
        ("max_pixels", "small", 250_000),
        ("max_pixels", "regular", 250_000),
        ("max_pixels", "medium", 1_500_000),
        ("max_pixels", "hd", 4_000_000),
        ("max_pixels", "full", 25_000_000),
        ("max_pixels", "4k", 25_000_000),
        ("max_pixels", "auto", 25_000_000),
        ("max_pixels", "16MP", 16_000_000),
        ("max_pixels", "50MP", 50_000_000),
        ("margin", "1px", Margins(PX_1, PX_1, PX_1, PX_1)),
        ("margin", "1 50%", Margins(PX_1, HALF, PX_1, HALF)),
        ("margin", "1 2 3 4", Margins(PX_1, PX_2, PX_3, PX_4)),
        ("frame", "1 2px 3px 4", Region(PX_1, PX_2, PX_3, PX_4)),
        ("frame", "-10% -20,110% 2", Region(Length(-10.0, "%"), Length(-20.0),
                                                  Length(110.0, "%"), PX_2)),
        ("canvas", "1000x40", Size(1000, 40)),
        ("canvas", "10000x5000", Size(10_000, 5000)),
        ("scale", "original", None),
        ("scale", "10%", 0.1),
        ("scale", "100%", 1.0),
        ("position", "original", None),
        ("position", "center", (0.5, 0.5)),
        ("position", "25%", (0.25, 0.25)),
        ("position", "0% 100%", (0.0, 1.0)),
        ("frames", "first", "first"),
        ("blur", "5%", 0.05),
        ("blend", "seamless", "seamless"),
        ("shadow", "50", 0.5),
        ("shadow", "100%", 1.0),
        ("format", "jpeg", "jpg"),
        ("format", "zip", "zip"),
        ("profile", "keep", "keep"),
    ],
)  # fmt: skip
def test_valid_texts_are_parsed(field, written, value):
    assert read(field, written) == value


@pytest.mark.parametrize("field", KINDS)
def test_an_empty_text_is_the_default(field):
    assert text.parse(field, "") == getattr(Options(), field)


@pytest.mark.parametrize(
    ("field", "texts", "kind"),
    [
        ("roi", ["1 2 3", "1 2 3 4 5", "a b c d", "inf 0 1 1", "nan 0 1 1", "1e3 0 1 1",
                          "1 2 3 4em", " ", "1234567890 0 1 1"], errors.InvalidRegion),
        ("roi", ["-1 0 5 5", "0 0 101% 5", "0% 0% 100% 100.1%"], errors.RegionOutside),
        ("roi", ["5 0 5 9", "0 9 5 8", "50% 0% 40% 9%"], errors.RegionEmpty),
        ("points", ["1", "1,2,2", "1,2,3,4", "a,b", "1, 2", "1,2;3,4", "-1,2", "1,101%",
                          f"0.{'0' * 29}1,5",
                          "1,1 " * 101], errors.InvalidPoints),
        ("subject", ["-1", "1.0", "smallest", "10000", "²"], errors.InvalidSubject),
        ("margin", ["1 2 3", "1 2 3 4 5", "-1", "501", "51%", "1em", " "],
         errors.InvalidMargin),
        ("frame", ["1 2 3", "1 2 3 4 5", "a b c d", "5 0 5 9", "-1% 0 -2% 9", "0 0 1em 1"],
         errors.InvalidFrame),
        ("canvas", ["1000", "5x", "5x5px", "1234567890x1", "-5x5", "5 x 5"],
         errors.InvalidCanvas),
        ("scale", ["0.8", "80", "9%", "101%", "center"], errors.InvalidScale),
        ("position", ["middle", "30", "30% 40% 50%", "-1%", "101%", " "],
         errors.InvalidPosition),
        ("blur", ["3", "-1%", "11%", "3px"], errors.InvalidBlur),
        ("shadow", ["-1", "101", "on", "5%%"], errors.InvalidShadow),
        ("format", ["tga", "PNG ", "a/b"], errors.InvalidFormat),
        ("frames", ["last", "2"], errors.InvalidParameter),
        ("edges", ["finest", "on"], errors.InvalidParameter),
        ("max_pixels", ["huge", "-4", "4.5"], errors.InvalidSize),
        ("blend", ["multiply"], errors.InvalidParameter),
        ("profile", ["cmyk"], errors.InvalidParameter),
    ],
)  # fmt: skip
def test_each_invalid_text_raises_its_own_error(field, texts, kind):
    for written in texts:
        with pytest.raises(errors.CutoutError) as raised:
            read(field, written)
        assert type(raised.value) is kind, written


@pytest.mark.parametrize("field", KINDS)
@pytest.mark.parametrize(
    "written", ["ä" * 1_000_000, "1 " * 500_000, "9" * 1_000_000, "1,1," * 250_000]
)
def test_a_long_text_is_refused_and_quoted_in_part(field, written):
    """A parser of quadratic run time would take hours."""
    with pytest.raises(KINDS[field]) as raised:
        read(field, written)

    assert len(str(raised.value)) < 250


@pytest.mark.parametrize("field", KINDS)
@given(written=st.text() | st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join))
@example("\ud800")
@example("\0")
def test_any_text_raises_only_errors_of_the_error_tree(field, written):
    try:
        read(field, written)
    except errors.CutoutError as error:
        assert isinstance(error, KINDS[field])
        str(error).encode()
