"""What a contender's function and its worker agree on. Imports nothing: it runs everywhere."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


class Refused(Exception):
    """The tool says that it finds nothing to cut out."""


@dataclass(frozen=True)
class Cut:
    png: bytes
    said: dict[str, Any] = field(default_factory=dict)  # what the tool tells of its work


Run = Callable[..., Cut]
