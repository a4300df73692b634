"""Make the README's picture docs/cutout.png and the page's samples: python -m tools.pictures

The photographs come with scikit-image. The astronaut Eileen Collins is NASA's and in the public
domain; the cat is by Stefan van der Walt and the cup by Rachel Michetti, both under CC0.
"""

from io import BytesIO

from PIL import Image, ImageOps
from skimage import data

from cutout import Options, remove_background
from tools.contenders.catalogue import ROOT
from tools.quality.gallery import checkerboard, over

BACKGROUNDS = ("white", "black", "green")
SIDE = 256  # px, of the small pictures in docs/cutout.png
SAMPLES = {"astronaut": data.astronaut, "cat": data.cat, "coffee": data.coffee}
SMALL_SAMPLE = 160  # px; the page shows it at 80


def main() -> None:
    make_readme_picture()
    folder = ROOT / "frontend" / "samples"
    for name, photograph in SAMPLES.items():
        photo = Image.fromarray(photograph())
        photo.save(folder / f"{name}.jpg", quality=88, optimize=True)
        small = ImageOps.fit(photo, (SMALL_SAMPLE, SMALL_SAMPLE), Image.Resampling.LANCZOS)
        small.save(folder / f"{name}-small.jpg", quality=70, optimize=True)


def make_readme_picture() -> None:
    """Show a photo and its cutout; below, the cutout on three colours, and its alpha."""
    photo = Image.fromarray(data.astronaut())
    buffer = BytesIO()
    photo.save(buffer, "PNG")
    cutout = Image.open(BytesIO(remove_background(buffer.getvalue(), Options()).data))
    width, height = photo.size
    sheet = Image.new("RGB", (2 * width, height + SIDE), "white")
    sheet.paste(photo, (0, 0))
    sheet.paste(over(cutout, checkerboard(width, height)), (width, 0))
    row = [over(cutout, Image.new("RGBA", photo.size, colour)) for colour in BACKGROUNDS]
    for index, picture in enumerate([*row, cutout.getchannel("A")]):
        sheet.paste(picture.resize((SIDE, SIDE)), (index * SIDE, height))
    sheet.quantize(256).save(ROOT / "docs" / "cutout.png", optimize=True)


if __name__ == "__main__":
    main()
