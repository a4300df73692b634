"""Make ICC profiles (ICC.1:2022): matrix and curves, a grey curve, a CMYK table.

Each comes with the way back, by the formulas alone: which device values show a colour of Lab.
"""

import struct

import numpy as np
from skimage.color import lab2xyz, rgb2xyz, xyz2lab

D65 = (0.3127, 0.3290)
D50 = (0.3457, 0.3585)
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
PRIMARIES = {  # x, y of red, green, blue and white
    "sRGB": ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), D65),
    "Display P3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), D65),
    "Adobe RGB": ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), D65),
    "ProPhoto": ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001), D50),
}
GAMMAS = {"sRGB": None, "Display P3": None, "Adobe RGB": 563 / 256, "ProPhoto": 1.8}
PAPER = np.array([100.0, 0, 0])
INKS = np.array([[-30.0, -36, -48], [-30, 68, -3], [-5, -4, 90], [-35, 0, 0]])  # Lab of C, M, Y, K


def written(space, pcs, tags, kind=b"mntr"):
    table, body, start = b"", b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    rest = struct.pack(">I", len(tags)) + table + body
    header = struct.pack(
        ">I4xI4s4s4s12x4s28x3i48x", 128 + len(rest), 0x02400000, kind, space, pcs, b"acsp",
        *fixed(0.9642, 1, 0.8249),
    )  # fmt: skip
    return header + rest


def fixed(*values):
    return [round(value * 65536) for value in values]


def xyz_tag(x, y, z):
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *fixed(x, y, z))


def curve_tag(values):
    values = np.asarray(values)
    return struct.pack(">4s4xI", b"curv", len(values)) + to_16_bits(values)


def to_16_bits(values):
    return (values * 65535).round().astype(">u2").tobytes()


def linear(values, gamma):
    """Return the linear light of device values, by sRGB's curve if no gamma is set."""
    if gamma:
        return values**gamma
    return np.where(values > 0.04045, ((values + 0.055) / 1.055) ** 2.4, values / 12.92)


def device(light, gamma):
    if gamma:
        return light ** (1 / gamma)
    return np.where(light > 0.0031308, 1.055 * light ** (1 / 2.4) - 0.055, light * 12.92)


def to_d50(white):
    """Return the Bradford adaptation as a matrix for columns of XYZ."""
    ratio = (BRADFORD @ xyz(*D50)) / (BRADFORD @ xyz(*white))
    return np.linalg.inv(BRADFORD) @ np.diag(ratio) @ BRADFORD


def xyz(x, y):
    return np.array([x / y, 1, (1 - x - y) / y])


def colorants(name):
    """Return a matrix whose columns are red, green and blue in XYZ under D50."""
    *primaries, white = PRIMARIES[name]
    columns = np.stack([xyz(*primary) for primary in primaries], 1)
    return to_d50(white) @ columns * np.linalg.solve(columns, xyz(*white))


def rgb_profile(name, code_points=None):
    curve = curve_tag(linear(np.linspace(0, 1, 1024), GAMMAS[name]))
    tags = {b"wtpt": xyz_tag(0.9642, 1, 0.8249)}
    for channel, column in zip(b"rgb", colorants(name).T, strict=True):
        tags |= {b"%cXYZ" % channel: xyz_tag(*column), b"%cTRC" % channel: curve}
    if code_points:
        tags[b"cicp"] = b"cicp\0\0\0\0" + bytes(code_points)
    return written(b"RGB ", b"XYZ ", tags)


def rgb_of(lab, name):
    """Return RGB in 0..1 of a profile's space for Lab under D50."""
    light = lab2xyz(lab, illuminant="D50") @ np.linalg.inv(colorants(name)).T
    assert light.min() > -0.001  # all are colours that it has
    assert light.max() < 1.001
    return device(light.clip(0, 1), GAMMAS[name])


def lab_of_rgb(values, name):
    light = linear(values, GAMMAS[name])
    return xyz2lab(light @ colorants(name).T, illuminant="D50")


def grey_profile(light):
    """Return a grey profile from the light of evenly spaced device values."""
    tags = {b"wtpt": xyz_tag(0.9642, 1, 0.8249), b"kTRC": curve_tag(light)}
    return written(b"GRAY", b"XYZ ", tags)


def grey_of(lab, light):
    luminance = lab2xyz(lab, illuminant="D50")[..., 1]
    return np.interp(luminance, light, np.linspace(0, 1, len(light)))


def scanner_profile():
    """Return an RGB profile with a table to Lab and none back from Lab."""
    levels = np.stack(np.meshgrid(*[(0, 1)] * 3, indexing="ij"), -1).reshape(-1, 3)
    lab = xyz2lab(rgb2xyz(levels[None].astype(float))[0])
    grid = (lab + np.array([0, 128, 128])) * (652.8, 256, 256) / 65535
    straight = to_16_bits(np.array([0, 1]))
    table = struct.pack(">4s4x4B9i2H", b"mft2", 3, 3, 2, 0, *fixed(*np.eye(3).ravel()), 2, 2)
    table += straight * 3 + to_16_bits(grid.clip(0, 1)) + straight * 3
    tags = {b"wtpt": xyz_tag(0.9642, 1, 0.8249), b"A2B0": table}
    return written(b"RGB ", b"Lab ", tags, b"scnr")


def cmyk_profile(kind=b"prtr", paper=PAPER, inks=INKS):
    """Make a profile whose inks each subtract a fixed Lab: linear, so that any grid is exact."""
    corners = np.stack(np.meshgrid(*[(0, 1)] * 4, indexing="ij"), -1).reshape(-1, 4)
    lab = paper + corners @ inks
    # ICC.1:2022, 10.10: lut16Type and its encoding of Lab. L ends at 0xFF00, a and b begin at -128.
    grid = (lab + np.array([0, 128, 128])) * (652.8, 256, 256) / 65535
    straight = to_16_bits(np.array([0, 1]))
    table = struct.pack(">4s4x4B9i2H", b"mft2", 4, 3, 2, 0, *fixed(*np.eye(3).ravel()), 2, 2)
    table += straight * 4 + to_16_bits(grid.clip(0, 1)) + straight * 3
    tags = {b"wtpt": xyz_tag(0.9642, 1, 0.8249), b"A2B0": table, b"A2B1": table}
    return written(b"CMYK", b"Lab ", tags, kind)


def lab_of_ink(cmyk):
    return PAPER + cmyk @ INKS


def lab_of(photo):
    """Convert sRGB pixels to Lab under D50."""
    light = rgb2xyz(np.asarray(photo.convert("RGB"))) @ to_d50(D65).T
    return xyz2lab(light, illuminant="D50")
