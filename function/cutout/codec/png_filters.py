"""Filters of PNG (ISO/IEC 15948, 9), of the rows of a strip of 8-bit samples.

Each function takes an array (H + 1, bytes of a row), whose first row is above the strip, and
returns (H, 1 + bytes of a row): each row after the byte that names its filter.
"""

import numpy as np
from numpy.typing import NDArray

Bytes8 = NDArray[np.uint8]

UP, PAETH = 2, 4
BLOCK_BYTES = 1 << 17  # filtered at a time: with its intermediates it fits into a processor's cache


def unfiltered(rows: Bytes8) -> Bytes8:
    """Return the rows as they are."""
    filtered = np.zeros((len(rows) - 1, 1 + rows.shape[1]), np.uint8)
    filtered[:, 1:] = rows[1:]
    return filtered


def up(rows: Bytes8) -> Bytes8:
    """Return each row less the row above."""
    filtered = np.full((len(rows) - 1, 1 + rows.shape[1]), UP, np.uint8)
    np.subtract(rows[1:], rows[:-1], out=filtered[:, 1:])
    return filtered


def paeth(rows: Bytes8, step: int) -> Bytes8:
    """Return each row less Paeth's prediction (9.4). `step` is the bytes to a pixel."""
    filtered = np.full((len(rows) - 1, 1 + rows.shape[1]), PAETH, np.uint8)
    # The first pixel has nothing to its left: the prediction is what is above.
    np.subtract(rows[1:, :step], rows[:-1, :step], out=filtered[:, 1 : 1 + step])
    height = max(1, BLOCK_BYTES // rows.shape[1])
    spare = np.empty((5, height, rows.shape[1] - step), np.uint8)
    for top in range(0, len(rows) - 1, height):
        block = rows[top : top + height + 1]
        subtract_paeth(
            block[1:, step:],
            left=block[1:, :-step],
            above=block[:-1, step:],
            corner=block[:-1, :-step],
            spare=spare[:, : len(block) - 1],
            out=filtered[top : top + height, 1 + step :],
        )
    return filtered


def subtract_paeth(
    pixels: Bytes8, left: Bytes8, above: Bytes8, corner: Bytes8, spare: Bytes8, out: Bytes8
) -> None:
    """Write each pixel less its prediction: the one of left, above and corner that is nearest to
    left + above - corner, or the first of those that are equally near.

    All arrays have one shape; `spare` is memory for five of them.

    With the corner c limited to between the lower l and the higher h of left and above, this is h
    where 2 (c - l) <= h - c, l where 2 (h - c) <= c - l, and c elsewhere.
    """
    low, high, middle, to_high, to_low = spare
    np.minimum(left, above, out=low)
    np.maximum(left, above, out=high)
    np.maximum(corner, low, out=middle)
    np.minimum(middle, high, out=middle)
    np.subtract(high, middle, out=to_high)
    np.subtract(middle, low, out=to_low)
    is_high, is_low = low, high  # whose values are no longer needed
    np.less_equal(to_low, to_high >> 1, out=is_high.view(bool))
    np.less_equal(to_high, to_low >> 1, out=is_low.view(bool))
    to_high &= np.negative(is_high, out=is_high)  # 255 where true
    to_low &= np.negative(is_low, out=is_low)
    np.subtract(pixels, middle, out=middle)
    middle -= to_high
    np.add(middle, to_low, out=out)
