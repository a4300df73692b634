"""Parse the Retry-After header (RFC 9110, section 10.2.3), which holds seconds or a date."""

from email.utils import parsedate_to_datetime

MOST_DIGITS = 9  # 30 years; further digits are ignored


def seconds(text: str, now: float) -> float | None:
    """Return the seconds from now, or None if the header is missing or invalid."""
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:MOST_DIGITS])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return None
