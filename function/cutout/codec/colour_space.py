"""Finds the colour space that a file names, by its format's order of precedence.

A PNG (third edition, 4.3) names it by cICP, or else iCCP, sRGB, or gAMA with cHRM; an AVIF or HEIC
(MIAF, 7.3.6.4) by an ICC profile or else by code points; any other file by an ICC profile alone.
Where standards leave a choice, it is Chromium's.
"""

import struct

from PIL import Image

from . import cicp, colour, hdr, isobmff, png_file

GAMMA_OF_SRGB, TOLERANCE = 1 / 2.2, 0.05  # what programs write for sRGB
FILE_HEADER = 14  # bytes of a BMP, from whose end its profile's place is counted
TAGS = 132  # where an ICC profile lists its tags
BT709, SRGB = 1, 13  # code points
TRANSFERS = (*cicp.CURVES, cicp.PQ, cicp.HLG)
# Chromium shows an AVIF of a television curve (BT.709 and its like) as sRGB, and so do we.
CURVES_AS_SRGB = (1, 6, 14, 15)


def read(image: Image.Image, data: bytes, is_grey: bool) -> colour.Info:
    """Return what is known of the colours of an opened file whose pixels have not been read.

    The result has one entry: "icc_profile", from the file or made from its numbers; "hdr", an
    hdr.Hdr; or "srgb", the rendering intent of a file that names sRGB. It is empty if the file
    names no colour space or what it names is damaged.
    """
    chunks = _chunks(data) if image.format == "PNG" else {}
    if code_points := _code_points(chunks.get(b"cICP", b"")):
        peak = _peak(chunks.get(b"cLLI", b""), chunks.get(b"mDCV", b""))
        return _named(*code_points, peak, is_grey)
    icc = _profile_of_bmp(data) if image.format == "BMP" else image.info.get("icc_profile")
    if isinstance(icc, bytes) and colour.is_profile(icc):
        return _of_profile(icc)
    if image.format == "PNG":
        return _of_png(chunks, is_grey)
    if image.format in ("AVIF", "HEIF"):
        return _of_heif(isobmff.primary_properties(data))
    return {}


def _of_profile(icc: bytes) -> colour.Info:
    """Return the profile, or the HDR encoding that its code points name (ICC.1:2022, 9.2.17)."""
    (count,) = struct.unpack_from(">I", icc, TAGS - 4)
    for at in range(TAGS, min(TAGS + 12 * count, len(icc) - 11), 12):
        name, start = struct.unpack_from(">4sI", icc, at)
        if name == b"cicp" and (code_points := _code_points(icc[start + 8 : start + 12])):
            primaries, transfer = code_points
            if transfer in (cicp.PQ, cicp.HLG):
                return _named(primaries, transfer, hdr.TYPICAL_PEAK, is_grey=False)
    return {"icc_profile": icc}


def _of_png(chunks: dict[bytes, bytes], is_grey: bool) -> colour.Info:
    intent = chunks.get(b"sRGB", b"")
    if len(intent) == 1 and intent[0] <= 3:
        return {"srgb": intent[0]}
    gamma, chromaticities = chunks.get(b"gAMA", b""), chunks.get(b"cHRM", b"")
    return _of_gamma(gamma, chromaticities, is_grey)


def _code_points(content: bytes) -> tuple[int, int] | None:
    """Return the primaries and transfer characteristics of four code points that are valid for RGB
    and known."""
    if len(content) != 4:
        return None
    primaries, transfer, matrix, is_full_range = content
    is_known = primaries in cicp.PRIMARIES and transfer in TRANSFERS
    return (primaries, transfer) if is_known and (matrix, is_full_range) == (0, 1) else None


def _named(primaries: int, transfer: int, peak: float, is_grey: bool) -> colour.Info:
    chromaticities = cicp.PRIMARIES[primaries]
    if transfer in (cicp.PQ, cicp.HLG):
        return {"hdr": hdr.Hdr(transfer, chromaticities, peak)}
    return _profile(chromaticities, cicp.CURVES[transfer], is_grey)


def _profile(chromaticities: cicp.Chromaticities, curve: cicp.Curve, is_grey: bool) -> colour.Info:
    if curve == cicp.SRGB and (is_grey or chromaticities == cicp.BT709):
        return {"srgb": colour.INTENT}
    if is_grey:
        return {"icc_profile": cicp.grey_profile(curve)}
    return {"icc_profile": cicp.rgb_profile(chromaticities, curve)}


def _of_gamma(gamma: bytes, chromaticities: bytes, is_grey: bool) -> colour.Info:
    if len(gamma) != 4 or not any(gamma):
        return {}
    encoding = int.from_bytes(gamma) / 100_000
    points = cicp.BT709
    if len(chromaticities) == 32:
        values = [value / 100_000 for value in struct.unpack(">8I", chromaticities)]
        points = cicp.Chromaticities(*zip(values[::2], values[1::2], strict=True))
    elif abs(encoding / GAMMA_OF_SRGB - 1) <= TOLERANCE:
        return {}
    return _profile(points, cicp.Curve(1 / encoding), is_grey)


def _of_heif(properties: dict[bytes, list[bytes]]) -> colour.Info:
    for content in properties.get(b"colr", []):
        if content[:4] == b"nclx" and len(content) >= 8:
            primaries, transfer = struct.unpack_from(">2H", content, 4)
            if transfer in CURVES_AS_SRGB or transfer not in TRANSFERS:
                transfer = SRGB
            known = primaries if primaries in cicp.PRIMARIES else BT709
            light_level = properties.get(b"clli", [b""])[0]
            peak = struct.unpack_from(">H", light_level.ljust(2, b"\0"))[0] or hdr.TYPICAL_PEAK
            return _named(known, transfer, peak, is_grey=False)
    return {}


def _profile_of_bmp(data: bytes) -> bytes:
    """Return the profile that a BMP of version 5 holds, which Pillow does not read, or nothing."""
    header = struct.unpack_from("<I52x4s52x2I", data.ljust(138, b"\0"), FILE_HEADER)
    size, kind, start, length = header
    is_embedded = size == 124 and kind == b"DEBM"  # PROFILE_EMBEDDED
    return data[FILE_HEADER + start :][:length] if is_embedded else b""


def _peak(light_level: bytes, mastering_display: bytes) -> float:
    """Return the most cd/m2, of the picture or else of the display that it was made on, by the
    chunks cLLI and mDCV."""
    for content, length, place in ((light_level, 8, 0), (mastering_display, 24, 16)):
        if len(content) == length:
            (brightest,) = struct.unpack_from(">I", content, place)
            if brightest:
                return float(brightest / 10_000)
    return hdr.TYPICAL_PEAK


def _chunks(data: bytes) -> dict[bytes, bytes]:
    """Return the first of each kind of chunk ahead of a PNG's pixels, but for those in a wrong
    place or with a wrong checksum."""
    chunks: dict[bytes, bytes] = {}
    for chunk in png_file.chunks(data):
        if chunk.name == b"IDAT":
            break
        is_misplaced = chunk.name == b"cICP" and b"PLTE" in chunks
        if chunk.is_sound() and not is_misplaced:
            chunks.setdefault(chunk.name, bytes(chunk.body))
    return chunks
