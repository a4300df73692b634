"""The page's sample photos, which scikit-image ships: python -m tools.samples

The astronaut Eileen Collins is NASA's and in the public domain; the cat is by Stefan van der Walt
and the cup by Rachel Michetti, both under CC0.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from skimage import data

TARGET = Path(__file__).parents[1] / "frontend" / "samples"
SAMPLES: dict[str, Callable[[], np.ndarray]] = {
    "astronaut": data.astronaut,
    "cat": data.cat,
    "coffee": data.coffee,
}
SIDE = 160  # px of the small ones, which are shown at 80


def main() -> None:
    for name, photograph in SAMPLES.items():
        photo = Image.fromarray(photograph())
        photo.save(TARGET / f"{name}.jpg", quality=88, optimize=True)
        small = ImageOps.fit(photo, (SIDE, SIDE), Image.Resampling.LANCZOS)
        small.save(TARGET / f"{name}-small.jpg", quality=70, optimize=True)
        print(TARGET / f"{name}.jpg")


if __name__ == "__main__":
    main()
