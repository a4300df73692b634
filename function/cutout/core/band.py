"""Window sums (box filters) in the band of pixels around a mask.

The edge of a subject is a few per cent of a picture. The pixels near it are kept as one flat array
a plane: a tenth of the plane, which stays in a processor's cache.
"""

from math import prod
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from .arrays import Mask
from .morphology import dilate, erode

ByRows: TypeAlias = NDArray[np.float32]  # (..., N), values of a band's pixels, row by row
ByColumns: TypeAlias = NDArray[np.float32]  # (..., N), column by column
Value = TypeVar("Value", bound=np.generic)


class Band:
    """The N pixels within `reach` px of a mask, (H, W), by chessboard distance.

    Near a border of the image, pixels outside belong to the band too, and have the value 0.
    """

    def __init__(self, mask: Mask, reach: int) -> None:
        height, width = self.shape = mask.shape
        self.near = dilate(np.pad(mask, reach), reach)
        rows, columns = np.divmod(np.flatnonzero(self.near), width + 2 * reach)
        self.by_columns = np.argsort(columns.astype(np.uint16), kind="stable")  # a radix sort
        self.by_rows = np.empty_like(self.by_columns)
        self.by_rows[self.by_columns] = np.arange(len(rows))
        rows, columns = rows - reach, columns - reach
        self.is_inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        self.positions = rows * self.is_inside, columns * self.is_inside
        self._places = self.positions[0] * width + self.positions[1]
        self._inside = np.flatnonzero(self.is_inside)

    def gather(self, planes: NDArray[Value]) -> NDArray[Value]:
        """Return the band's values, (..., N) by rows, of planes, (..., H, W)."""
        flat = planes.reshape(*planes.shape[:-2], -1)
        values: NDArray[Value] = flat.take(self._places, axis=-1) * self.is_inside
        return values

    def scatter(self, values: ByRows, pixels: NDArray[np.float32]) -> None:
        """Replace the band's pixels, of (H, W, C), by values, (C, N)."""
        rows, columns = (one[self._inside] for one in self.positions)
        pixels[rows, columns] = values.take(self._inside, axis=-1).T


class Windows:
    """The square windows of a radius in px, a power of two, around the pixels of a band.

    Pixels come by rows and windows by columns: in the one order the neighbours in a row follow each
    other, in the other those in a column. A sum over windows adds up neighbours, reorders, and adds
    up neighbours. Lengths double, so that radius 8 takes five additions. A running sum takes two,
    and loses in float32 what the differences of such sums are about.
    """

    def __init__(self, band: Band, radius: int) -> None:
        self._band, self._radius = band, radius
        is_whole = erode(band.near, radius)[band.near] & band.is_inside
        # 1 for windows around a pixel of the image that leave the band nowhere, or else 0.
        self.is_complete = is_whole[band.by_columns].astype(np.float32)
        self.count = self._sums(band.is_inside.astype(np.float32), band.by_columns)
        self._weight = self.is_complete / np.maximum(self.count, 1)

    def means(self, values: ByRows) -> ByColumns:
        """Return means over the pixels of each window, 0 for windows that are not complete."""
        means = self._sums(values, self._band.by_columns)
        means *= self._weight
        return means

    def spread(self, values: ByColumns) -> ByRows:
        """Return for each pixel the sum over all windows that it is in."""
        return self._sums(values, self._band.by_rows)

    def _sums(self, values: NDArray[np.float32], order: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return sums over windows. A plane at a time stays in the cache: two to four times as fast
        as all planes in each addition."""
        sums = np.empty_like(values)
        planes = prod(values.shape[:-1]), values.shape[-1]  # a band may have no pixel
        for plane, total in zip(values.reshape(planes), sums.reshape(planes), strict=True):
            total[:] = _sum_runs(_sum_runs(plane, self._radius).take(order), self._radius)
        return sums


def _sum_runs(values: NDArray[np.float32], radius: int) -> NDArray[np.float32]:
    """Return sums over 2 radius + 1 neighbours, (N,); 0 for the first and last `radius`."""
    run, length = values, 1
    while length < 2 * radius:
        run, length = run[:-length] + run[length:], 2 * length
    sums = np.zeros_like(values)
    np.add(run[:-1], values[length:], out=sums[radius:-radius])
    return sums
