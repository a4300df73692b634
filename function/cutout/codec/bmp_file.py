"""Reads the header of a BMP, whose run-length coding Pillow decodes in Python."""

import struct

from cutout.errors import UnreadablePicture

from . import budget

RUN_LENGTHS = (1, 2)  # of 8 and of 4 bits
CODE = 2  # bytes: the length and the value of a run


def check(data: bytes) -> None:
    """Raise UnreadablePicture for more runs than are read."""
    size, compression = struct.unpack_from("<14xI12xI", data.ljust(34, b"\0"))
    if size >= 40 and compression in RUN_LENGTHS and len(data) > CODE * budget.BMP_RUNS:
        raise UnreadablePicture(
            f"the BMP has more than {budget.BMP_RUNS:,} runs; save it as a PNG instead"
        )
