"""A lock between processes that build or download the same files."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cutout.errors import ModelsMissing


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold the folder's lock. The system frees it when the process ends, however it ends.

    Where another process holds it, says so on standard error and waits. Raises ModelsMissing on
    Windows, which has no such lock, and OSError where the folder cannot be written.
    """
    try:
        import fcntl
    except ImportError as error:
        raise ModelsMissing(
            "models can be downloaded and built on Linux and macOS only: this Python has no file "
            "locks (fcntl). On Windows, run Cutout in WSL or in a container"
        ) from error
    with (folder / ".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"another process is at work in {folder}; waiting for it", file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
