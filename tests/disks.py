"""A disk that is full, for this process."""

import resource
from contextlib import contextmanager


@contextmanager
def full_disk(most_bytes):
    """The system refuses to write more than so many bytes to a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
