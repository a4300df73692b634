"""What a fully opaque foreground looks like where only a photo and its true alpha are known."""

import numpy as np
from PIL import Image
from pymatting import estimate_foreground_ml

from .contract import Cut, Run
from .pixels import decode, encode


def estimated() -> Run:
    """Germer et al. 2020, multi-level, by pymatting."""

    def run(data: bytes, truth: str) -> Cut:
        alpha = np.asarray(Image.open(truth).convert("L"))
        colours = estimate_foreground_ml(decode(data) / 255, alpha / 255)
        return Cut(encode(np.dstack([(colours * 255).round().astype(np.uint8), alpha])))

    return run
