"""Small data sets: a photo of one colour, 40 x 30, whose right half is the subject."""

from PIL import Image

BLACK = Image.new("L", (40, 30), 0)
HALF = BLACK.copy()
HALF.paste(255, (20, 0, 40, 30))


def picture(colour=(40, 80, 120)):
    return Image.new("RGB", (40, 30), colour)


def write(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


def index(folder, **columns):
    rows = [columns.keys(), *zip(*columns.values(), strict=True)]
    (folder / "INDEX.tsv").write_text("".join("\t".join(row) + "\n" for row in rows))
