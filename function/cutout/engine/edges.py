"""Estimates the alpha of the whole photo from a selection."""

from PIL import Image, ImageChops

from cutout.core import binary, geometry, interior, matting, trimap
from cutout.core.arrays import Alpha, Map, Photo
from cutout.options.quality import Edges
from cutout.options.record import Options
from cutout.options.values import Thresholds

from .decoded_photo import DecodedPhoto
from .selection import Selection

METHODS: dict[Edges, matting.Method] = {"fast": matting.FAST, "fine": matting.FINE}
ERODED_PX = 1024  # large enough for rembg's erosion, in px of the photo, to be a few px


def estimate_alpha(decoded: DecodedPhoto, selection: Selection, options: Options) -> Alpha:
    """Return the alpha at the photo's size, 0 outside the selection's region.

    A photo that is cut out already keeps its own alpha, limited to what the hints select.
    """
    if not (decoded.alpha and selection.is_from_alpha):
        return _estimate(decoded.seen, selection, options)
    own = _finish(decoded.alpha, options)
    if not options.has_hints():
        return own
    return ImageChops.darker(_estimate(decoded.seen, selection, options), own)


def _estimate(photo: Photo, selection: Selection, options: Options) -> Alpha:
    whole = (0, 0, *photo.size)
    seen = photo if selection.view == whole else photo.crop(selection.view)
    alpha = _finish(alpha_from_map(seen, selection.saliency, options), options)
    return alpha if selection.region == whole else _put_back(alpha, selection, photo.size)


def _finish(alpha: Alpha, options: Options) -> Alpha:
    """Return the alpha without the soft pixels that the options do not want."""
    if options.opaque_interior:
        alpha = interior.make_opaque(alpha)
    return binary.binary(alpha) if options.binary else alpha


def alpha_from_map(photo: Photo, saliency: Map, options: Options) -> Alpha:
    """Return the alpha at the photo's size for its saliency map, (S, S).

    A subject of a pixel or two, which matting may lose, keeps the map as it is.
    """
    if options.effective_edges != "off":
        known = _trimap(photo.size, saliency, options.thresholds)
        more_px = _eroded_px(photo.size, saliency, options.thresholds)
        method = METHODS[options.effective_edges]
        alpha = matting.refine(photo, saliency, known, method, more_px)
        if any(alpha.histogram()[geometry.VISIBLE :]):
            return alpha
    return geometry.enlarge(saliency, photo.size)


def _trimap(size: tuple[int, int], saliency: Map, thresholds: Thresholds | None) -> trimap.Trimap:
    if thresholds is None:
        return trimap.from_uncertainty(saliency, geometry.at_most(len(saliency), size))
    small = geometry.at_most(ERODED_PX, size)
    erode_px = thresholds.erode_px * max(small) / max(size)
    return trimap.from_thresholds(
        saliency, small, thresholds.foreground, thresholds.background, erode_px
    )


def _eroded_px(size: tuple[int, int], saliency: Map, thresholds: Thresholds | None) -> int:
    """Return the user's erosion in px of the map, by which edges may move further."""
    erode_px = thresholds.erode_px if thresholds else 0
    return round(erode_px * min(1, len(saliency) / max(size)))


def _put_back(alpha: Alpha, selection: Selection, size: tuple[int, int]) -> Alpha:
    """Return the alpha at (width, height), of which only the selection's region is kept."""
    left, top, *_ = selection.view
    region = selection.region
    whole = Image.new("L", size)
    inside = (region[0] - left, region[1] - top, region[2] - left, region[3] - top)
    whole.paste(alpha.crop(inside), region[:2])
    return whole
