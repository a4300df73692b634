"""What the formats of a cutout weigh and lose."""

import tomllib
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tests.conftest import opened
from tools.cost import formats, inputs
from tools.cost.formats import Comparison

WRITTEN = inputs.tables()
ROW = Comparison(
    "1 MP before a wall", png_bytes=1000, webp_bytes=250, png_ms=30, webp_ms=50, alpha_levels=0,
    opaque_levels=1.5, soft_levels=0.75, soft_most=9,
)  # fmt: skip


@pytest.fixture
def cutout():
    """A disc of grain, opaque in the middle and soft to its edge."""
    y, x = np.mgrid[:120, :160]
    alpha = np.clip(255 * (50 - np.hypot(x - 80, y - 60)) / 10, 0, 255).astype(np.uint8)
    colours = np.random.default_rng(0).integers(100, 160, (120, 160, 3), np.uint8)
    colours[alpha == 0] = 0
    return Image.fromarray(np.dstack([colours, alpha]))


def test_a_webp_keeps_the_alpha_and_loses_colours(cutout):
    compared = formats.compare("disc", cutout)

    assert compared.alpha_levels == 0
    assert 0 < compared.soft_levels < compared.opaque_levels < 30
    assert compared.webp_bytes < compared.png_bytes


@pytest.mark.parametrize("background", [(255, 255, 255), (0, 0, 0), (0, 255, 0)])
def test_a_soft_edge_differs_as_much_before_any_background(cutout, background):
    webp = opened(formats.writer.encode(cutout, "webp")).convert("RGBA")
    alpha = np.asarray(cutout)[..., 3]
    is_soft = (alpha >= formats.SOFT) & (alpha < 255)

    seen = []
    for picture in (cutout, webp):
        pixels = np.asarray(picture).astype(float)
        share = pixels[..., 3:] / 255
        seen.append(share * pixels[..., :3] + (1 - share) * background)

    shown = np.abs(seen[0] - seen[1])[is_soft].mean()
    assert formats.compare("disc", cutout).soft_levels == pytest.approx(shown, rel=1e-4)


def test_an_alpha_that_differs_is_seen(cutout, monkeypatch):
    monkeypatch.setattr(formats.writer, "WEBP", {"quality": 90, "alpha_quality": 1})
    monkeypatch.setitem(formats.writer.KINDS_OUT, "webp", ("WEBP", formats.writer.WEBP))

    assert formats.compare("disc", cutout).alpha_levels > 0


def test_the_measured_table_is_one_that_the_cost_model_reads():
    text = formats.measured([ROW, replace(ROW, photo="12 MP before a wall", webp_bytes=500)])

    changed = inputs.parse(WRITTEN | tomllib.loads(text))

    shares = [changed.formats["webp"][size] for size in ("1", "12")]
    assert shares == [{"share": 0.25, "more_ms": 20}, {"share": 0.5, "more_ms": 20}]


def test_the_table_shows_bytes_time_and_differences():
    assert (
        "| 1 MP before a wall | 1 | 0 | 0.25 | 30 | 50 | 0 | 1.50 | 0.75 | 9 |"
        in formats.section([ROW])
    )
