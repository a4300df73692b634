"""Presets: what networks of rembg's sessions do to a picture before the first layer."""

from collections.abc import Sequence
from dataclasses import dataclass

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Preset:
    size: int  # px, the side of the square input, where the file leaves it open
    mean: Sequence[float]  # of red, green and blue, after the division by the picture's maximum
    std: Sequence[float]
    source: str


# Of rembg 2.0.86. Earlier versions gave isnet-general-use ImageNet's mean; IS-Net's own code
# (xuebinqin/DIS, Inference.py) has 0.5, as the version named here.
PRESETS = {
    "u2net": Preset(320, IMAGENET_MEAN, IMAGENET_STD, "rembg/sessions/u2net.py"),
    "silueta": Preset(320, IMAGENET_MEAN, IMAGENET_STD, "rembg/sessions/silueta.py"),
    "isnet": Preset(1024, (0.5, 0.5, 0.5), (1.0, 1.0, 1.0), "rembg/sessions/dis_general_use.py"),
    "isnet-anime": Preset(1024, IMAGENET_MEAN, (1.0, 1.0, 1.0), "rembg/sessions/dis_anime.py"),
}
