"""Draw the same patches in files that name their colours in every way, each with its colours.

The colours are worked out here from the standards' formulas alone, by other means than the
product's: a curve by bisection, an adaptation by whole matrices of columns.
"""

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tests.codec import profiles
from tests.conftest import encoded

SIDE = 8  # px of a patch
GREYS = [(level,) * 3 for level in (0, 12, 40, 80, 128, 180, 220, 255)]
PATCHES = np.array(
    [*GREYS, (200, 40, 30), (30, 140, 60), (20, 60, 200), (250, 200, 100), (90, 60, 50),
     (190, 150, 130), (120, 20, 100), (60, 180, 190)], np.uint8,
)  # fmt: skip
TEN_BITS = Path(__file__).with_name(
    "patches_of_10_bits.avif"
)  # lossless, of (PATCHES * 1023 / 255)
D65, C, DCI, E = (0.3127, 0.3290), (0.310, 0.316), (0.314, 0.351), (1 / 3, 1 / 3)
PRIMARIES = {  # white, red, green, blue
    1: (D65, (0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    4: (C, (0.67, 0.33), (0.21, 0.71), (0.14, 0.08)),
    5: (D65, (0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),
    6: (D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    7: (D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    8: (C, (0.681, 0.319), (0.243, 0.692), (0.145, 0.049)),
    9: (D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    10: (E, (1, 0), (0, 1), (0, 0)),
    11: (DCI, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    12: (D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    22: (D65, (0.630, 0.340), (0.295, 0.605), (0.155, 0.077)),
}
SRGB_POINTS, P3_POINTS, BT2020_POINTS = PRIMARIES[1], PRIMARIES[12], PRIMARIES[9]
ADOBE_POINTS = (D65, (0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
PROPHOTO_POINTS = ((0.3457, 0.3585), (0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001))
P3_PROFILE, ADOBE_PROFILE = profiles.rgb_profile("Display P3"), profiles.rgb_profile("Adobe RGB")
PQ, HLG = 16, 18


def gamma(exponent):
    return lambda values: values**exponent


def smpte240(values):
    return np.where(values < 0.0913, values / 4, ((values + 0.1115) / 1.1115) ** (1 / 0.45))


def pq(values):
    """Return light in units of 203 cd/m2 (BT.2100, table 4)."""
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    root = values ** (1 / m2)
    return (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1) * 10_000 / 203


def hlg(values):
    """Return the light of the scene, 0..1 (BT.2100, table 5)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(values <= 0.5, values**2 / 3, (np.exp((values - c) / a) + b) / 12)


def srgb(values):
    return profiles.linear(values, None)


TELEVISION = gamma(2.4)
TRANSFERS = {
    1: TELEVISION, 4: gamma(2.2), 5: gamma(2.8), 6: TELEVISION, 7: smpte240, 8: gamma(1),
    11: TELEVISION, 13: srgb, 14: TELEVISION, 15: TELEVISION,
    17: lambda values: values**2.6 * 52.37 / 48,
}  # fmt: skip


def matrix(points):
    """Return the matrix from columns of linear RGB to XYZ under D50."""
    white, *primaries = points
    columns = np.array([(x, y, 1 - x - y) for x, y in primaries]).T
    scale = np.linalg.inv(columns) @ profiles.xyz(*white)
    return profiles.to_d50(white) @ columns @ np.diag(scale)


def shown(values, points, transfer):
    """Return the sRGB levels of encoded values 0..1 (..., 3)."""
    return to_levels(transfer(np.asarray(values)) @ matrix(points).T @ from_d50().T)


def from_d50():
    return np.linalg.inv(matrix(SRGB_POINTS))


def to_levels(light):
    return profiles.device(light.clip(0, 1), None) * 255


def shown_of_hdr(values, points, transfer, peak=1000):
    """Return the sRGB levels of PQ or HLG after the reference white's tone mapping."""
    to_2020 = np.linalg.inv(matrix(BT2020_POINTS)) @ matrix(points)
    if transfer == PQ:
        light = pq(np.asarray(values)) @ to_2020.T
    else:
        scene = hlg(np.asarray(values)) @ to_2020.T
        luminance = scene @ np.array([0.2627, 0.6780, 0.0593])
        light = scene * np.maximum(luminance, 0)[..., None] ** 0.2 * 1000 / 203
    brightest = light.max(-1)
    gain = [mapped(one, peak) / one if one > 0 else 1 for one in brightest.ravel()]
    light = light * np.reshape(gain, (*brightest.shape, 1))
    return to_levels(light @ (from_d50() @ matrix(BT2020_POINTS)).T)


def mapped(brightest, peak):
    """Return what the brightest channel becomes (SMPTE ST 2094-50, annex C), by bisection."""
    headroom = np.log2(max(peak / 203, 1))
    if not headroom:
        return brightest
    white = 1 - 0.5 * min(headroom / np.log2(1000 / 203), 1)
    if brightest <= 1:
        return white * brightest
    start, end = np.array([1, white]), np.array([max(peak / 203, 1), 1])
    middle = 0.35 * start + 0.65 * np.array([1 / white, 1])
    low, high = 0.0, 1.0
    for _ in range(50):
        t = (low + high) / 2
        x, y = (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end
        low, high = (t, high) if x < brightest else (low, t)
    return y


@dataclass(frozen=True)
class Case:
    data: bytes
    media_type: str
    colours: np.ndarray  # (patches, 3), levels of sRGB


def patches(values=PATCHES):
    """Return a row of square patches."""
    return np.repeat(np.repeat(values[None], SIDE, 0), SIDE, 1)


def png(*chunks, values=PATCHES, depth=8, palette=None):
    """Write a PNG of patches with chunks ahead of its pixels, all with the right checksum."""
    pixels = patches(values.reshape(len(values), -1))
    height, width, channels = pixels.shape
    colour_type = 3 if palette is not None else {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = pixels.astype(">u2" if depth == 16 else "u1").reshape(height, -1)
    header = struct.pack(">2I5B", width, height, depth, colour_type, 0, 0, 0)
    table = [] if palette is None else [(b"PLTE", palette.tobytes())]
    body = (b"IDAT", zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows)))
    return png_of((b"IHDR", header), *chunks, *table, body, (b"IEND", b""))


def png_of(*chunks):
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(chunk, *zip(*chunks, strict=True)))


def chunk(name, body=b"", checksum=None):
    checksum = checksum or struct.pack(">I", zlib.crc32(name + body))
    return struct.pack(">I", len(body)) + name + body + checksum


def cicp(primaries, transfer, matrix=0, is_full_range=1):
    return b"cICP", bytes([primaries, transfer, matrix, is_full_range])


def gama(encoding):
    return b"gAMA", struct.pack(">I", round(encoding * 100_000))


def chrm(points):
    return b"cHRM", struct.pack(">8I", *(round(one * 100_000) for point in points for one in point))


def iccp(profile):
    return b"iCCP", b"icc\0\0" + zlib.compress(profile)


def clli(brightest, average=0):
    return b"cLLI", struct.pack(">2I", brightest * 10_000, average * 10_000)


def mdcv(brightest):
    return b"mDCV", bytes(16) + struct.pack(">2I", brightest * 10_000, 50)


SRGB_CHUNK = b"sRGB", b"\0"


def avif(primaries, transfer, profile=None, data=None):
    """Write patches of 8 bits, or change the code points of a file."""
    data = data or encoded(
        Image.fromarray(patches()), "AVIF", quality=100, subsampling="4:4:4", icc_profile=profile
    )
    before, after = data.split(b"colrnclx")
    return before + b"colrnclx" + struct.pack(">2H", primaries, transfer) + after[4:]


def with_property(data, kind, content, is_own=True):
    """Put a property ahead of the others of an AVIF that has one picture, and is Pillow's."""
    box = struct.pack(">I4s", 8 + len(content), kind) + content
    ipco, ipma = data.index(b"ipco") + 4, data.index(b"ipma") + 4
    count, indices = data[ipma + 10], data[ipma + 11 : data.index(b"mdat") - 4]
    assert len(indices) == count
    own = bytes([1]) * is_own
    moved = bytes([count + len(own)]) + own + bytes(index + 1 for index in indices)
    grown = bytearray(data[:ipco] + box + data[ipco : ipma + 10] + moved)
    more = {b"ipco": len(box), b"ipma": len(own), b"iprp": len(box + own), b"meta": len(box + own)}
    for name, length in more.items():
        size = grown.index(name) - 4
        struct.pack_into(">I", grown, size, struct.unpack_from(">I", grown, size)[0] + length)
    place = grown.index(b"iloc") + 18  # of the pixels
    assert struct.unpack_from(">I", grown, place)[0] == data.index(b"mdat") + 4
    struct.pack_into(">I", grown, place, data.index(b"mdat") + 4 + len(box + own))
    return bytes(grown + data[data.index(b"mdat") - 4 :])


def cases():
    """Return all cases by their names."""
    kinds = _png_cases(), _avif_cases(), _bmp_cases(), _profile_cases()
    return {name: case for kind in kinds for name, case in kind}


def _png_cases():
    unit, plain = PATCHES / 255, PATCHES.astype(float)
    p3 = shown(unit, P3_POINTS, srgb)
    linear = shown(unit, SRGB_POINTS, gamma(1))
    yield _png_case("that names nothing", plain)
    yield from _png_code_points(unit, linear)
    yield from _png_gamma(unit, plain, linear)
    yield from _png_precedence(unit, plain, linear, p3)
    yield from _png_of_grey()
    yield from _png_depths(unit, linear, p3)


def _png_case(name, colours, *chunks, **parameters):
    return f"PNG {name}", Case(png(*chunks, **parameters), "image/png", colours)


def _png_code_points(unit, linear):
    for primaries, points in PRIMARIES.items():
        yield _png_case(f"cICP {primaries}/13", shown(unit, points, srgb), cicp(primaries, 13))
    for transfer, curve in TRANSFERS.items():
        yield _png_case(f"cICP 1/{transfer}", shown(unit, SRGB_POINTS, curve), cicp(1, transfer))
    for primaries in (1, 9, 12):
        for transfer in (PQ, HLG):
            colours = shown_of_hdr(unit, PRIMARIES[primaries], transfer)
            yield _png_case(f"cICP {primaries}/{transfer}", colours, cicp(primaries, transfer))
    for peak in (100, 400, 4000):
        colours = shown_of_hdr(unit, BT2020_POINTS, PQ, peak)
        yield _png_case(f"cICP 9/16, cLLI {peak}", colours, cicp(9, PQ), clli(peak))
        yield _png_case(f"cICP 9/16, mDCV {peak}", colours, cicp(9, PQ), mdcv(peak))
    colours = shown_of_hdr(unit, BT2020_POINTS, PQ, 400)
    yield _png_case(
        "cICP 9/16, cLLI 400 and mDCV 4000", colours, cicp(9, PQ), mdcv(4000), clli(400)
    )
    for code_points in ((12, 13, 0, 0), (2, 13), (12, 2), (0, 13), (12, 9), (12, 99), (200, 13)):
        name = "/".join(map(str, code_points))
        yield _png_case(f"cICP {name}, gAMA 1", linear, cicp(*code_points), gama(1))
    yield _png_case("cICP of 3 bytes, gAMA 1", linear, (b"cICP", b"\x0c\x0d\0"), gama(1))


def _png_gamma(unit, plain, linear):
    for encoding in (1, 0.55556, 0.5, 0.43, 0.3, 2):
        colours = shown(unit, SRGB_POINTS, gamma(1 / encoding))
        yield _png_case(f"gAMA {encoding}", colours, gama(encoding))
    for encoding in (0.45455, 0.45, 0.46, 0.432, 0.477, 0):
        yield _png_case(f"gAMA {encoding}", plain, gama(encoding))
    yield _png_case("gAMA of 5 bytes", plain, (b"gAMA", b"\0\1\x86\xa0\0"))
    yield _png_case("cHRM P3 without gAMA", plain, chrm(P3_POINTS))
    for name, points, encoding in (
        ("P3", P3_POINTS, 0.45455), ("sRGB", SRGB_POINTS, 0.45455), ("Adobe", ADOBE_POINTS, 0.4547),
        ("P3", P3_POINTS, 1), ("ProPhoto", PROPHOTO_POINTS, 0.55556),
    ):  # fmt: skip
        colours = shown(unit, points, gamma(1 / encoding))
        yield _png_case(f"cHRM {name}, gAMA {encoding}", colours, chrm(points), gama(encoding))
    yield _png_case("cHRM of a line, gAMA 1", plain, chrm([D65, *[(0.3, 0.3)] * 3]), gama(1))
    yield _png_case("cHRM of zeros, gAMA 1", plain, chrm([(0, 0)] * 4), gama(1))
    yield _png_case("cHRM of 36 bytes, gAMA 1", linear, (b"cHRM", bytes(36)), gama(1))


def _png_precedence(unit, plain, linear, p3):
    adobe = shown(unit, ADOBE_POINTS, gamma(563 / 256))
    yield _png_case("iCCP Adobe", adobe, iccp(ADOBE_PROFILE))
    yield _png_case("iCCP Adobe, cICP P3", p3, iccp(ADOBE_PROFILE), cicp(12, 13))
    yield _png_case("iCCP Adobe, cICP 12/2", adobe, iccp(ADOBE_PROFILE), cicp(12, 2))
    yield _png_case("iCCP Adobe, sRGB", adobe, SRGB_CHUNK, iccp(ADOBE_PROFILE))
    yield _png_case("iCCP Adobe, gAMA 1", adobe, iccp(ADOBE_PROFILE), gama(1))
    yield _png_case("iCCP that is none, gAMA 1", linear, iccp(bytes(200)), gama(1))
    yield _png_case("iCCP of CMYK, gAMA 1", plain, iccp(profiles.cmyk_profile()), gama(1))
    yield _png_case("sRGB, gAMA 1", plain, SRGB_CHUNK, gama(1))
    yield _png_case("sRGB, cHRM P3, gAMA", plain, chrm(P3_POINTS), SRGB_CHUNK, gama(0.45455))
    yield _png_case("sRGB, cICP P3", p3, SRGB_CHUNK, cicp(12, 13))
    yield _png_case("sRGB of an unknown intent, gAMA 1", linear, (b"sRGB", b"\x09"), gama(1))


def _png_of_grey():
    grey = PATCHES[:, :1]
    for name, colours, *chunks in (
        ("gAMA 1", shown(grey.repeat(3, 1) / 255, SRGB_POINTS, gamma(1)), gama(1)),
        ("cICP P3", grey.repeat(3, 1).astype(float), cicp(12, 13)),
        ("cHRM P3, gAMA 1", shown(grey.repeat(3, 1) / 255, SRGB_POINTS, gamma(1)),
         chrm(P3_POINTS), gama(1)),
        ("cICP 9/16", shown_of_hdr(grey.repeat(3, 1) / 255, BT2020_POINTS, PQ), cicp(9, PQ)),
        ("cICP 9/18", shown_of_hdr(grey.repeat(3, 1) / 255, BT2020_POINTS, HLG), cicp(9, HLG)),
    ):  # fmt: skip
        yield _png_case(f"of grey, {name}", colours, *chunks, values=grey)
        deep = grey.astype(np.uint16) * 257
        yield _png_case(f"of grey, 16 bits, {name}", colours, *chunks, values=deep, depth=16)
        half = np.concatenate([grey, np.full_like(grey, 255)], 1)
        yield _png_case(f"of grey with alpha, {name}", colours, *chunks, values=half)


def _png_depths(unit, linear, p3):
    for name, colours, *chunks in (
        ("gAMA 1", linear, gama(1)),
        ("cICP P3", p3, cicp(12, 13)),
        ("cICP 9/16", shown_of_hdr(unit, BT2020_POINTS, PQ), cicp(9, PQ)),
    ):
        indices = np.arange(len(PATCHES), dtype=np.uint8)
        yield _png_case(f"of a palette, {name}", colours, *chunks, values=indices, palette=PATCHES)
        deep = PATCHES.astype(np.uint16) * 257
        yield _png_case(f"of 16 bits, {name}", colours, *chunks, values=deep, depth=16)
        opaque = np.concatenate([PATCHES, np.full_like(PATCHES[:, :1], 255)], 1)
        yield _png_case(f"with alpha, {name}", colours, *chunks, values=opaque)


def _avif_cases():
    unit = PATCHES / 255

    def case(name, colours, *code_points, **parameters):
        return f"AVIF {name}", Case(avif(*code_points, **parameters), "image/avif", colours)

    for primaries, points in PRIMARIES.items():
        yield case(f"nclx {primaries}/13", shown(unit, points, srgb), primaries, 13)
    for transfer in (1, 2, 4, 5, 6, 7, 8, 13, 14, 15, 17):
        is_television = transfer in (1, 2, 6, 14, 15)
        curve = srgb if is_television else TRANSFERS[transfer]
        yield case(f"nclx 1/{transfer}", shown(unit, SRGB_POINTS, curve), 1, transfer)
    p3 = shown(unit, P3_POINTS, srgb)
    for transfer in (1, 2, 99):
        yield case(f"nclx 12/{transfer}", p3, 12, transfer)
    for primaries in (0, 2, 300):
        yield case(f"nclx {primaries}/13", PATCHES.astype(float), primaries, 13)
    ten_bits = TEN_BITS.read_bytes()
    for primaries in (1, 9, 12):
        for transfer in (PQ, HLG):
            colours = shown_of_hdr(unit, PRIMARIES[primaries], transfer)
            yield case(f"nclx {primaries}/{transfer}", colours, primaries, transfer)
            name = f"of 10 bits, nclx {primaries}/{transfer}"
            yield case(name, colours, primaries, transfer, data=ten_bits)
    for kind, content, peak in (
        (b"clli", struct.pack(">2H", 4000, 100), 4000),
        (b"mdcv", bytes(16) + struct.pack(">2I", 4000 * 10_000, 50), 1000),  # nobody reads it
    ):
        colours = shown_of_hdr(unit, BT2020_POINTS, PQ, peak)
        data = with_property(ten_bits, kind, content)
        yield case(f"of 10 bits, nclx 9/16, {kind.decode()}", colours, 9, PQ, data=data)
    yield case("of 10 bits, nclx 12/13", p3, 12, 13, data=ten_bits)
    yield case("of 10 bits, nclx 9/8", shown(unit, BT2020_POINTS, gamma(1)), 9, 8, data=ten_bits)
    adobe = shown(unit, ADOBE_POINTS, gamma(563 / 256))
    for code_points in ((1, 13), (12, 13), (9, PQ)):
        name = "/".join(map(str, code_points))
        yield case(f"ICC Adobe, nclx {name}", adobe, *code_points, profile=ADOBE_PROFILE)


def _bmp_cases():
    plain = PATCHES.astype(float)
    adobe = shown(PATCHES / 255, ADOBE_POINTS, gamma(563 / 256))
    for name, colours, kind, profile in (
        ("of sRGB", plain, b"BGRs", b""),
        ("with an ICC profile", adobe, b"DEBM", ADOBE_PROFILE),
        ("with a link to a profile", plain, b"KNIL", b"C:\\adobe.icc\0"),
    ):
        yield f"BMP {name}", Case(bmp(kind, profile), "image/bmp", colours)


def _profile_cases():
    """Profiles that have code points, as those of HDR editors do."""
    unit = PATCHES / 255
    p3 = shown(unit, P3_POINTS, srgb)
    for code_points, colours in (
        ((9, PQ, 0, 1), shown_of_hdr(unit, BT2020_POINTS, PQ)),
        ((12, HLG, 0, 1), shown_of_hdr(unit, P3_POINTS, HLG)),
        ((9, PQ, 0, 0), p3),
        ((12, 13, 0, 1), p3),
    ):
        profile = profiles.rgb_profile("Display P3", code_points)
        for kind, media_type in (
            ("PNG", "image/png"),
            ("WEBP", "image/webp"),
            ("JPEG", "image/jpeg"),
        ):
            exact = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}
            data = encoded(
                Image.fromarray(patches()), kind, icc_profile=profile, **exact.get(kind, {})
            )
            name = "/".join(map(str, code_points))
            yield f"{kind} with a profile, cicp {name}", Case(data, media_type, colours)


def bmp(kind, profile):
    """Write a BMP of version 5, with its profile at its end."""
    pixels = patches()
    rows = pixels[::-1, :, ::-1].tobytes()
    header = struct.pack(
        "<I2i2H6I16x4s48x4I", 124, pixels.shape[1], pixels.shape[0], 1, 24, *[0] * 6, kind,
        4, 124 + len(rows), len(profile), 0,
    )  # fmt: skip
    return (
        struct.pack("<2sI4xI", b"BM", 14 + len(header + rows + profile), 138)
        + header
        + rows
        + profile
    )
