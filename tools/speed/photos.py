"""Makes photos to measure with, enlarged from one that scikit-image ships."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

from tools.sections import BUILD

QUALITY = 92
STRIP = 256  # rows that get their grain at a time: noise for all of 50 MP takes 1.2 GB
ROOM = (168, 172, 178)
# The subject's share of the frame's sides. A PNG of it at 50 MP has 4 MB, under Lambda's 4.7.
SHARE = {0.25: 0.9, 1: 0.9, 4: 0.9, 12: 0.6, 50: 0.28}


@dataclass(frozen=True)
class Photo:
    megapixels: int
    # Standard deviation in levels. A sensor's grain is what makes a PNG large and slow to write;
    # 3 give 1.3 bits a pixel of JPEG at 12 MP, which is still less than a phone's photo has.
    grain: int = 3
    share: float = 1  # of the frame's sides that the subject's picture takes; the rest is a wall

    @property
    def name(self) -> str:
        return f"{self.megapixels} MP{'' if self.grain else ', no grain'}"


def make(photo: Photo, folder: Path = BUILD / "photos") -> Path:
    """Return the JPEG file of a photo in the folder, made there if it does not exist yet."""
    share = "" if photo.share == 1 else f"-{photo.share}"
    path = folder / f"{photo.megapixels}-{photo.grain}{share}-{QUALITY}.jpg"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    side = round((photo.megapixels * 1e6) ** 0.5)
    large = _before_wall(side, photo.share, Image.Resampling.LANCZOS)
    if photo.grain:
        _add_grain(large, photo.grain)
    part = path.with_suffix(".part")
    large.save(part, "JPEG", quality=QUALITY)
    return part.replace(path)


def in_a_room(megapixels: float) -> bytes:
    """Return a JPEG of a subject before a plain wall: request and response fit through Lambda."""
    side = round((megapixels * 1e6) ** 0.5)
    frame = _before_wall(side, SHARE[megapixels], Image.Resampling.BICUBIC)
    buffer = BytesIO()
    frame.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def _before_wall(side: int, share: float, filter: Image.Resampling) -> Image.Image:
    """Put the subject's picture at the bottom of a square frame, before a plain wall."""
    frame, inner = Image.new("RGB", (side, side), ROOM), round(side * share)
    subject = Image.fromarray(data.astronaut()).resize((inner, inner), filter)
    frame.paste(subject, ((side - inner) // 2, side - inner))
    return frame


def _add_grain(image: Image.Image, grain: int) -> None:
    random = np.random.default_rng(0)
    for top in range(0, image.height, STRIP):
        box = (0, top, image.width, min(top + STRIP, image.height))
        strip = np.asarray(image.crop(box))
        noisy = strip + random.normal(0, grain, strip.shape).round()
        image.paste(Image.fromarray(noisy.clip(0, 255).astype(np.uint8)), box)
