"""Strategies for valid options, for property tests."""

from hypothesis import assume
from hypothesis import strategies as st

from cutout.errors import CutoutError
from cutout.options.colour import NAMED
from cutout.options.record import LEAST_SCALE, MOST_BLUR, Options
from cutout.options.values import Length, Margins, Point, Reference, Region, Thresholds
from cutout.picture import Size

WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789.-_", max_size=12)
DIGITS = st.text("0123456789abcdef", min_size=64, max_size=64)
COLOURS = st.sampled_from(["", *NAMED]) | st.from_regex(
    r"#([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})", fullmatch=True
)


def number(least, most):
    """Return a strategy for floats, including those that nobody writes by hand."""
    return st.floats(least, most).filter(lambda value: value == 0 or abs(value) >= 1e-20) | (
        st.integers(int(least), int(most)).map(float)
    )


def length(px=1e8, percentage=100.0, least=0.0):
    return st.builds(Length, number(least, px), st.just("px")) | st.builds(
        Length, number(least, percentage), st.just("%")
    )


INSIDE, ANYWHERE = length(), length(percentage=1e6, least=-1e6)
SHARE = number(0, 1)
ROI = st.builds(Region, *[INSIDE] * 4).filter(lambda region: not region.is_empty())
FRAME = st.builds(Region, *[ANYWHERE] * 4).filter(lambda region: not region.is_empty())
POINTS = st.lists(st.builds(Point, INSIDE, INSIDE, st.booleans()), max_size=4).map(tuple)
REFERENCES = st.builds(Reference, url=st.just("https://shop.example/a b.jpg?c=d")) | st.builds(
    Reference, sha256=DIGITS
)
THRESHOLDS = st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 1000)).map(
    lambda made: Thresholds(max(made[:2]), min(made[:2]), made[2])
)
FIELDS = {
    "model": WORDS,
    "model_version": WORDS,
    "quality": st.sampled_from(["fast", "standard", "best"]),
    "frames": st.sampled_from(["one", "first"]),
    "roi": st.none() | ROI,
    "points": POINTS,
    "mask": st.just(b"") | REFERENCES,
    "alpha": st.just(b"") | REFERENCES,
    "subject": st.sampled_from(["all", "largest"]) | st.integers(0, 9999),
    "inverse": st.booleans(),
    "edges": st.sampled_from(["off", "fast", "fine"]),
    "thresholds": st.none() | THRESHOLDS,
    "binary": st.booleans(),
    "opaque_interior": st.booleans(),
    "max_pixels": st.integers(0, 999_999_999),
    "crop": st.booleans(),
    "margin": st.none() | st.builds(Margins, *[length(500, 50)] * 4),
    "frame": st.none() | FRAME,
    "canvas": st.none() | st.builds(Size, st.integers(1, 30_000), st.integers(1, 30_000)),
    "scale": st.none() | number(LEAST_SCALE, 1),
    "position": st.none() | st.tuples(SHARE, SHARE),
    "background": COLOURS,
    "backdrop": st.just(b"") | REFERENCES,
    "blur": number(0, MOST_BLUR),
    "blend": st.sampled_from(["over", "seamless"]),
    "shadow": SHARE,
    "format": st.sampled_from(["png", "webp", "jpg", "avif", "zip"]),
    "channels": st.sampled_from(["rgba", "alpha"]),
    "profile": st.sampled_from(["srgb", "keep"]),
    "watermark": st.booleans(),
}


@st.composite
def options(draw, without=()):
    """Return a strategy for options with a few fields set, so that few contradict one another."""
    names = draw(st.sets(st.sampled_from([name for name in FIELDS if name not in without])))
    try:
        return Options(**{name: draw(FIELDS[name]) for name in sorted(names)})
    except CutoutError:
        assume(False)
