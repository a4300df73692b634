"""Reads the blocks of a GIF (89a): leaves out all but the first frame."""

from typing import NamedTuple

from cutout.errors import UnreadablePicture

from . import budget

EXTENSION, FRAME, END = 0x21, 0x2C, 0x3B
CONTROL = 0xF9  # the extension with a frame's clear colour
SCREEN, DESCRIPTOR = 13, 10  # bytes: header with logical screen, and a frame's
HAS_COLOURS = 0x80  # a flag of both


class First(NamedTuple):
    """The first frame as a GIF of its own, and how many frames the file has."""

    data: bytes
    frames: int


def first_frame(data: bytes) -> First:
    """Return the first frame, without comments and other extensions.

    Raises UnreadablePicture for many more blocks than photos have, for each of which Pillow takes
    time. Without a frame the data come back as they are.
    """
    head = data[: SCREEN + _colours(data[SCREEN - 3 : SCREEN - 2])]
    at, count, left = len(head), 0, budget.GIF_BLOCKS
    control = frame = b""
    while at < len(data) and data[at] != END:
        start, kind = at, data[at]
        if kind == EXTENSION:
            at += 2
        elif kind == FRAME:
            at += DESCRIPTOR + _colours(data[at + DESCRIPTOR - 1 : at + DESCRIPTOR]) + 1
        elif frame:
            break  # garbage behind the picture
        else:
            raise UnreadablePicture("the GIF has bytes that belong to no block")
        at, left = _skip(data, at, left)
        if kind == FRAME:
            count += 1
            frame = frame or data[start:at]
        elif not frame and data[start + 1 : start + 2] == bytes([CONTROL]):
            control = data[start:at]
    return First(head + control + frame if frame else data, count)


def _colours(flags: bytes) -> int:
    """Return the bytes of a table of colours, by the byte of flags ahead of it."""
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & HAS_COLOURS else 0


def _skip(data: bytes, at: int, left: int) -> tuple[int, int]:
    """Return where the sub-blocks end, and how many more the file may have."""
    while at < len(data):
        left -= 1
        if left < 0:
            raise UnreadablePicture(f"the GIF has more than {budget.GIF_BLOCKS:,} blocks")
        size = data[at]
        at += 1 + size
        if not size:
            break
    return at, left
