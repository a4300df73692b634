"""The mark of results that are for trying out: words all over, of which no crop is free."""

from PIL import Image

WORDS = "cutout test"
SHARE = 12  # of the shorter side is the letters' height
LEAST_PX = 8
ANGLE = 30  # degrees
GREY = 128
STRENGTH = 0.5


def mark(picture: Image.Image) -> None:
    """On colours and alpha alike; changes the picture in place."""
    tile = _tile(max(LEAST_PX, min(picture.size) // SHARE))
    grey = (GREY, GREY, GREY, 255)[: len(picture.getbands())] if picture.mode != "L" else GREY
    for top in range(0, picture.height, tile.height):
        for left in range(0, picture.width, tile.width):
            picture.paste(grey, (left, top), tile)


def _tile(letters_px: int) -> Image.Image:
    from PIL import ImageDraw, ImageFont  # 10 ms that no other result needs

    font = ImageFont.load_default(letters_px)
    box = font.getbbox(WORDS)
    words = Image.new("L", (int(box[2]) + letters_px, 2 * letters_px))
    ImageDraw.Draw(words).text((0, 0), WORDS, round(255 * STRENGTH), font)
    return words.rotate(ANGLE, Image.Resampling.BILINEAR, expand=True)
