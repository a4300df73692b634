"""Keeps the bodies of requests: in memory up to a total for all, and files beyond it on disk.

A photo up to the limit therefore needs no disk, and many bodies that arrive at once take no more
memory than the total.
"""

import shutil
import tempfile
from contextlib import ExitStack
from io import BytesIO
from threading import Lock
from typing import IO

from starlette.concurrency import run_in_threadpool

from cutout.errors import OutOfSpace

# 176 MB by default: four of the largest bodies, which a photo in base64 and a background make, or
# forty photos of a phone. 45 unfinished bodies of 40 MB would take 940 MB without a limit.
PHOTOS_IN_MEMORY = 8
BLOCK_BYTES = 1024 * 1024


class BodyMemory:
    """Counts the bytes of memory that all bodies together use. Safe to use from any thread."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._lock = Lock()

    def reserve(self, count: int) -> bool:
        """Reserve so many bytes; return False, and reserve none, if fewer are left."""
        with self._lock:
            if count > self._left:
                return False
            self._left -= count
            return True

    def release(self, count: int) -> None:
        """Release bytes that were reserved."""
        with self._lock:
            self._left += count

    def has_room(self, count: int) -> bool:
        """Return whether a file of so many bytes could be kept now, in memory or on disk."""
        return count <= self._left or _disk_has_room(count)


class BodyStore:
    """Keeps the body of one request until it is closed."""

    def __init__(self, memory: BodyMemory) -> None:
        self._memory = memory
        self._count = 0  # bytes in memory
        self._parts: list[BodyFile | BodyText] = []

    def reserve(self, count: int) -> bool:
        """Reserve bytes of memory for this body, and return whether there were as many."""
        is_reserved = self._memory.reserve(count)
        self._count += count * is_reserved
        return is_reserved

    def release(self, count: int) -> None:
        """Release bytes of this body's memory."""
        self._count -= count
        self._memory.release(count)

    def new_file(self) -> "BodyFile":
        file = BodyFile(self)
        self._parts.append(file)
        return file

    def new_text(self) -> "BodyText":
        text = BodyText(self)
        self._parts.append(text)
        return text

    def close(self) -> None:
        for part in self._parts:
            part.close()
        self.release(self._count)


class BodyText:
    """A text of a body, which never goes to disk.

    It is kept in blocks: in one piece it would move each time that it grows, and leave holes in the
    heap. close() empties it, since the traceback of an error keeps the object for as long as the
    rest of a refused body is drained.
    """

    def __init__(self, store: BodyStore) -> None:
        self._store = store
        self._blocks = [bytearray()]
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, data: bytes) -> None:
        """Append the data. Raises OutOfSpace."""
        if not self._store.reserve(len(data)):
            raise OutOfSpace(
                "the bodies of other requests use all memory for bodies; try again, or send the "
                "picture as a file of a form"
            )
        if len(self._blocks[-1]) >= BLOCK_BYTES:
            self._blocks.append(bytearray())
        self._blocks[-1] += data
        self._count += len(data)

    def take(self) -> bytes:
        """Return the text and keep no copy of it; its memory stays reserved."""
        data = b"".join(self._blocks)
        self.close()
        return data

    def close(self) -> None:
        self._blocks.clear()


class BodyFile:
    """A file of a form."""

    def __init__(self, store: BodyStore) -> None:
        self.size = 0
        self._store = store
        self._memory = BytesIO()
        self._disk: IO[bytes] | None = None

    async def write(self, data: bytes) -> None:
        """Append the data, in memory or on disk. Raises OutOfSpace."""
        if not self._disk and self._store.reserve(len(data)):
            self._memory.write(data)
        else:
            await run_in_threadpool(self._write_to_disk, data)
        self.size += len(data)

    def read(self) -> bytes:
        if not self._disk:
            return self._memory.getvalue()  # shares the bytes
        self._disk.seek(0)
        return self._disk.read()

    def close(self) -> None:
        self._memory.close()
        if self._disk:
            self._disk.close()

    def _write_to_disk(self, data: bytes) -> None:
        try:
            self._disk = self._disk or self._moved_to_disk()
            _write_whole(self._disk, data)
        except OSError as error:
            raise OutOfSpace("the server has no space for the request; try again later") from error

    def _moved_to_disk(self) -> IO[bytes]:
        # Without a buffer, which close() would try to write once more to a full disk.
        with ExitStack() as stack:
            disk = stack.enter_context(tempfile.TemporaryFile(buffering=0))
            _write_whole(disk, self._memory.getvalue())
            stack.pop_all()
        self._memory.close()
        self._store.release(self.size)
        return disk


def _write_whole(file: IO[bytes], data: bytes) -> None:
    rest = memoryview(data)
    while rest:  # a disk that is almost full takes a part
        rest = rest[file.write(rest) :]


def _disk_has_room(count: int) -> bool:
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"a")
        return shutil.disk_usage(tempfile.gettempdir()).free >= count
    except OSError:
        return False
