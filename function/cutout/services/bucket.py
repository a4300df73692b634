"""The port of a bucket: pictures on their way in and out, which are not kept for long."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Ticket:
    """Lets one file in: a form to be posted to url, with these fields and the file as the last."""

    url: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Stored:
    data: bytes
    etag: str


@dataclass(frozen=True)
class Listed:
    name: str
    modified_at: float  # seconds since 1970


class Missing(Exception):
    """There is nothing of that name."""


class Changed(Exception):
    """It is no longer what it was."""


class Bucket(Protocol):
    def ticket(self, name: str, media_type: str, max_bytes: int, seconds: int) -> Ticket: ...

    def get(self, name: str, etag: str = "") -> Stored:
        """Raises Missing; with an etag, Changed if it has another."""

    def put(self, name: str, data: bytes, media_type: str) -> None: ...

    def link(self, name: str, seconds: int) -> str:
        """An address by which anyone can read it for so long."""

    def files(self, prefix: str) -> Iterator[Listed]: ...

    def delete(self, names: Iterable[str]) -> None:
        """Deleting what is not there is not an error."""
