"""Closed-form matting (Levin, Lischinski & Weiss 2008) at one small size, with a prior:

    (L + weight) alpha = weight prior    in the unknown band of the trimap,

where L is the matting Laplacian (see guided_filter), and alpha is 0 or 1 where it is known.
"""

import numpy as np
from PIL import Image

from .arrays import Map, Photo
from .band import Band, ByRows
from .enlarged import Channels, Enlarged
from .guided_filter import GuidedFilter
from .morphology import dilate
from .solver import conjugate_gradient
from .trimap import UNKNOWN, Trimap

IS_UNKNOWN = [255 if value == UNKNOWN else 0 for value in range(256)]  # a table for Image.point
TOLERANCE = 1e-9
WHITE, MIDDLE = np.float32(255), np.float32(0.5)
# px around unknown pixels in which coefficients are wanted: one for the neighbour that enlarging
# takes, and one for pixels that two sizes of a trimap round to either side.
MARGIN_PX = 2


class ClosedForm:
    """The equation for a small RGB photo and a trimap of any size, in windows of a radius in px, a
    power of two. Its arrays hold the N pixels of a band around the unknown ones."""

    def __init__(self, photo: Photo, trimap: Trimap, radius: int) -> None:
        self._size = size = photo.size
        unknown = trimap.point(IS_UNKNOWN).resize(size, Image.Resampling.BOX)
        self.wanted = dilate(np.asarray(unknown) > 0, MARGIN_PX)
        self.band = Band(self.wanted, 2 * radius)
        self._trimap = np.asarray(trimap.resize(size, Image.Resampling.NEAREST))
        self._known = self.band.gather(self._trimap)
        self.colours = colours_in(self.band, photo)
        self._guide = GuidedFilter(self.band, self.colours, radius)

    def apply(self, coefficients: Channels) -> ByRows:
        """Return the alpha that the coefficients of a smaller size give for the colours, (N,)."""
        local = Enlarged(coefficients, self._size).at(*self.band.positions).T
        alpha: ByRows = (local[:3] * self.colours).sum(0) + local[3]
        return alpha

    def solve(self, prior: ByRows, weight: ByRows, steps: int) -> ByRows:
        """Return the alpha, (N,) in 0..1, after some steps of conjugate gradients."""
        is_unknown = self._known == UNKNOWN
        weight = weight * is_unknown
        start = np.where(is_unknown, prior, self._known > UNKNOWN).astype(np.float32)

        def multiply(alpha: ByRows) -> ByRows:
            product: ByRows = (self._guide.laplacian(alpha) + weight * alpha) * is_unknown
            return product

        residual = -self._guide.laplacian(start) * is_unknown
        alpha = conjugate_gradient(multiply, start, residual, steps=steps, tolerance=TOLERANCE)
        return alpha.clip(0, 1)

    def fit(self, alpha: ByRows) -> ByRows:
        """Return the coefficients, (4, N), by which colours give alpha where it is wanted."""
        return self._guide.coefficients(alpha)

    def to_plane(self, alpha: ByRows) -> Map:
        """Return the alpha at this size, (H, W), with what the trimap knows."""
        plane = (self._trimap > UNKNOWN).astype(np.float32)
        self.band.scatter(alpha[None], plane[..., None])
        return plane


def colours_in(band: Band, picture: Image.Image) -> ByRows:
    """Return the red, green and blue of an RGB picture in a band, (3, N) in -0.5..0.5."""
    values = band.gather(np.asarray(picture).transpose(2, 0, 1)).astype(np.float32)
    colours: ByRows = (values / WHITE - MIDDLE) * band.is_inside
    return colours
