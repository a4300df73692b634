"""Tone-maps PQ and HLG (ITU-R BT.2100) to sRGB, as browsers show them on a screen without HDR."""

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import cicp

Bytes8 = NDArray[np.uint8]
Light = NDArray[np.float32]  # linear; 1 is the reference white

ROWS = 64
WHITE = 203.0  # cd/m2: BT.2408, the reference white
PQ_PEAK, HLG_PEAK = 10_000.0, 1000.0  # cd/m2
TYPICAL_PEAK = 1000.0  # cd/m2, of a picture that does not say how bright it is
HEADROOM = math.log2(TYPICAL_PEAK / WHITE)
KAPPA = 0.65
SDR_STEPS = 65535
LUMINANCE = np.array([0.2627, 0.6780, 0.0593], np.float32)  # of BT.2020


class Hdr(NamedTuple):
    """The encoding of an HDR picture: ITU-R BT.2100's PQ or HLG, with primaries and peak."""

    transfer: int  # cicp.PQ or cicp.HLG
    primaries: cicp.Chromaticities
    peak: float  # cd/m2: the brightest value, or the brightest of the display it was made on


class Knee(NamedTuple):
    """SMPTE ST 2094-50, annex C: the reference white's tone mapping, for a headroom of 0. White
    becomes `white`, and from there on a quadratic Bezier curve reaches 1 at the peak."""

    white: float
    middle: tuple[float, float]
    peak: float


def to_srgb(values: Bytes8, hdr: Hdr) -> Bytes8:
    """Return pixels (H, W, 3) in sRGB."""
    decode = _light_of_levels(hdr.transfer, np.arange(256) / 255)
    result = np.empty_like(values)
    for top in range(0, len(values), ROWS):
        result[top : top + ROWS] = _tone_map(decode.take(values[top : top + ROWS]), hdr)
    return result


def grey_to_srgb(levels: int, hdr: Hdr) -> Bytes8:
    """Return a table of grey in sRGB for so many levels of encoded grey."""
    light = _light_of_levels(hdr.transfer, np.linspace(0, 1, levels))
    return _tone_map(np.repeat(light[:, None], 3, 1), hdr)[:, 1]


def _light_of_levels(transfer: int, encoded: NDArray[np.float64]) -> Light:
    """Return light of PQ's display, or of HLG's scene, where 1 is the brightest."""
    if transfer == cicp.PQ:
        root = encoded ** (32 / 2523)
        share = np.maximum(root - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * root)
        light = share ** (8192 / 1305)
    else:
        a = 0.17883277
        b, c = 1 - 4 * a, 0.5 - a * math.log(4 * a)
        light = np.where(encoded > 0.5, (np.exp((encoded - c) / a) + b) / 12, encoded**2 / 3)
    return light.astype(np.float32)


def _tone_map(light: Light, hdr: Hdr) -> Bytes8:
    light = light @ _matrix(hdr.primaries, cicp.BT2020)
    if hdr.transfer == cicp.PQ:
        light *= PQ_PEAK / WHITE
    else:  # the display of 1,000 cd/m2 has a system gamma of 1.2
        light *= HLG_PEAK / WHITE * (light @ LUMINANCE).clip(0)[..., None] ** 0.2
    red, green, blue = np.moveaxis(light, -1, 0)  # max() of three at a time takes 20 x as long
    brightest = np.maximum(np.maximum(red, green), blue)
    light *= _gain(brightest, _knee(hdr.peak))[..., None]
    steps = (light @ _matrix(cicp.BT2020, cicp.BT709)).clip(0, 1) * SDR_STEPS + 0.5
    return _encoding().take(steps.astype(np.uint16))


def _matrix(source: cicp.Chromaticities, target: cicp.Chromaticities) -> Light:
    """Return the matrix for rows of linear RGB."""
    to_xyz, back = cicp.to_xyz(source), cicp.to_xyz(target)
    assert to_xyz is not None
    assert back is not None
    return np.linalg.solve(back, to_xyz).T.astype(np.float32)


def _knee(peak: float) -> Knee:
    headroom = math.log2(max(peak / WHITE, 1))
    white = 1 - 0.5 * min(headroom / HEADROOM, 1)
    middle = 1 - KAPPA + KAPPA / white, (1 - KAPPA) * white + KAPPA
    return Knee(white, middle, 2**headroom)


def _gain(brightest: Light, knee: Knee) -> Light:
    """Return the factor by which a pixel whose brightest channel has this light is dimmed."""
    white, (x, y), peak = knee
    if peak == 1:
        return np.ones_like(brightest)
    above = brightest.clip(1, peak) - 1
    # Where on the curve is this light: 0 at white and 1 at the peak.
    a, b = 1 - 2 * x + peak, 2 * (x - 1)
    at = 2 * above / (b + np.sqrt(b * b + 4 * a * above))
    mapped = white + at * (2 * (y - white) + at * (white - 2 * y + 1))
    return np.where(brightest > 1, mapped / np.maximum(brightest, 1), white).astype(np.float32)


@cache
def _encoding() -> Bytes8:
    """Return the table from linear light in steps to sRGB."""
    light = np.arange(SDR_STEPS + 1) / SDR_STEPS
    encoded = np.where(light > 0.0031308, 1.055 * light ** (1 / 2.4) - 0.055, 12.92 * light)
    return (encoded * 255 + 0.5).astype(np.uint8)
