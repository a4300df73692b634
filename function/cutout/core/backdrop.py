"""Backgrounds made of pictures: another one that covers the canvas, or the blurred photo."""

from PIL import Image, ImageFilter

from .arrays import Alpha, Photo
from .geometry import GAP

BLUR_PX = 2  # sigma at the reduced size; enlarging makes it 3 % wider
PLATE_PX = 512  # the longer side of the filled photo, which has no detail there
NONZERO = [0] + [255] * 255  # tables for Image.point
HALF = [0] * 128 + [255] * 128


def cover(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the picture scaled to cover (width, height), with its middle in the middle."""
    if picture.size == size:
        return picture
    scale = max(size[0] / picture.width, size[1] / picture.height)
    # What is too much is cut off at both sides; rounding may not reach beyond the picture.
    left, top = (
        max(0, (side - wanted / scale) / 2) for side, wanted in zip(picture.size, size, strict=True)
    )
    box = (left, top, picture.width - left, picture.height - top)
    return picture.resize(size, Image.Resampling.LANCZOS, box, GAP)


def blurred(photo: Photo, alpha: Alpha, sigma_px: float) -> Image.Image:
    """Return the photo blurred by a Gaussian of sigma_px, its subject replaced beforehand, so that
    the subject's colours do not bleed into the background."""
    factor = max(1, int(sigma_px / BLUR_PX))
    ground = _replace_subject(photo, alpha, factor).filter(
        ImageFilter.GaussianBlur(sigma_px / factor)
    )
    box = (0, 0, photo.width / factor, photo.height / factor)  # reduce rounds up
    return ground.resize(photo.size, Image.Resampling.BILINEAR, box)


def plate(photo: Photo, alpha: Alpha) -> Image.Image:
    """Return the photo, at most PLATE_PX to a side, with the subject filled from around it."""
    factor = -(-max(photo.size) // PLATE_PX)
    small = photo.reduce(factor).convert("RGBA")  # stays where the photo is all subject
    small.alpha_composite(fill(without_subject(photo, alpha, factor)))
    return small.convert("RGB")


def without_subject(photo: Photo, alpha: Alpha, factor: int) -> Image.Image:
    """Return the photo reduced by a factor, RGBA, transparent where the subject is or tints it."""
    small = photo.reduce(factor).convert("RGBA")
    around = alpha.reduce(factor).filter(ImageFilter.BoxBlur(1))
    small.paste((0, 0, 0, 0), mask=around.point(NONZERO, "1"))
    return small


def fill(picture: Image.Image) -> Image.Image:
    """Return an RGBA picture whose transparent pixels have the colours around them.

    Pull-push of Gortler et al. 1996 ("The lumigraph", 3.4).
    """
    if max(picture.size) == 1:
        return picture
    coarse = picture.reduce(2)
    coarse.putalpha(coarse.getchannel("A").point(NONZERO))
    filled = fill(coarse).resize(picture.size, Image.Resampling.BILINEAR)
    filled.alpha_composite(picture)
    return filled


def _replace_subject(photo: Photo, alpha: Alpha, factor: int) -> Image.Image:
    """Return the photo reduced by a factor, with the subject filled from the plate."""
    seen = without_subject(photo, alpha, factor)
    ground = plate(photo, alpha).resize(seen.size)
    ground.paste(seen.convert("RGB"), mask=seen.getchannel("A").point(HALF, "1"))
    return ground
