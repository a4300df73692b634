"""Protocols of what credits, jobs and batches need: a clock, a queue, a table and a bucket.

`cutout.aws` implements them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BufferedIOBase
from typing import BinaryIO, Literal, Protocol

# -- Clock -----------------------------------------------------------------------------------------

Clock = Callable[[], float]
"""Returns the present time in seconds since 1970, as time.time does."""


def timestamp(seconds: float) -> str:
    """Format a time for a table: ISO 8601 in UTC with milliseconds, which sorts by time."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


# -- Queue -----------------------------------------------------------------------------------------


class Queue(Protocol):
    """A queue that delivers each message once or more."""

    def send(self, message: str, group: str = "") -> None:
        """Store the message durably before returning.

        A queue may deliver messages of quiet groups before those of a group with many; an empty
        group is one of its own.
        """


# -- Table -----------------------------------------------------------------------------------------

Value = str | int | bool
Item = Mapping[str, Value]


@dataclass(frozen=True)
class Key:
    """The primary key of an item: partition key and sort key."""

    pk: str
    sk: str


@dataclass(frozen=True)
class Condition:
    """A condition on one attribute of an item, which a write requires."""

    name: str
    relation: Literal["absent", "absent or <", "=", ">="]
    value: Value = ""


@dataclass(frozen=True)
class Write:
    """An update of one item, which creates the item if it does not exist."""

    key: Key
    set: Mapping[str, Value] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    when: tuple[Condition, ...] = ()

    def joined(self, other: "Write") -> "Write":
        """Return the update that does what both do, under the conditions of both.

        other is of the same item, and changes other attributes.
        """
        return Write(
            self.key,
            set={**self.set, **other.set},
            add={**self.add, **other.add},
            remove=self.remove + other.remove,
            when=self.when + other.when,
        )


class ConditionFailed(Exception):
    """A condition of a write did not hold, so that nothing was written."""

    def __init__(self, failed: Iterable[int] = (0,)) -> None:
        """failed has the positions of the writes whose conditions did not hold, in order."""
        super().__init__()
        self.failed = tuple(failed)


class Table(Protocol):
    """A table of items with conditional, transactional writes."""

    def get(self, key: Key) -> Item | None:
        """Return the item with a consistent read, or None if there is no such item."""

    def query(self, pk: str, first: str, last: str) -> Iterator[Item]:
        """Yield the items whose sort keys lie between first and last, inclusive, in order."""

    def due(self, due: str, before: str) -> Iterator[Item]:
        """Yield the items whose attribute `due` equals due and whose `due_at` is less than before.

        The index behind this is eventually consistent.
        """

    def write(self, *writes: Write) -> None:
        """Apply all writes in one transaction. Raises ConditionFailed."""


# -- Bucket ----------------------------------------------------------------------------------------

NO_METADATA: Mapping[str, str] = {}


@dataclass(frozen=True)
class PresignedPost:
    """A form that uploads one file: posted to url with these fields and, last, the file."""

    url: str
    fields: dict[str, str]


@dataclass(frozen=True)
class StoredFile:
    data: bytes
    etag: str


@dataclass(frozen=True)
class FileInfo:
    etag: str
    metadata: Mapping[str, str]  # as passed to Bucket.put


@dataclass(frozen=True)
class ListedFile:
    name: str
    modified_at: float  # seconds since 1970
    etag: str
    size: int  # bytes


class FileMissing(Exception):
    """The bucket has no file of that name."""


class FileUnreadable(Exception):
    """The file or bucket cannot be read: no permission, or archived. str(error) is S3's code."""


class FileChanged(Exception):
    """The file has another ETag than the one that was asked for."""


class Bucket(Protocol):
    """A bucket of files, addressed by name."""

    def presigned_post(
        self, name: str, media_type: str, max_bytes: int, seconds: int
    ) -> PresignedPost:
        """Sign an upload of one file of at most max_bytes, valid for so many seconds."""

    def presigned_url(self, name: str, seconds: int) -> str:
        """Sign a URL by which anyone can read the file for so many seconds."""

    def get(self, name: str, etag: str = "", max_bytes: int = 0) -> StoredFile:
        """Return the file and its ETag.

        Raises FileMissing, FileUnreadable; FileChanged if etag is given and differs; FileTooLarge,
        before reading, if the file has more than max_bytes. A max_bytes of 0 is no limit.
        """

    def head(self, name: str) -> FileInfo:
        """Return the file's ETag and metadata. Raises FileMissing and FileUnreadable."""

    def open(self, name: str) -> BufferedIOBase:
        """Open a file for streaming. Raises FileMissing and FileUnreadable."""

    def put(
        self, name: str, data: bytes, media_type: str, metadata: Mapping[str, str] = NO_METADATA
    ) -> None:
        """Write a file. Metadata must be ASCII, 2 kB in total at most."""

    def put_file(self, name: str, file: BinaryIO, media_type: str) -> None:
        """Upload a file object from its position to its end, of any size."""

    def files(self, prefix: str, after: str = "") -> Iterator[ListedFile]:
        """Yield the files whose names start with prefix and sort after `after`, in order.

        Raises FileUnreadable.
        """

    def delete(self, names: Iterable[str]) -> None:
        """Delete the files; names without a file are ignored."""
