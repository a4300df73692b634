"""Makes ICC profiles from code points (ITU-T H.273), or from chromaticities and a gamma.

Such a profile has a matrix of colorants and a parametric curve (ICC.1:2022, 8.3.3 and 10.18), and
pixels are converted by it as by one from a file.
"""

import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Point = tuple[float, float]  # x, y of CIE 1931


class Chromaticities(NamedTuple):
    white: Point
    red: Point
    green: Point
    blue: Point


class Curve(NamedTuple):
    """The linear light of an encoded value x: (a x + b) ** gamma from d on, and c x below."""

    gamma: float
    a: float = 1
    b: float = 0
    c: float = 0
    d: float = 0


C, D50, D65, DCI, E = (
    (0.310, 0.316),
    (0.3457, 0.3585),
    (0.3127, 0.3290),
    (0.314, 0.351),
    (1 / 3,) * 2,
)
D50_XYZ = np.array([0.9642, 1, 0.8249])  # ICC.1:2022, 7.2.16
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
BT709 = Chromaticities(D65, (0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
BT2020 = Chromaticities(D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
SMPTE170 = Chromaticities(D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070))
PRIMARIES = {  # H.273, table 2
    1: BT709,
    4: Chromaticities(C, (0.67, 0.33), (0.21, 0.71), (0.14, 0.08)),
    5: Chromaticities(D65, (0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),
    6: SMPTE170,
    7: SMPTE170,
    8: Chromaticities(C, (0.681, 0.319), (0.243, 0.692), (0.145, 0.049)),
    9: BT2020,
    10: Chromaticities(E, (1, 0), (0, 1), (0, 0)),
    11: Chromaticities(DCI, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    12: Chromaticities(D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    22: Chromaticities(D65, (0.630, 0.340), (0.295, 0.605), (0.155, 0.077)),
}
SRGB = Curve(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
BT1886 = Curve(2.4)  # how television is displayed, which browsers take and not the camera's curve
CURVES = {  # H.273, table 3, without its logarithms, negative light, PQ and HLG
    1: BT1886,
    4: Curve(2.2),
    5: Curve(2.8),
    6: BT1886,
    7: Curve(1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4, 0.0913),
    8: Curve(1),
    11: BT1886,
    13: SRGB,
    14: BT1886,
    15: BT1886,
    17: Curve(2.6, (52.37 / 48) ** (1 / 2.6)),
}
PQ, HLG = 16, 18
LARGEST = 2.0**15  # of an s15Fixed16Number


def to_xyz(chromaticities: Chromaticities) -> Matrix | None:
    """Return the matrix from linear RGB to XYZ under D50, or None if these span no colour space."""
    points = np.array(chromaticities)
    xyz = np.column_stack([points, 1 - points.sum(1)])
    white, primaries = xyz[0], xyz[1:].T
    if points.min() < 0 or points.max() > 1 or not white[1] or not np.linalg.det(primaries):
        return None
    white = white / white[1]
    cones = BRADFORD @ white
    if not cones.all():
        return None
    to_d50 = np.linalg.inv(BRADFORD) @ np.diag(BRADFORD @ D50_XYZ / cones) @ BRADFORD
    matrix: Matrix = to_d50 @ (primaries * np.linalg.solve(primaries, white))
    return matrix if np.abs(matrix).max() < LARGEST else None


def rgb_profile(chromaticities: Chromaticities, curve: Curve) -> bytes | None:
    """Return an ICC profile of RGB, or None if the chromaticities span no colour space."""
    matrix = to_xyz(chromaticities)
    if matrix is None:
        return None
    colorants = dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(_xyz, matrix.T), strict=True))
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _parametric(curve))
    return _profile(b"RGB ", colorants | curves)


def grey_profile(curve: Curve) -> bytes:
    """Return an ICC profile of grey."""
    return _profile(b"GRAY", {b"kTRC": _parametric(curve)})


def _profile(space: bytes, colours: dict[bytes, bytes]) -> bytes:
    """Write a display profile of version 4.3. Without a date its bytes are always the same."""
    unity = _numbers(b"sf32", *np.eye(3).ravel())
    tags = {b"desc": _text("Cutout"), b"cprt": _text("CC0")}
    tags |= {b"wtpt": _xyz(D50_XYZ), b"chad": unity, **colours}
    body, table, start = b"", struct.pack(">I", len(tags)), 132 + 12 * len(tags)
    places: dict[bytes, int] = {}  # tags of the same content share it
    for name, content in tags.items():
        if content not in places:
            places[content] = start + len(body)
            body += content + bytes(-len(content) % 4)
        table += struct.pack(">4sII", name, places[content], len(content))
    header = struct.pack(
        ">I4xI4s4s4s12x4s28x", start + len(body), 0x04300000, b"mntr", space, b"XYZ ", b"acsp"
    )
    return (header + _fixed(*D50_XYZ)).ljust(128, b"\0") + table + body


def _parametric(curve: Curve) -> bytes:
    """Write a curve of type 3 (ICC.1:2022, table 68)."""
    return struct.pack(">4s4xHxx", b"para", 3) + _fixed(*curve)


def _xyz(values: NDArray[np.float64]) -> bytes:
    return _numbers(b"XYZ ", *values)


def _numbers(kind: bytes, *values: float) -> bytes:
    return kind + bytes(4) + _fixed(*values)


def _text(text: str) -> bytes:
    """Write a multiLocalizedUnicodeType of one language."""
    data = text.encode("utf-16-be")
    return struct.pack(">4s4x2I4s2I", b"mluc", 1, 12, b"enUS", len(data), 28) + data


def _fixed(*values: float) -> bytes:
    """Write s15Fixed16Numbers, and the nearest for those beyond."""
    bounded = (max(-LARGEST, min(value, LARGEST - 1)) for value in values)
    return b"".join(struct.pack(">i", round(value * 65536)) for value in bounded)
