"""The port of a bucket: pictures on their way in and out, and lists of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BufferedIOBase
from typing import BinaryIO, Protocol

NO_NOTES: Mapping[str, str] = {}


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
class Known:
    """What is told of a file without its data."""

    etag: str
    notes: Mapping[str, str]  # what put it there has said of it


@dataclass(frozen=True)
class Listed:
    name: str
    modified_at: float  # seconds since 1970
    etag: str


class Missing(Exception):
    """There is nothing of that name."""


class Unreadable(Exception):
    """Nobody here may read it, or it lies in an archive; str(error) is the store's word for it."""


class Changed(Exception):
    """It is no longer what it was."""


class Bucket(Protocol):
    def ticket(self, name: str, media_type: str, max_bytes: int, seconds: int) -> Ticket: ...

    def get(self, name: str, etag: str = "", most_bytes: int = 0) -> Stored:
        """Raises Missing and Unreadable; with an etag, Changed if it has another; where there are
        more bytes than 0 or most_bytes, FileTooLarge before they are read."""

    def know(self, name: str) -> Known:
        """Raises Missing and Unreadable."""

    def open(self, name: str) -> BufferedIOBase:
        """What is too large for memory. Raises Missing and Unreadable."""

    def put(
        self, name: str, data: bytes, media_type: str, notes: Mapping[str, str] = NO_NOTES
    ) -> None:
        """notes are of ASCII, and 2 kB at most."""

    def put_file(self, name: str, file: BinaryIO, media_type: str) -> None:
        """From where the file stands to its end, however large it is."""

    def link(self, name: str, seconds: int) -> str:
        """An address by which anyone can read it for so long."""

    def files(self, prefix: str, after: str = "") -> Iterator[Listed]:
        """In the order of their names. Raises Unreadable."""

    def delete(self, names: Iterable[str]) -> None:
        """Deleting what is not there is not an error."""
