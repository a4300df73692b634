"""Draw a picture of four colours, held in each of EXIF's orientations, in every kind of file."""

import struct
import zlib

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.codec.colour_cases import chunk
from tests.conftest import encoded

SIZE = 48, 32
CORNERS = {"R": (220, 20, 20), "G": (20, 200, 20), "B": (20, 20, 220), "W": (240, 240, 240)}
UPRIGHT = {  # corners of the stored picture R G over B W, read the same way when it is upright
    1: "RGBW", 2: "GRWB", 3: "WBGR", 4: "BWRG", 5: "RBGW", 6: "BRWG", 7: "WGBR", 8: "GWRB",
}  # fmt: skip
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)


def stored():
    corners = np.array(list(CORNERS.values()), np.uint8).reshape(2, 2, 3)
    return Image.fromarray(corners).resize(SIZE, Image.Resampling.NEAREST)


def corners_of(picture):
    """Return the size and the letters of the corners of a picture."""
    pixels = np.asarray(picture)[..., :3].astype(int)
    height, width = pixels.shape[:2]
    seen = [pixels[y, x] for y in (4, height - 5) for x in (4, width - 5)]
    letters = (min(CORNERS, key=lambda name: abs(CORNERS[name] - one).sum()) for one in seen)
    return (width, height), "".join(letters)


def expected(orientation):
    return SIZE if orientation < 5 else SIZE[::-1], UPRIGHT[orientation]


def exif(orientation):
    """Return an EXIF block, without what JPEGs have before it."""
    tag = struct.pack(">3HIHH", 1, 0x0112, 3, 1, orientation, 0)
    return b"MM\0*" + struct.pack(">I", 8) + tag + bytes(4)


def png(*chunks, after=()):
    header, rest = encoded(stored(), "PNG")[:33], encoded(stored(), "PNG")[33:-12]
    ahead, behind = (b"".join(chunk(*one) for one in those) for those in (chunks, after))
    return header + ahead + rest + behind + chunk(b"IEND", b"")


def raw_profile(orientation, keyword=b"Raw profile type exif"):
    """Return the text chunk in which ImageMagick keeps EXIF."""
    block = b"Exif\0\0" + exif(orientation)
    lines = [block.hex()[at : at + 72] for at in range(0, 2 * len(block), 72)]
    text = f"\nexif\n{len(block):8}\n" + "\n".join(lines) + "\n"
    return b"zTXt", keyword + b"\0\0" + zlib.compress(text.encode())


def _pillow(kind, **parameters):
    return lambda orientation: encoded(
        stored(), kind, exif=b"Exif\0\0" + exif(orientation), **parameters
    )


def _tiff(**parameters):
    return lambda orientation: encoded(
        stored(), "TIFF", tiffinfo={0x0112: orientation}, **parameters
    )


CONTAINERS = {  # media type and how it is written
    "JPEG": ("image/jpeg", _pillow("JPEG")),
    "MPO": ("image/jpeg", _pillow("MPO", save_all=True, append_images=[stored()])),
    "PNG": ("image/png", lambda orientation: png((b"eXIf", exif(orientation)))),
    "PNG, behind its pixels": (
        "image/png", lambda orientation: png(after=[(b"eXIf", exif(orientation))])
    ),
    "PNG, as text": ("image/png", lambda orientation: png(raw_profile(orientation))),
    "WebP": ("image/webp", _pillow("WEBP")),
    "WebP, lossless": ("image/webp", _pillow("WEBP", lossless=True)),
    "AVIF": ("image/avif", _pillow("AVIF")),
    "TIFF": ("image/tiff", _tiff()),
    "TIFF, compressed": ("image/tiff", _tiff(compression="tiff_lzw")),
}  # fmt: skip


def with_xmp(kind, **parameters):
    """Write a file whose XMP alone has an orientation, unless the parameters have another."""
    if kind == "PNG":
        text = PngInfo()
        text.add_itxt("XML:com.adobe.xmp", XMP)
        return encoded(stored(), "PNG", pnginfo=text, **parameters)
    if kind == "TIFF":
        return encoded(stored(), "TIFF", tiffinfo={700: XMP.encode()}, **parameters)
    several = {"save_all": True, "append_images": [stored()]} if kind == "MPO" else {}
    return encoded(stored(), kind, xmp=XMP.encode(), **several, **parameters)
