"""The README's picture, made by the project itself: python -m tools.picture"""

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

from cutout import Options, remove_background

TARGET = Path(__file__).parents[1] / "docs" / "cutout.png"
SQUARE = 16  # px, of the checkerboard
LIGHT, DARK = 255, 224
GROUNDS = ("white", "black", "green")
SIDE = 256  # px, of each of the small pictures


def main() -> None:
    photo = Image.fromarray(data.astronaut())
    buffer = BytesIO()
    photo.save(buffer, "PNG")
    cutout = Image.open(BytesIO(remove_background(buffer.getvalue(), Options()).data))
    width, height = photo.size
    sheet = Image.new("RGB", (2 * width, height + SIDE), "white")
    sheet.paste(photo, (0, 0))
    sheet.paste(over(cutout, checkerboard(width, height)), (width, 0))
    grounds = [Image.new("RGBA", photo.size, colour) for colour in GROUNDS]
    small = [over(cutout, ground).resize((SIDE, SIDE)) for ground in grounds]
    for index, picture in enumerate(small):
        sheet.paste(picture, (index * SIDE, height))
    sheet.paste(cutout.getchannel("A").resize((SIDE, SIDE)), (len(small) * SIDE, height))
    sheet.quantize(256).save(TARGET, optimize=True)
    print(TARGET)


def checkerboard(width: int, height: int) -> Image.Image:
    y, x = np.mgrid[:height, :width] // SQUARE
    return Image.fromarray(np.where((x + y) % 2, DARK, LIGHT).astype(np.uint8)).convert("RGBA")


def over(cutout: Image.Image, ground: Image.Image) -> Image.Image:
    return Image.alpha_composite(ground, cutout).convert("RGB")


if __name__ == "__main__":
    main()
