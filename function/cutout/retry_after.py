"""Retry-After (RFC 9110, 10.2.3): seconds, or a date."""

from email.utils import parsedate_to_datetime

DIGITS = 9  # of the seconds; more of them say nothing else


def seconds(text: str, now: float) -> float | None:
    """From now on, and None for what makes no sense."""
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:DIGITS])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return None
