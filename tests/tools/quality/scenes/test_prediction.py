"""The simulated saliency map is as coarse and inexact as a small network's."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tools.quality.measures.saliency import iou
from tools.quality.scenes.prediction import SIDE, simulated_map


def drawn(draw_on, size=(1280, 960)):
    alpha = Image.new("L", size)
    draw_on(ImageDraw.Draw(alpha))
    truth = Image.new("RGBA", size)
    truth.putalpha(alpha)
    return truth


@pytest.fixture
def disc():
    return drawn(lambda draw: draw.ellipse((340, 180, 940, 780), fill=255))


def test_the_map_has_the_engines_format_and_is_reproducible(disc):
    first, second = simulated_map(disc), simulated_map(disc)

    assert first.shape == (SIDE, SIDE)
    assert first.dtype == np.float32
    assert first.min() == 0
    assert first.max() == 1
    assert (first == second).all()
    assert (first != simulated_map(disc, seed=1)).any()


def test_a_large_subject_is_found_with_an_inexact_outline(disc):
    alpha = np.asarray(disc.getchannel("A").resize((SIDE, SIDE), Image.Resampling.BOX)) / 255

    assert 0.93 < iou(simulated_map(disc), alpha) < 0.995


def test_an_edge_is_soft_over_several_px_of_the_map(disc):
    across = simulated_map(disc)[SIDE // 2]

    assert 6 < ((across > 0.05) & (across < 0.95)).sum() < 30


def test_a_thread_is_lost():
    thread = drawn(lambda draw: draw.line((0, 480, 1280, 480), fill=255, width=3))

    assert simulated_map(thread).max() < 0.5


def test_a_strap_is_found_with_medium_values():
    strap = drawn(lambda draw: draw.line((640, 0, 640, 960), fill=255, width=10))

    assert 0.1 < simulated_map(strap)[SIDE // 2].max() <= 1
    assert np.median(simulated_map(strap).max(1)) < 0.9


def test_half_transparent_glass_has_medium_values():
    def pane_in_a_frame(draw):
        draw.rectangle((340, 180, 940, 780), fill=100, outline=255, width=80)

    assert 0.3 < simulated_map(drawn(pane_in_a_frame))[SIDE // 2, SIDE // 2] < 0.9


def test_an_empty_truth_gives_an_empty_map():
    assert simulated_map(Image.new("RGBA", (64, 48))).max() == 0
