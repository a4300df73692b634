"""Moments, as they are stored: texts that sort as time does."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], float]  # seconds since 1970, as time.time


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
