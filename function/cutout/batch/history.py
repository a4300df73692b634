"""How each cutout of a folder was made: its photo, options and confidence, in a file beside it."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EIO, ELOOP
from hashlib import sha256
from os import path, stat_result
from pathlib import Path
from threading import Lock
from typing import Literal, NamedTuple

from cutout.options import canonical
from cutout.options.record import Options

NAME = ".cutout.sqlite"  # hidden, and so no photo of a later batch
WAIT_S = 60  # for another batch into the same folder, which writes a row at a time
SCHEMA = """
CREATE TABLE IF NOT EXISTS made (
  target TEXT PRIMARY KEY, -- relative to the folder, as all paths
  source TEXT NOT NULL,
  photo TEXT NOT NULL, -- size and time of the photo
  cutout TEXT NOT NULL, -- size and time of the cutout
  options TEXT NOT NULL, -- SHA-256 of the canonical form and of the default model
  confidence REAL -- in 0..1
)"""


class Found(NamedTuple):
    """What the history says of a file at the path of a cutout.

    "current": made from this photo with these options. "outdated": made from the same path, but the
    photo or the options have changed. "other": not made by a batch, or changed since.
    """

    state: Literal["current", "outdated", "other"]
    confidence: float | None = None


class History:
    """The photo, options and confidence of each cutout in a folder. Safe with several threads.

    SQLite's transactions keep the file whole when the program is killed, and rows of several
    batches into one folder apart: each replaces those of its own cutouts alone. Errors of the file
    are OSErrors.
    """

    def __init__(self, out: Path, options: Options, default_model: str) -> None:
        form = canonical.to_json(options) | {"default": default_model}
        self._options = sha256(json.dumps(form, sort_keys=True).encode()).hexdigest()
        self._out, self._file, self._lock = out, out / NAME, Lock()
        self._rows: sqlite3.Connection | None = None

    def find(self, source: Path, target: Path) -> Found:
        """Look up a target that exists."""
        if not self._rows and not path.lexists(self._file):
            return Found("other")
        with self._opened() as rows:
            query = "SELECT source, photo, cutout, options, confidence FROM made WHERE target = ?"
            row = rows.execute(query, [self._relative(target)]).fetchone()
        if not row or row[0] != self._relative(source) or row[2] != _identity(target.lstat()):
            return Found("other")
        with suppress(OSError):  # reading the photo will say why
            if row[1] == _identity(source.stat()) and row[3] == self._options:
                return Found("current", row[4])
        return Found("outdated")

    def add(self, source: Path, target: Path, photo: stat_result, confidence: float | None) -> None:
        """Record a cutout. `photo` is the status of the photo from before it was read."""
        paths = self._relative(target), self._relative(source)
        facts = _identity(photo), _identity(target.lstat()), self._options, confidence
        with self._opened() as rows:
            rows.execute("REPLACE INTO made VALUES (?, ?, ?, ?, ?, ?)", [*paths, *facts])

    def close(self) -> None:
        if self._rows:
            self._rows.close()

    def _relative(self, file: Path) -> str:
        return path.relpath(file, self._out)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Yield the rows within a transaction."""
        for file in (self._file, self._file.with_name(f"{NAME}-journal")):
            if file.is_symlink():  # which SQLite would follow
                raise OSError(ELOOP, "a symbolic link is where a batch keeps its state", str(file))
        try:
            with self._lock:
                if not self._rows:
                    self._rows = self._connect()
                with self._rows:
                    yield self._rows
        except sqlite3.Error as error:
            sentence = f"a batch's state cannot be used ({error}); delete it to start anew"
            raise OSError(EIO, sentence, str(self._file)) from error

    def _connect(self) -> sqlite3.Connection:
        rows = sqlite3.connect(self._file, timeout=WAIT_S, check_same_thread=False)
        try:
            rows.execute(SCHEMA)
        except sqlite3.Error:  # such as a lock: the next use tries again
            rows.close()
            raise
        return rows


def _identity(status: stat_result) -> str:
    return f"{status.st_size} {status.st_mtime_ns}"
