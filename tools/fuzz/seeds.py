"""The first inputs of each target, all synthetic: small drawn pictures, forms, URLs and options."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

SIDE = 12  # px: small files reach the parsers' branches in fewer mutations
ORIENTATION = 0x112  # EXIF's tag
# Pillow's names of file kinds, with the mode of the picture and the parameters of its writer.
FILES: list[tuple[str, str, dict[str, Any]]] = [
    ("JPEG", "RGB", {}),
    ("JPEG", "RGB", {"progressive": True, "quality": 50}),
    ("JPEG", "L", {"comment": b"seed"}),
    ("JPEG", "CMYK", {"restart_marker_blocks": 1}),
    *[("PNG", mode, {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")],
    ("PNG", "P", {"transparency": 1, "dpi": (72, 72)}),
    ("WEBP", "RGB", {}),
    ("WEBP", "RGBA", {"lossless": True}),
    ("GIF", "P", {}),
    ("GIF", "P", {"transparency": 0, "comment": b"seed"}),
    *[("BMP", mode, {}) for mode in ("1", "L", "RGB", "RGBA")],
    *[("TIFF", "RGB", {"compression": name}) for name in (None, "tiff_lzw", "tiff_adobe_deflate",
                                                         "packbits", "jpeg")],
    ("TIFF", "1", {"compression": "group4"}),
    ("TIFF", "I;16", {}),
    ("TIFF", "CMYK", {}),
    ("AVIF", "RGB", {}),
    ("AVIF", "RGBA", {}),
]  # fmt: skip
ANIMATED = ("GIF", "WEBP", "PNG", "TIFF", "AVIF")
URLS = (
    "http://a.example/x.jpg",
    "https://A.Example:8443/a%20b?c=d#e",
    "http://192.0.2.1/",
    "http://[2001:db8::1]:80/",
    "http://[::ffff:127.0.0.1]/",
    "http://0x7f.1/",
    "http://localhost./",
    "http://user@a.example/",
    "http://b\u00fccher.example/\u00e4",
    "//a.example/../x\\y",
    "?next=http://10.0.0.1",
)
OPTIONS = (
    '{"v": 1, "crop": true, "margin": "10px 5%", "scale": "33.3%", "max_pixels": 4000000}',
    '{"v": 1, "roi": "0% 0% 50% 90%", "points": "1,2 3,4,0", "thresholds": "240 10 10"}',
    '{"v": 1, "background": "#ff000080", "shadow": "40%", "backdrop": {"url": "http://a.example"}}',
    '{"size": "4k", "bg_color": "fff", "crop": "true", "crop_margin": "10%", "position": "center"}',
    '{"size": "auto", "type": "car", "shadow_type": "car", "shadow_opacity": "5", "format": "zip"}',
    '{"model": "u2net", "a": "true", "af": "240", "ab": "10", "ae": "5", "bgc": "1,2,3,4"}',
    '{"extras": "{\\"sam_prompt\\":[{\\"type\\":\\"point\\",\\"data\\":[1,2],\\"label\\":1}]}"}',
    '{"preset": "product", "canvas": "800x600", "frame": "-10px 0px 110% 100px", "subject": "1"}',
)
FORMS = (
    b'--x\r\nContent-Disposition: form-data; name="size"\r\n\r\nauto\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data; name="image_file"; filename="a.png"\r\n'
    b"Content-Type: image/png\r\n\r\n\x89PNG\r\n--x\r\nContent-Disposition: form-data; "
    b"name=a; filename*=UTF-8''b.jpg\r\n\r\n\r\n--x--\r\n",
    b'--x\nContent-Disposition: form-data; name="a\\"b"\n\nc\n--x--',
)
BODIES = (
    b'{"image_url": "http://a.example/x.jpg", "size": "auto", "crop": true, "margin": 1.5}',
    b'{"a": null, "b": [1, {"c": "\\ud800"}], "d": -1e999}',
    b"image_file_b64=iVBORw0KGgo%3D&size=auto&bg_color=%23fff&a=b+c",
)


def pictures() -> Iterator[bytes]:
    """Yield one picture of each kind, mode and compression, and animations."""
    for kind, mode, parameters in FILES:
        yield _written(kind, mode, parameters)
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    for kind in ("JPEG", "PNG", "WEBP"):
        yield _written(kind, "RGB", {"exif": exif})
    for kind in ANIMATED:
        frames = {"save_all": True, "append_images": [_drawn("RGB").rotate(90)]}
        yield _written(kind, "RGB", frames)
    yield from _heics()


def _heics() -> Iterator[bytes]:
    import pillow_heif  # a developer's package, which writes HEIC

    for mode in ("RGB", "RGBA"):
        buffer = BytesIO()
        pillow_heif.from_pillow(_drawn(mode)).save(buffer)
        yield buffer.getvalue()


def _drawn(mode: str) -> Image.Image:
    """Draw a gradient with a square, which uses all channels."""
    y, x = np.mgrid[:SIDE, :SIDE]
    rgba = np.stack([x * 20, y * 20, (x + y) * 10, 255 - x * 5], -1).astype(np.uint8)
    rgba[3:8, 3:8] = 250, 10, 10, 128
    picture = Image.fromarray(rgba)
    if mode == "I;16":
        return Image.fromarray(np.asarray(picture.convert("L"), np.uint16) * 257)
    return picture if mode == "RGBA" else picture.convert("RGB").convert(mode)


def _written(kind: str, mode: str, parameters: dict[str, Any]) -> bytes:
    buffer = BytesIO()
    _drawn(mode).save(buffer, kind, **parameters)
    return buffer.getvalue()
