"""What went wrong, in one sentence."""

import sys

from cutout.errors import CutoutError


def complain(error: CutoutError | OSError, subject: str) -> int:
    if isinstance(error, CutoutError):
        sentence = f"{subject}: {error} [{error.code}]"
    else:
        sentence = f"{error.filename or subject}: {error.strerror}"
    print(f"cutout: {sentence}", file=sys.stderr)
    return 1
