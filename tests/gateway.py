"""API Gateway events. `python -m tests.gateway` writes the files in tests/events/."""

import base64
import json
from io import BytesIO
from pathlib import Path

from PIL import Image
from skimage import data

from tools.gateway import BOUNDARY, event, upload

EVENTS = Path(__file__).parent / "events"
PHOTO_URL = (
    "https://raw.githubusercontent.com/scikit-image/scikit-image/v0.26.0/skimage/data/astronaut.png"
)


def picture(upload):
    """Return the photo in an event made by upload()."""
    part = base64.b64decode(upload["body"]).split(b'filename="photo.jpg"')[1]
    return part.split(b"\r\n\r\n", 1)[1].rsplit(f"\r\n--{BOUNDARY}".encode(), 1)[0]


def events():
    buffer = BytesIO()
    Image.fromarray(data.astronaut()).save(buffer, "JPEG", quality=85)
    return {
        "remove": upload(buffer.getvalue(), model="u2netp"),
        "remove-url": event("GET", "/api/remove", query={"url": PHOTO_URL, "model": "u2netp"}),
        "health": event("GET", "/healthz"),
    }


def main():
    for name, content in events().items():
        (EVENTS / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
