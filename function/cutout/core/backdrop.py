"""What stands behind the subject: a picture, or the photo itself out of focus."""

from PIL import Image, ImageFilter

from .arrays import Alpha, Photo
from .geometry import GAP

BLUR_PX = 2  # of sigma is enough to blur by: enlarging what is left makes it 3 % wider
PLATE_PX = 512  # the longer side at which the subject's place is filled: nothing sharp is behind it
SOME = [0] + [255] * 255  # tables for Image.point
HALF = [0] * 128 + [255] * 128


def cover(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """All of the size, from the picture's middle, in its own proportions."""
    if picture.size == size:
        return picture
    scale = max(size[0] / picture.width, size[1] / picture.height)
    # Of what both sides have too much; rounding may not reach beyond the picture.
    left, top = (
        max(0, (side - wanted / scale) / 2) for side, wanted in zip(picture.size, size, strict=True)
    )
    box = (left, top, picture.width - left, picture.height - top)
    return picture.resize(size, Image.Resampling.LANCZOS, box, GAP)


def blurred(photo: Photo, alpha: Alpha, sigma_px: float) -> Image.Image:
    """The photo without its subject, out of focus: no colour of it bleeds into what is left."""
    factor = max(1, int(sigma_px / BLUR_PX))
    ground = _filled(photo, alpha, factor).filter(ImageFilter.GaussianBlur(sigma_px / factor))
    box = (0, 0, photo.width / factor, photo.height / factor)  # reduce rounds up
    return ground.resize(photo.size, Image.Resampling.BILINEAR, box)


def plate(photo: Photo, alpha: Alpha) -> Image.Image:
    """The photo at a small size as if the subject were not there, filled from around it."""
    factor = -(-max(photo.size) // PLATE_PX)
    small = photo.reduce(factor).convert("RGBA")  # a photo that is all subject is its own ground
    small.alpha_composite(fill(without_subject(photo, alpha, factor)))
    return small.convert("RGB")


def without_subject(photo: Photo, alpha: Alpha, factor: int) -> Image.Image:
    """Made smaller by a factor, with a hole for the subject and the pixels that it may tint."""
    small = photo.reduce(factor).convert("RGBA")
    around = alpha.reduce(factor).filter(ImageFilter.BoxBlur(1))
    small.paste((0, 0, 0, 0), mask=around.point(SOME, "1"))
    return small


def fill(picture: Image.Image) -> Image.Image:
    """Holes get the colours around them (Gortler et al. 1996, "The lumigraph", 3.4: pull, push)."""
    if max(picture.size) == 1:
        return picture
    coarse = picture.reduce(2)
    coarse.putalpha(coarse.getchannel("A").point(SOME))
    filled = fill(coarse).resize(picture.size, Image.Resampling.BILINEAR)
    filled.alpha_composite(picture)
    return filled


def _filled(photo: Photo, alpha: Alpha, factor: int) -> Image.Image:
    """Made smaller by a factor, as if the subject were not there."""
    seen = without_subject(photo, alpha, factor)
    ground = plate(photo, alpha).resize(seen.size)
    ground.paste(seen.convert("RGB"), mask=seen.getchannel("A").point(HALF, "1"))
    return ground
