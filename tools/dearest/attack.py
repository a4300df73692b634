"""A way to write files that cost much, and the choices that a search has in it."""

from collections.abc import Callable
from typing import Any

from cutout.config import Settings

MOST_BYTES = Settings().max_bytes
MOST_PIXELS = Settings().max_pixels
MOST_SIDE = int(MOST_PIXELS**0.5)


class Attack:
    """A kind of file and a function that writes one of it, with the values of its arguments that a
    search tries: first those that are likely the dearest."""

    def __init__(
        self, kind: str, name: str, write: Callable[..., bytes], /, **choices: tuple[Any, ...]
    ) -> None:
        self.kind, self.name = kind, name
        self.write = write
        self.choices = choices
