"""Two tools measured side by side."""

import pytest
from PIL import Image

from tools.contenders.catalogue import Tool, find
from tools.contenders.process import Answer
from tools.speed.comparison import Comparison, cold, of_rounds, warm

COUNTING = Tool("counting", "ours", "tests.tools.odd_tools:counting")
NULL = find("null")


@pytest.fixture
def photo_file(tmp_path, photo):
    path = tmp_path / "photo.png"
    path.write_bytes(photo)
    return path


def test_the_ratio_is_the_median_of_the_ratios_of_the_rounds():
    seconds = Comparison("call", 1, "s", [1.0, 2.0, 1.0], [3.0, 8.0, 5.0])

    assert seconds.ratio == 4
    assert seconds.cells() == ["call", "1", "5 s", "1 s", "4.0 ×"]


def test_memory_is_shown_as_a_share_of_rembgs():
    assert Comparison("peak", 1, "MB", [300], [1000]).cells()[-1] == "30 %"


def test_the_figures_of_each_side_are_kept_in_the_order_of_the_rounds():
    ours, theirs = (
        [Answer(seconds, seconds, 1, 100.0, "", {}) for seconds in each]
        for each in ([1, 2], [3, 8])
    )

    made = of_rounds("call", 1, "s", list(zip(ours, theirs, strict=True)), lambda it: it.seconds)

    assert (made.ours, made.theirs) == ([1, 2], [3, 8])


@pytest.mark.slow
def test_the_first_call_of_each_tool_is_not_timed(tmp_path, photo_file):
    rounds = warm((COUNTING, COUNTING), photo_file, 1, tmp_path, 3)

    assert [(a.said["call"], b.said["call"]) for a, b in rounds] == [(2, 2), (3, 3), (4, 4)]


@pytest.mark.slow
def test_a_cold_round_starts_new_processes_and_counts_their_start(tmp_path, photo_file):
    rounds = cold((COUNTING, NULL), photo_file, 1, tmp_path, 2)

    assert [answer.said["call"] for answer, _ in rounds] == [1, 1]
    assert all(answer.seconds > 0.01 for answer, _ in rounds)  # a Python takes longer to start


@pytest.mark.slow
def test_the_memory_peak_is_measured_in_a_new_process(tmp_path, photo_file):
    large = tmp_path / "large.png"
    Image.new("RGB", (4000, 3000), "red").save(large)

    small_mb, large_mb = (
        cold((NULL, COUNTING), file, 1, tmp_path, 1)[0][0].peak_mb for file in (photo_file, large)
    )

    assert large_mb - small_mb > 36  # 12 MP of three bytes
