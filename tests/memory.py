"""In-memory implementations of cutout/ports.py: table, bucket, queue and clock."""

import itertools
from hashlib import sha256
from io import BytesIO
from threading import Lock

from cutout.errors import FileTooLarge
from cutout.ports import (
    NO_METADATA,
    ConditionFailed,
    FileChanged,
    FileInfo,
    FileMissing,
    ListedFile,
    PresignedPost,
    StoredFile,
)

HOLDS = {
    "=": lambda found, value: found == value,
    ">=": lambda found, value: found is not None and found >= value,
    "absent or <": lambda found, value: found is None or found < value,
    "absent": lambda found, value: found is None,
}


class MemoryTable:
    def __init__(self):
        self._items = {}
        self._lock = Lock()

    def items(self):
        return list(self._items.values())

    def get(self, key):
        return self._items.get(key)

    def query(self, pk, first, last):
        keys = sorted((key for key in self._items if key.pk == pk), key=lambda key: key.sk)
        return iter([self._items[key] for key in keys if first <= key.sk <= last])

    def due(self, due, before):
        found = [item for item in self._items.values() if item.get("due") == due]
        return iter([item for item in found if item["due_at"] < before])

    def write(self, *writes):
        with self._lock:
            if failed := [at for at, write in enumerate(writes) if not self._holds(write)]:
                raise ConditionFailed(failed)
            for write in writes:
                self._items[write.key] = self._changed(write)

    def _holds(self, write):
        item = self._items.get(write.key, {})
        return all(HOLDS[when.relation](item.get(when.name), when.value) for when in write.when)

    def _changed(self, write):
        item = {"pk": write.key.pk, "sk": write.key.sk} | self._items.get(write.key, {})
        item |= write.set
        item |= {name: item.get(name, 0) + more for name, more in write.add.items()}
        return {name: value for name, value in item.items() if name not in write.remove}


class MemoryBucket:
    def __init__(self, clock):
        self._clock = clock
        self._files = {}
        self._lock = Lock()

    def presigned_post(self, name, media_type, max_bytes, seconds):
        return PresignedPost(f"memory:{name}", {"key": name, "Content-Type": media_type})

    def get(self, name, etag="", max_bytes=0):
        data, found, _, _ = self._found(name)
        if etag and found != etag:
            raise FileChanged
        if 0 < max_bytes < len(data):
            raise FileTooLarge(f"{len(data)} bytes")
        return StoredFile(data, found)

    def head(self, name):
        _, etag, metadata, _ = self._found(name)
        return FileInfo(etag, metadata)

    def open(self, name):
        return BytesIO(self._found(name)[0])

    def put(self, name, data, media_type, metadata=NO_METADATA):
        etag = f'"{sha256(data).hexdigest()}"'
        with self._lock:
            self._files[name] = data, etag, dict(metadata), self._clock()

    def put_file(self, name, file, media_type):
        self.put(name, file.read(), media_type)

    def presigned_url(self, name, seconds):
        return f"memory:{seconds}/{name}"

    def files(self, prefix, after=""):
        with self._lock:
            names = sorted(self._files)
        for name in names:
            if name.startswith(prefix) and name > after:
                data, etag, _, at = self._files[name]
                yield ListedFile(name, at, etag, len(data))

    def delete(self, names):
        for name in list(names):
            self._files.pop(name, None)

    def _found(self, name):
        if name not in self._files:
            raise FileMissing
        return self._files[name]


class MemoryQueue:
    """A queue that stores messages until they are received."""

    def __init__(self):
        self._waiting = []
        self.groups = []  # of all messages

    def send(self, message, group=""):
        self._waiting.append(message)
        self.groups.append(group)

    def receive(self):
        """Remove and return all messages."""
        received, self._waiting = self._waiting, []
        return received


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


def digits():
    """Return a function that yields distinct hexadecimal strings in ascending order."""
    count = itertools.count(1)
    return lambda length: f"{next(count):0{length}x}"
