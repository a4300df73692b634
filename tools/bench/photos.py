"""Photos to be timed on, enlarged from one that scikit-image ships: no package has large ones."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

QUALITY = 92
STRIP = 256  # rows that get their grain at a time: 50 MP of noise at once are 1.2 GB


@dataclass(frozen=True)
class Photo:
    megapixels: int
    # Standard deviation in levels. A sensor's grain is what makes a PNG large and slow to write;
    # 3 give 1.3 bits a pixel of JPEG at 12 MP, which is still less than a phone's photo has.
    grain: int = 3

    @property
    def name(self) -> str:
        return f"{self.megapixels} MP{'' if self.grain else ', no grain'}"


def make(photo: Photo, folder: Path) -> Path:
    path = folder / f"{photo.megapixels}-{photo.grain}-{QUALITY}.jpg"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    side = round((photo.megapixels * 1e6) ** 0.5)
    small = Image.fromarray(data.astronaut())
    large = small.resize((side, side), Image.Resampling.LANCZOS)
    if photo.grain:
        _add_grain(large, photo.grain)
    part = path.with_suffix(".part")
    large.save(part, "JPEG", quality=QUALITY)
    return part.replace(path)


def _add_grain(image: Image.Image, grain: int) -> None:
    random = np.random.default_rng(0)
    for top in range(0, image.height, STRIP):
        box = (0, top, image.width, min(top + STRIP, image.height))
        strip = np.asarray(image.crop(box))
        noisy = strip + random.normal(0, grain, strip.shape).round()
        image.paste(Image.fromarray(noisy.clip(0, 255).astype(np.uint8)), box)
