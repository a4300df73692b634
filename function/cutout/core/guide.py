"""What a picture says of an alpha: in a small window it is a linear function of the colour.

    alpha_i = a . I_i + b    for all i of a window

Levin, Lischinski & Weiss 2008 (IEEE PAMI 30:2) make a Laplacian of it, He, Sun & Tang 2010 (CVPR)
multiply by that with a few window sums, and He, Sun & Tang 2013 (IEEE PAMI 35:6) filter by it.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .arrays import Map
from .window import Values, sums

Colours = Values  # (3, H, W), -0.5..0.5: what is small loses little in its squares

EPSILON = 1e-5  # weight of a's square


def to_colours(picture: Image.Image) -> Colours:
    pixels = np.asarray(picture)[..., :3].transpose(2, 0, 1)
    return pixels.astype(np.float32, order="C") / np.float32(255) - np.float32(0.5)


def applied(coefficients: Values, colours: Colours) -> Map:
    """The alpha that (4, H, W) coefficients make of the colours."""
    red, green, blue = coefficients[:3] * colours
    alpha: Map = red + green + blue + coefficients[3]
    return alpha


class Guide:
    """Windows of this radius in px, a power of two."""

    def __init__(self, colours: Colours, radius: int) -> None:
        self._colours = colours
        self._radius = radius
        self._count = sums(np.ones(colours.shape[1:], np.float32), radius)
        self._share = 1 / self._count
        self._mean = self._means(self._colours)
        self._inverse = _inverse(self._covariances())
        self._whole = np.float32((2 * radius + 1) ** 2)

    def coefficients(self, alpha: Map) -> Values:
        """(4, H, W): a and b, averaged over all windows that a pixel is in."""
        return self._means(self._fit(alpha))

    def laplacian(self, alpha: Map) -> Map:
        """L alpha, over the number of a window's pixels."""
        fitted = sums(self._fit(alpha), self._radius)
        product = self._count * alpha
        product -= fitted[3]
        fitted[:3] *= self._colours
        for part in fitted[:3]:
            product -= part
        product /= self._whole
        return product

    def _means(self, values: Values) -> Values:
        total = sums(values, self._radius)
        total *= self._share
        return total

    def _covariances(self) -> list[NDArray[np.float64]]:
        """Upper triangle, row by row."""
        colours, mean = self._colours, self._mean
        pairs = [(i, j) for i in range(3) for j in range(i, 3)]
        products = self._means(np.stack([colours[i] * colours[j] for i, j in pairs]))
        # Doubles: in a flat window the determinant is 1e-15, and its parts 1e-5.
        return [
            products[at].astype(np.float64) - mean[i] * mean[j] + (EPSILON if i == j else 0)
            for at, (i, j) in enumerate(pairs)
        ]

    def _fit(self, alpha: Map) -> Values:
        """(4, H, W): a and b of the window around each pixel."""
        means = self._means(np.concatenate([alpha[None], alpha * self._colours]))
        mean, joint = means[0], means[1:]
        joint -= self._mean * mean
        fitted = np.empty_like(means)
        for row, (i, j, k) in enumerate(((0, 1, 2), (1, 3, 4), (2, 4, 5))):
            np.multiply(self._inverse[i], joint[0], out=fitted[row])
            fitted[row] += self._inverse[j] * joint[1]
            fitted[row] += self._inverse[k] * joint[2]
            mean -= fitted[row] * self._mean[row]
        fitted[3] = mean
        return fitted


def _inverse(upper: list[NDArray[np.float64]]) -> Values:
    """Of symmetric 3 x 3 matrices, by their cofactors; upper triangles in and out."""
    rr, rg, rb, gg, gb, bb = upper
    cofactors = (
        gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg,
        rr * bb - rb * rb, rg * rb - rr * gb, rr * gg - rg * rg,
    )  # fmt: skip
    determinant = rr * cofactors[0] + rg * cofactors[1] + rb * cofactors[2]
    return np.stack([cofactor / determinant for cofactor in cofactors]).astype(np.float32)
