"""Two contenders side by side, and what is told of it."""

import json

import numpy as np
import pytest
from PIL import Image

from tests.template.templates import SERVICE
from tools.bench import starts as cold
from tools.bench.__main__ import Findings, Stages, median_stages, of_answers
from tools.bench.duel import Duel, peaks, starts, warm
from tools.bench.photos import Photo, make
from tools.contenders.catalogue import Tool, find
from tools.contenders.process import Answer

pytestmark = pytest.mark.slow

SECONDS = Duel("call", 1, "s", [1.0, 2.0, 1.0], [3.0, 8.0, 5.0])


@pytest.fixture
def photo_file(tmp_path, photo):
    path = tmp_path / "photo.png"
    path.write_bytes(photo)
    return path


def test_the_ratio_is_the_median_of_the_rounds_and_not_of_the_medians():
    assert SECONDS.times == 4
    assert SECONDS.cells() == ["call", "1", "5 s", "1 s", "4.0 ×"]


def test_memory_is_told_in_percent_of_theirs():
    assert Duel("peak", 1, "MB", [300], [1000]).cells()[-1] == "30 %"


COUNTING = Tool("counting", "ours", "tests.tools.odd_tools:counting")


def test_the_first_call_of_each_does_not_count(tmp_path, photo_file):
    ours, theirs = warm((COUNTING, COUNTING), photo_file, 1, 3, tmp_path)

    assert [answer.said["call"] for answer in ours] == [2, 3, 4]
    assert [answer.said["call"] for answer in theirs] == [2, 3, 4]


def test_starts_are_as_many_as_asked_for(tmp_path, photo_file):
    ours, theirs = starts((COUNTING, find("null")), photo_file, 1, 2, tmp_path)

    assert len(ours) == len(theirs) == 2


def test_the_peak_is_that_of_a_new_process(tmp_path, photo_file):
    large = tmp_path / "large.png"
    Image.new("RGB", (4000, 3000), "red").save(large)

    (small_mb,), _ = peaks((find("null"), COUNTING), photo_file, 1, tmp_path)
    (large_mb,), _ = peaks((find("null"), COUNTING), large, 1, tmp_path)

    assert large_mb - small_mb > 36  # 12 MP of three bytes


def test_photos_have_their_size_their_grain_and_the_same_bytes_each_time(tmp_path):
    grainy, smooth = (make(Photo(1, grain), tmp_path / "a") for grain in (3, 0))
    again = make(Photo(1), tmp_path / "b")

    noise = np.asarray(Image.open(grainy)).astype(int) - np.asarray(Image.open(smooth))
    assert noise.shape == (1000, 1000, 3)
    assert 1 < noise.std() < 4
    assert again.read_bytes() == grainy.read_bytes()


def answer(seconds, size):
    return Answer(seconds, size, 100.0, "", {"stages_ms": {"decode": seconds * 1000}})


def test_the_findings_are_a_table_for_the_readme_and_json_with_every_round():
    ours, theirs = [answer(0.1, 900_000)] * 3, [answer(0.4, 1_000_000)] * 3
    findings = Findings("2026-01-01", "a machine", of_answers("1 MP", 1, ours, theirs),
                        [Stages("1 MP", 1, median_stages(ours))])  # fmt: skip

    table = findings.table()

    assert "| warm call, u2net, 1 MP | 1 | 0.4 s | 0.1 s | 4.0 × |" in table
    assert "| PNG of it, 1 MP | 1 | 1 MB | 0.9 MB | 90 % |" in table
    assert "| 1 MP | 1 | 100 |" in table
    assert json.loads(findings.as_json())["duels"][0]["ours"] == [0.1, 0.1, 0.1]


def test_every_function_of_the_template_is_started():
    commands = {
        name: function["ImageConfig"]["Command"]
        for name, function in SERVICE.of("AWS::Lambda::Function").items()
    }

    assert commands == {
        name: [f"cutout.{module}.handler"] for name, module in cold.FUNCTIONS.items()
    }


def test_what_a_start_loads_is_told(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(cold, "FUNCTIONS", {"SweepFunction": "lambdas.sweep"})
    monkeypatch.setattr(cold, "ROUNDS", 1)
    monkeypatch.setattr(cold, "OUT", tmp_path / "starts" / "table.md")

    assert cold.main() == 0
    assert cold.OUT.read_text().splitlines()[-1].startswith("| SweepFunction | ")
    assert cold.OUT.read_text().splitlines()[-1].endswith(" | no | no |")
