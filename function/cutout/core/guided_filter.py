"""The guided filter and the matting Laplacian: alpha as a local linear function of the colour,

    alpha_i = a . I_i + b    for all pixels i of a window.

Levin, Lischinski & Weiss 2008 (IEEE PAMI 30:2) derive the Laplacian from it, He, Sun & Tang 2010
(CVPR) multiply by the Laplacian with a few window sums, and He, Sun & Tang 2013 (IEEE PAMI 35:6)
filter with the coefficients a and b.
"""

import numpy as np

from .band import Band, ByColumns, ByRows, Windows

EPSILON = 1e-5  # regularisation: weight of the square of a


class GuidedFilter:
    """Fits alphas to the colours of a band in windows of a radius in px, a power of two.

    Colours are (3, N), -0.5..0.5, for squares of small values lose little in float32; alphas (N,).
    Results hold for pixels all of whose windows are in the band: 2 radius px within it.
    """

    def __init__(self, band: Band, colours: ByRows, radius: int) -> None:
        self._windows = Windows(band, radius)
        self._colours = colours
        self._count = self._windows.spread(self._windows.is_complete)
        self._window_px = np.float32((2 * radius + 1) ** 2)
        self._mean = self._windows.means(colours)
        self._factors = _Factors(self._covariances())

    def coefficients(self, alpha: ByRows) -> ByRows:
        """Return a and b, (4, N), averaged over all windows that a pixel is in."""
        fitted = self._windows.spread(self._fit(alpha))
        fitted /= np.maximum(self._count, 1)
        return fitted

    def laplacian(self, alpha: ByRows) -> ByRows:
        """Return the matting Laplacian times alpha, divided by the number of a window's pixels."""
        fitted = self._windows.spread(self._fit(alpha))
        product: ByRows = self._count * alpha
        product -= fitted[3]
        fitted[:3] *= self._colours
        for part in fitted[:3]:
            product -= part
        product /= self._window_px
        return product

    def _covariances(self) -> list[ByColumns]:
        """Return the upper triangle of each window's covariance matrix, row by row."""
        colours, mean = self._colours, self._mean
        pairs = [(i, j) for i in range(3) for j in range(i, 3)]
        products = self._windows.means(np.stack([colours[i] * colours[j] for i, j in pairs]))
        for at, (i, j) in enumerate(pairs):
            products[at] -= mean[i] * mean[j]
            products[at] += np.float32(EPSILON if i == j else 0)
        return list(products)

    def _fit(self, alpha: ByRows) -> ByColumns:
        """Return a and b, (4, N), of each window."""
        joint = np.empty((4, len(alpha)), np.float32)
        np.multiply(self._colours, alpha, out=joint[:3])
        joint[3] = alpha
        fitted = self._windows.means(joint)
        slopes, offset = fitted[:3], fitted[3]
        for slope, mean in zip(slopes, self._mean, strict=True):
            slope -= mean * offset
        self._factors.solve(slopes)
        for slope, mean in zip(slopes, self._mean, strict=True):
            offset -= slope * mean
        return fitted


class _Factors:
    """L D L' factors of symmetric 3 x 3 matrices.

    In a flat window the determinant is 1e-15, which an inverse by cofactors computes from
    differences of values near 1e-5. float32 loses it there, and keeps it in these factors.
    """

    def __init__(self, upper: list[ByColumns]) -> None:
        rr, rg, rb, gg, gb, bb = upper
        self._gr, self._br = rg / rr, rb / rr
        green = gg - self._gr * rg
        self._bg = (gb - self._gr * rb) / green
        blue = bb - self._br * rb - self._bg**2 * green
        self._inverse_pivots = 1 / np.stack([rr, green, blue])

    def solve(self, right: ByColumns) -> None:
        """Replace right-hand sides, (3, N), by the solutions."""
        red, green, blue = right
        green -= self._gr * red
        blue -= self._br * red
        blue -= self._bg * green
        right *= self._inverse_pivots
        green -= self._bg * blue
        red -= self._gr * green
        red -= self._br * blue
