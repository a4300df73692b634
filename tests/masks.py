"""The permissions that new files do not get."""

import os
from contextlib import contextmanager


@contextmanager
def umask(mask):
    """Set the umask of this process, which its child processes inherit, for a block."""
    former = os.umask(mask)
    try:
        yield
    finally:
        os.umask(former)
