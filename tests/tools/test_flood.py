"""A plain server under attack, as `python -m tools.flood` starts it."""

import os

import pytest

from tools import flood

pytestmark = pytest.mark.slow

KB_OF_LOG = 40
MB_OF_BODIES = 8 * 22
MB_BESIDES = 100  # of the engine, for the usual call


@pytest.fixture
def environment(red_folder):
    return os.environ | {"CUTOUT_MODEL": "red", "CUTOUT_MODELS": str(red_folder)}


@pytest.fixture(scope="module")
def small():
    return flood.noise(200)


def test_stalled_connections_neither_shut_others_out_nor_take_memory_or_log(
    environment, small, tmp_path
):
    environment = environment | {"CUTOUT_MAX_BYTES": str(4 * 1024 * 1024)}
    with flood.server("cutout.server", tmp_path, environment, descriptors=120) as served:
        flood.call(served.port, small)
        heads = flood.attack(served, "heads", flood.half_a_head, 150, small, hold_s=0)
        bodies = flood.attack(served, "bodies", flood.unfinished_body(8), 12, small, hold_s=0)
        after, _ = flood.call(served.port, small)

    assert [heads.call[:3], bodies.call[:3], after] == ["200", "200", "200"]
    assert heads.still_open <= 60  # half of the descriptors
    assert bodies.most_mb - bodies.before_mb < 8 * 4 + 25
    assert heads.log_kb + bodies.log_kb < KB_OF_LOG


@pytest.mark.nightly
@pytest.mark.parametrize("module", ["cutout.server", "tools.serve"])
def test_two_thousand_heads_and_the_memory_of_25_bodies_are_gone_within_40_s(
    environment, small, tmp_path, module
):
    with flood.server(module, tmp_path, environment) as served:
        flood.call(served.port, small)
        reports = [
            flood.attack(served, "heads", flood.half_a_head, 2000, small, hold_s=40),
            flood.attack(served, "bodies", flood.unfinished_body(40), 25, small, hold_s=40),
        ]

    for report in reports:
        assert report.call.startswith("200")
        assert report.still_open == 0
        assert report.most_mb - report.before_mb < MB_OF_BODIES + MB_BESIDES
        assert report.after_mb - report.before_mb < 60
        assert report.log_kb < KB_OF_LOG
