"""The guided filter and the matting Laplacian: alpha as a local linear function of the colour,

    alpha_i = a . I_i + b    for all pixels i of a window.

Levin, Lischinski & Weiss 2008 (IEEE PAMI 30:2) derive the Laplacian from it, He, Sun & Tang 2010
(CVPR) multiply by the Laplacian with a few window sums, and He, Sun & Tang 2013 (IEEE PAMI 35:6)
filter with the coefficients a and b.
"""

import numpy as np
from PIL import Image

from .arrays import Map, Planes
from .window import box_sums

Colours = Planes  # (3, H, W), -0.5..0.5: squares of small values lose little in float32

EPSILON = 1e-5  # regularisation: weight of the square of a


def to_colours(picture: Image.Image) -> Colours:
    """Return the red, green and blue of an RGB or RGBA picture."""
    pixels = np.asarray(picture)[..., :3].transpose(2, 0, 1)
    return pixels.astype(np.float32, order="C") / np.float32(255) - np.float32(0.5)


def apply_coefficients(coefficients: Planes, colours: Colours) -> Map:
    """Return a . I + b, (H, W), for (4, H, W) coefficients a and b."""
    red, green, blue = coefficients[:3] * colours
    alpha: Map = red + green + blue + coefficients[3]
    return alpha


class GuidedFilter:
    """Fits alphas, (H, W), to the colours of a picture in windows of a radius in px, a power of
    two."""

    def __init__(self, colours: Colours, radius: int) -> None:
        self._colours = colours
        self._radius = radius
        self._count = box_sums(np.ones(colours.shape[1:], np.float32), radius)
        self._inverse_count = 1 / self._count
        self._mean = self._window_means(self._colours)
        self._factors = _Factors(self._covariances())
        self._window_px = np.float32((2 * radius + 1) ** 2)

    def coefficients(self, alpha: Map) -> Planes:
        """Return a and b, (4, H, W), averaged over all windows that a pixel is in."""
        return self._window_means(self._fit(alpha))

    def laplacian(self, alpha: Map) -> Map:
        """Return the matting Laplacian times alpha, divided by the number of a window's pixels."""
        fitted = box_sums(self._fit(alpha), self._radius)
        product = self._count * alpha
        product -= fitted[3]
        fitted[:3] *= self._colours
        for part in fitted[:3]:
            product -= part
        product /= self._window_px
        return product

    def _window_means(self, values: Planes) -> Planes:
        total = box_sums(values, self._radius)
        total *= self._inverse_count
        return total

    def _covariances(self) -> list[Map]:
        """Return the upper triangle of each window's covariance matrix, row by row."""
        colours, mean = self._colours, self._mean
        pairs = [(i, j) for i in range(3) for j in range(i, 3)]
        products = self._window_means(np.stack([colours[i] * colours[j] for i, j in pairs]))
        for at, (i, j) in enumerate(pairs):
            products[at] -= mean[i] * mean[j]
            products[at] += np.float32(EPSILON if i == j else 0)
        return list(products)

    def _fit(self, alpha: Map) -> Planes:
        """Return a and b, (4, H, W), of the window around each pixel."""
        means = self._window_means(np.concatenate([alpha[None], alpha * self._colours]))
        mean, joint = means[0], means[1:]
        joint -= self._mean * mean
        self._factors.solve(joint)
        fitted = np.concatenate([joint, mean[None]])
        for row in range(3):
            fitted[3] -= joint[row] * self._mean[row]
        return fitted


class _Factors:
    """L D L' factors of symmetric 3 x 3 matrices.

    In a flat window the determinant is 1e-15, which an inverse by cofactors computes from
    differences of values near 1e-5. float32 loses it there, and keeps it in these factors.
    """

    def __init__(self, upper: list[Map]) -> None:
        rr, rg, rb, gg, gb, bb = upper
        self._gr, self._br = rg / rr, rb / rr
        green = gg - self._gr * rg
        self._bg = (gb - self._gr * rb) / green
        blue = bb - self._br * rb - self._bg**2 * green
        self._inverse_pivots = 1 / np.stack([rr, green, blue])

    def solve(self, right: Planes) -> None:
        """Replace right-hand sides, (3, H, W), by the solutions."""
        red, green, blue = right
        green -= self._gr * red
        blue -= self._br * red
        blue -= self._bg * green
        right *= self._inverse_pivots
        green -= self._bg * blue
        red -= self._gr * green
        red -= self._br * blue
