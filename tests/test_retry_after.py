"""Values of Retry-After, as RFC 9110 defines them."""

from email.utils import formatdate

import pytest

from cutout.retry_after import seconds

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0), (" 120 ", 120), ("9" * 5000, 999_999_999),
        (formatdate(NOW + 90, usegmt=True), 90), (formatdate(NOW - 90, usegmt=True), 0),
    ],
)  # fmt: skip
def test_seconds_and_dates_are_parsed(text, expected):
    assert seconds(text, NOW) == expected


@pytest.mark.parametrize(
    "text",
    ["", "soon", "-5", "1.5", "1e3", "१२", "21 Oct 99999999999999 0:0:0"],
)
def test_invalid_values_are_none(text):
    assert seconds(text, NOW) is None
