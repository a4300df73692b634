"""The README's picture, made by the project itself: python -m tools.picture"""

from io import BytesIO
from pathlib import Path

from PIL import Image
from skimage import data

from cutout import Options, remove_background

from .checkerboard import checkerboard, over

TARGET = Path(__file__).parents[1] / "docs" / "cutout.png"
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


if __name__ == "__main__":
    main()
