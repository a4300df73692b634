"""Photos whose request and whose answer both fit through Lambda: a subject in a plain room."""

from io import BytesIO

from PIL import Image
from skimage import data

ROOM = (168, 172, 178)
# Of the frame's sides: a PNG of the subject at 50 MP is then some 4 MB, under Lambda's 4.7.
SHARE = {0.25: 0.9, 1: 0.9, 4: 0.9, 12: 0.6, 50: 0.28}


def photo(megapixels: float) -> bytes:
    """A JPEG of that many megapixels."""
    side = round((megapixels * 1e6) ** 0.5)
    frame = Image.new("RGB", (side, side), ROOM)
    inner = round(side * SHARE[megapixels])
    subject = Image.fromarray(data.astronaut()).resize((inner, inner), Image.Resampling.BICUBIC)
    frame.paste(subject, ((side - inner) // 2, side - inner))
    buffer = BytesIO()
    frame.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
