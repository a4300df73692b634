"""Logs of the plain server, which clients can neither flood nor write to.

A line of a request has its path without the query, which may hold the signature of a URL, and with
control characters escaped. Warnings and errors from one place in the code are logged MOST times in
PER_S seconds; the next one says how many were left out.
"""

import logging
from collections.abc import Callable
from copy import deepcopy
from threading import Lock
from time import monotonic
from typing import Any
from urllib.parse import quote

from starlette.types import Scope
from uvicorn.config import LOGGING_CONFIG

PATH_CHARACTERS = 200  # a head may have 16,000
MOST, PER_S = 10, 60
requests = logging.getLogger("uvicorn.access")


class FloodFilter(logging.Filter):
    """Passes at most `most` warnings and errors from one place in the code within per_s seconds."""

    def __init__(
        self, most: int = MOST, per_s: float = PER_S, clock: Callable[[], float] = monotonic
    ) -> None:
        super().__init__()
        self._clock = clock
        self._most = most
        self._per_s = per_s
        self._begun: dict[tuple[str, int], float] = {}
        self._counts: dict[tuple[str, int], int] = {}
        self._lock = Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is logged. Adds the number that were left out to its message."""
        if record.levelno < logging.WARNING:
            return True
        place, now = (record.pathname, record.lineno), self._clock()
        with self._lock:
            if now >= self._begun.get(place, -self._per_s) + self._per_s:
                left_out = self._counts.get(place, 0) - self._most
                self._begun[place], self._counts[place] = now, 0
                if left_out > 0:
                    record.msg = f"{record.msg} ({left_out} more were not logged)"
            self._counts[place] += 1
            return self._counts[place] <= self._most


def config() -> dict[str, Any]:
    """Return uvicorn's logging configuration with FloodFilter, extended to all loggers."""
    changed: dict[str, Any] = deepcopy(LOGGING_CONFIG)
    changed["filters"] = {"flood": {"()": FloodFilter}}
    changed["handlers"]["default"]["filters"] = ["flood"]
    changed["root"] = {"handlers": ["default"], "level": "WARNING"}
    return changed


def log_request(scope: Scope, status: int) -> None:
    """Log a request with its client, method, path without the query, and the response's status."""
    host, port = scope["client"] or ("", 0)
    path = quote(scope["path"])
    if len(path) > PATH_CHARACTERS:
        path = f"{path[:PATH_CHARACTERS]}..."
    requests.info('%s - "%s %s HTTP/%s" %d', f"{host}:{port}", scope["method"], path,
                  scope["http_version"], status)  # fmt: skip
