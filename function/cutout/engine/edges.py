"""From a selection to the alpha of the whole photo."""

from PIL import Image

from cutout.contract import Edges, Options
from cutout.core import binary, geometry, matting, tiles, trimap
from cutout.core.arrays import Alpha, Map, Photo

from .selection import Selection

LEVELS: dict[Edges, tuple[matting.Level, ...]] = {"fast": matting.FAST, "fine": matting.FINE}
TRIMAP_PX = matting.FAST[0].side  # as much as the map itself tells


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
    size = tiles.at_most(TRIMAP_PX, photo.size)
    if options.thresholds is None:
        known = trimap.of_uncertainty(saliency, size)
    else:
        given, share = options.thresholds, max(size) / max(photo.size)
        known = trimap.of_thresholds(
            saliency, size, given.foreground, given.background, given.erode_px * share
        )
    return matting.refine(photo, saliency, known, LEVELS[options.edges])


def _put_back(alpha: Alpha, selection: Selection, size: tuple[int, int]) -> Alpha:
    """What the network saw around the region does not count."""
    left, top, *_ = selection.view
    region = selection.region
    whole = Image.new("L", size)
    inside = (region[0] - left, region[1] - top, region[2] - left, region[3] - top)
    whole.paste(alpha.crop(inside), region[:2])
    return whole
