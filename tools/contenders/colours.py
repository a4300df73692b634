"""What a fully opaque foreground looks like where only a photo and its true alpha are known."""

import numpy as np
from PIL import Image
from pymatting import estimate_foreground_ml

from .contract import Cut, Run
from .pixels import decode, encode


def estimated() -> Run:
    """Germer et al. 2020, multi-level, by pymatting."""

    def run(data: bytes, alpha: str) -> Cut:
        opacity = np.asarray(Image.open(alpha))
        colours = estimate_foreground_ml(decode(data) / 255, opacity / 255)
        return Cut(encode((colours * 255).round().astype(np.uint8)))

    return run
