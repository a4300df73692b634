"""What a picture says of an alpha: in a small window it is a linear function of the colour.

    alpha_i = a . I_i + b    for all i of a window

Levin, Lischinski & Weiss 2008 (IEEE PAMI 30:2) make a Laplacian of it, He, Sun & Tang 2010 (CVPR)
multiply by that with a few window sums, and He, Sun & Tang 2013 (IEEE PAMI 35:6) filter by it.
"""

import numpy as np
from PIL import Image

from .arrays import Map, Planes
from .window import sums

Colours = Planes  # (3, H, W), -0.5..0.5: what is small loses little in its squares

EPSILON = 1e-5  # weight of a's square


def to_colours(picture: Image.Image) -> Colours:
    pixels = np.asarray(picture)[..., :3].transpose(2, 0, 1)
    return pixels.astype(np.float32, order="C") / np.float32(255) - np.float32(0.5)


def applied(coefficients: Planes, colours: Colours) -> Map:
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
        self._factors = _Factors(self._covariances())
        self._whole = np.float32((2 * radius + 1) ** 2)

    def coefficients(self, alpha: Map) -> Planes:
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

    def _means(self, values: Planes) -> Planes:
        total = sums(values, self._radius)
        total *= self._share
        return total

    def _covariances(self) -> list[Map]:
        """Upper triangle, row by row."""
        colours, mean = self._colours, self._mean
        pairs = [(i, j) for i in range(3) for j in range(i, 3)]
        products = self._means(np.stack([colours[i] * colours[j] for i, j in pairs]))
        for at, (i, j) in enumerate(pairs):
            products[at] -= mean[i] * mean[j]
            products[at] += np.float32(EPSILON if i == j else 0)
        return list(products)

    def _fit(self, alpha: Map) -> Planes:
        """(4, H, W): a and b of the window around each pixel."""
        means = self._means(np.concatenate([alpha[None], alpha * self._colours]))
        mean, joint = means[0], means[1:]
        joint -= self._mean * mean
        self._factors.solve(joint)
        fitted = np.concatenate([joint, mean[None]])
        for row in range(3):
            fitted[3] -= joint[row] * self._mean[row]
        return fitted


class _Factors:
    """L D L' of symmetric 3 x 3 matrices. In a flat window the determinant is 1e-15, and what an
    inverse by cofactors takes from each other is 1e-5: too much for float32, and this is not."""

    def __init__(self, upper: list[Map]) -> None:
        rr, rg, rb, gg, gb, bb = upper
        self._gr, self._br = rg / rr, rb / rr
        green = gg - self._gr * rg
        self._bg = (gb - self._gr * rb) / green
        blue = bb - self._br * rb - self._bg**2 * green
        self._shares = 1 / np.stack([rr, green, blue])

    def solve(self, right: Planes) -> None:
        """(3, H, W), in place."""
        red, green, blue = right
        green -= self._gr * red
        blue -= self._br * red
        blue -= self._bg * green
        right *= self._shares
        green -= self._bg * blue
        red -= self._gr * green
        red -= self._br * blue
