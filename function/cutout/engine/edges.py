"""From a selection to the alpha of the whole photo."""

from PIL import Image

from cutout.core import binary, geometry, matting, trimap
from cutout.core.arrays import Alpha, Map, Photo
from cutout.options.record import Edges, Options, Thresholds

from .selection import Selection

LEVELS: dict[Edges, tuple[matting.Level, ...]] = {"fast": matting.FAST, "fine": matting.FINE}
TRIMAP_PX = matting.FAST[0].side  # as much as the map itself tells
ERODED_PX = 1024  # where rembg's erosion, which is in px of the photo, is still some px


def alpha(photo: Photo, selection: Selection, options: Options) -> Alpha:
    whole = (0, 0, *photo.size)
    seen = photo if selection.view == whole else photo.crop(selection.view)
    found = of_map(seen, selection.saliency, options)
    if options.binary:
        found = binary.binary(found)
    return found if selection.region == whole else _put_back(found, selection, photo.size)


def of_map(photo: Photo, saliency: Map, options: Options) -> Alpha:
    if options.edges == "off":
        return geometry.enlarge(saliency, photo.size)
    known = _trimap(photo.size, saliency, options.thresholds)
    return matting.refine(photo, saliency, known, LEVELS[options.edges])


def _trimap(size: tuple[int, int], saliency: Map, given: Thresholds | None) -> trimap.Trimap:
    if given is None:
        return trimap.of_uncertainty(saliency, geometry.at_most(TRIMAP_PX, size))
    small = geometry.at_most(ERODED_PX, size)
    erode_px = given.erode_px * max(small) / max(size)
    return trimap.of_thresholds(saliency, small, given.foreground, given.background, erode_px)


def _put_back(alpha: Alpha, selection: Selection, size: tuple[int, int]) -> Alpha:
    """What the network saw around the region does not count."""
    left, top, *_ = selection.view
    region = selection.region
    whole = Image.new("L", size)
    inside = (region[0] - left, region[1] - top, region[2] - left, region[3] - top)
    whole.paste(alpha.crop(inside), region[:2])
    return whole
