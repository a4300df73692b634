"""The watermark of trial results: rows of opaque words all over the picture.

The picture could be restored from under transparent ones.
"""

from PIL import Image

WORDS = "cutout test  "
SHARE = 20  # the shorter side over the letters' height
LEAST_PX = 8
GREY = 128


def mark(picture: Image.Image) -> None:
    """Draw the watermark on colours and alpha, in place."""
    tile = _tile(max(LEAST_PX, min(picture.size) // SHARE))
    grey = GREY if picture.mode == "L" else (GREY, GREY, GREY, 255)[: len(picture.getbands())]
    for row, top in enumerate(range(0, picture.height, tile.height)):
        for left in range(-(row % 2) * tile.width // 2, picture.width, tile.width):
            picture.paste(grey, (left, top), tile)


def _tile(letters_px: int) -> Image.Image:
    from PIL import ImageDraw, ImageFont  # 10 ms that no other result needs

    font = ImageFont.load_default(letters_px)
    words = Image.new("L", (int(font.getlength(WORDS)), 2 * letters_px))
    ImageDraw.Draw(words).text((0, 0), WORDS, 255, font, stroke_width=max(1, letters_px // 16))
    return words
