"""A soft drop shadow of the subject's shape."""

from PIL import Image, ImageFilter

from .arrays import Alpha, Cutout, Rectangle
from .composite import strips

# Shares of the subject's mean side. The light comes from above and a little from the left.
DOWN, RIGHT, SIGMA = 0.035, 0.012, 0.03
BLUR_PX = 4  # sigma at the reduced size, from which the shadow is enlarged smoothly


def drop(cutout: Cutout, box: Rectangle, opacity: float) -> Cutout:
    """Put a shadow of an opacity of 0..1 under the subject in `box`, in place."""
    side = ((box[2] - box[0]) * (box[3] - box[1])) ** 0.5
    factor = max(1, int(SIGMA * side / BLUR_PX))
    shadow = _cast(cutout.getchannel("A"), side / factor, factor, opacity)
    for strip in strips(cutout.size):
        subject = cutout.crop(strip)
        # Straight colours come out of it: over black, only the alpha of the shadow counts.
        under = Image.new("RGBA", subject.size)
        part = (0, strip[1] / factor, strip[2] / factor, strip[3] / factor)
        under.putalpha(shadow.resize(subject.size, Image.Resampling.BILINEAR, part))
        cutout.paste(Image.alpha_composite(under, subject), strip)
    return cutout


def _cast(alpha: Alpha, side: float, factor: int, opacity: float) -> Alpha:
    """Return the shadow reduced by a factor, for a subject whose mean side there is `side` px."""
    small = alpha.reduce(factor)
    fallen = Image.new("L", small.size)
    fallen.paste(small, (round(RIGHT * side), round(DOWN * side)))
    blurred = fallen.filter(ImageFilter.GaussianBlur(SIGMA * side))
    return blurred.point([round(opacity * value) for value in range(256)])
