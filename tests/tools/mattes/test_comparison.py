"""Scenes are drawn once, every tool gets the same map, and the tables say what was measured."""

import ast
import json
import sys
from importlib.util import resolve_name
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tools.contenders.catalogue import MATTES, Tool
from tools.evaluate.measures import matting
from tools.evaluate.measures import measure as all_measures
from tools.evaluate.measures.arrays import to_alpha
from tools.mattes import __main__ as command
from tools.mattes import folder, report, score
from tools.mattes.folder import draw
from tools.mattes.report import Findings, table
from tools.mattes.run import Row, cut_out
from tools.mattes.score import Truth
from tools.mattes.sheet import SIDE, hardest

pytestmark = pytest.mark.slow

SMALL = 0.08  # MP
PLAIN = next(tool for tool in MATTES if tool.name == "edges off")


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    return draw("a", SMALL, ["fur", "straps"], tmp_path_factory.mktemp("mattes"))


def test_scenes_are_drawn_once(scenes, monkeypatch):
    monkeypatch.setitem(folder.GENERATORS, "a", lambda megapixels, kinds: iter(kinds))

    again = draw("a", SMALL, ["fur", "straps"], scenes[0].map.parents[2])

    assert again == scenes
    assert np.load(again[0].map).shape == (320, 320)


def test_scenes_are_drawn_anew_when_a_generator_has_changed(scenes, monkeypatch):
    monkeypatch.setattr(folder, "SOURCES", folder.SOURCES[:-1])

    again = draw("a", SMALL, ["fur"], scenes[0].map.parents[2])

    assert again[0].map != scenes[0].map


def drawing_modules(name):
    """That a module takes names from."""
    package = name.rpartition(".")[0]
    for node in ast.walk(ast.parse(Path(sys.modules[name].__file__).read_text())):
        if isinstance(node, ast.ImportFrom):
            source = resolve_name("." * node.level + (node.module or ""), package)
            for module in (source, *(f"{source}.{alias.name}" for alias in node.names)):
                is_drawing = module.startswith(("tools.mattes.", "tools.evaluate.scenes."))
                if is_drawing and module in sys.modules:
                    yield module


def test_every_source_of_the_scenes_counts():
    used, found = set(), {"tools.mattes.strands", "tools.mattes.fields"}
    while found:
        used |= found
        found = {one for name in found for one in drawing_modules(name)} - used
    named = {f"tools.{name.removesuffix('.py').replace('/', '.')}" for name in folder.SOURCES}

    assert named == used | {"tools.mattes.prediction"}


def test_a_tool_cuts_along_the_map_and_tells_its_own_seconds(scenes, tmp_path):
    left_out = []

    made = cut_out([PLAIN], scenes, tmp_path, left_out)

    assert left_out == []
    assert [one.scene for one in made] == scenes
    assert 0 < made[0].seconds < 5
    assert made[0].peak_mb == made[1].peak_mb > 20
    alpha = Image.open(made[0].file).getchannel("A").resize((320, 320), Image.Resampling.BOX)
    assert np.abs(np.asarray(alpha) / 255 - np.load(scenes[0].map)).mean() < 0.01


def test_a_tool_that_fails_is_left_out_with_a_sentence(scenes, tmp_path):
    broken = Tool("broken", "ours", "tools.contenders.mattes:edges", {"edges": "odd", "x": 1})
    left_out = []

    made = cut_out([broken], scenes, tmp_path, left_out)

    assert made == []
    assert "broken at 0.08 MP after 0 scenes" in left_out[0]


def test_the_measures_are_those_of_the_evaluation(scenes, tmp_path):
    """The tile around the band leaves out nothing that counts."""
    [made] = cut_out([PLAIN], scenes[:1], tmp_path, [])
    cutout, truth = score.read(made.file), score.read(scenes[0].truth)

    values = score.measure(cutout, Truth.read(scenes[0].truth))

    expected = all_measures(cutout, truth, is_alpha=True, has_colours=True).values
    assert values["iou"] == expected["iou"]
    assert values["fringe"] == pytest.approx(expected["fringe"])
    for key in ("sad", "mse", "gradient"):
        assert values[key] == pytest.approx(expected[f"{key}_band"])


def test_the_band_is_that_of_the_whole_truth(scenes):
    truth = Truth.read(scenes[1].truth)

    whole = matting.unknown_band(to_alpha(truth.pixels))

    assert truth.band.sum() == whole.sum()
    assert (whole[truth.tile] == truth.band).all()


def rows():
    values = {"sad": 1.25, "mse": 20.0, "gradient": 3.0, "fringe": 4.0, "iou": 0.9}
    other = values | {"mse": 40.0}
    return [
        Row("ours", "hair", 4, values, 0.5, 100),
        Row("ours", "fur", 4, other, 1.5, 100),
        Row("theirs", "hair", 4, other, 9.0, 2000),
    ]


def test_the_table_has_means_by_tool_and_size():
    text = table(Findings("today", "here", "given", {"a": rows()}, ["x, which is slow"] * 2))

    assert "| ours | 4 | 1.2 | 30.0 | 3.0 | 4.0 | 0.900 | 1.00 | 100 |" in text
    assert "| theirs | 4 |" not in text  # a mean over other scenes than ours
    assert "no real matte was measured" in text
    assert text.endswith("Left out: x, which is slow.\n")


def test_every_scene_is_told_beside_it():
    text = report.scenes(Findings("today", "here", "given", {"a": rows()}))

    assert "MSE of each scene of generator A:" in text
    assert "| hair, 4 MP | 20.0 | 40.0 |" in text
    assert "| fur, 4 MP | 40.0 | - |" in text


def test_results_can_be_kept_as_json():
    findings = Findings("today", "here", "given", {"a": rows()})

    assert json.loads(json.dumps(findings.as_json()))["rows"]["a"][0]["tool"] == "ours"


def test_the_hardest_part_is_where_the_alphas_differ():
    truth = Image.new("RGBA", (800, 600), (255, 0, 0, 255))
    cutout = truth.copy()
    cutout.paste((0, 0, 0, 0), (640, 100, 680, 140))

    left, top, right, bottom = hardest(cutout, truth)

    assert (right - left, bottom - top) == (SIDE, SIDE)
    assert left <= 640 < 680 <= right <= 800
    assert 0 <= top <= 100 < 140 <= bottom


def test_the_command_writes_its_table_its_results_and_a_sheet(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "OUT", tmp_path)
    monkeypatch.setattr(command, "MATTES", (PLAIN,))
    monkeypatch.setattr(sys, "argv", ["mattes", "--generator", "b", "--sizes", "0.08",
                                      "--kinds", "letters"])  # fmt: skip

    assert command.main() == 0

    assert "| edges off | 0.08 |" in (tmp_path / "table.md").read_text()
    assert "| edges off | 0.08 |" in capsys.readouterr().out
    assert json.loads((tmp_path / "results.json").read_text())["rows"]["b"][0]["kind"] == "letters"
    assert (
        Image.open(BytesIO((tmp_path / "sheet-b-given.png").read_bytes())).width == 320 + 3 * SIDE
    )


def test_an_unknown_kind_is_a_sentence(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["mattes", "--kinds", "feathers"])

    with pytest.raises(SystemExit):
        command.main()

    assert "feathers: not of hair" in capsys.readouterr().err


def test_what_takes_too_long_at_a_size_is_not_run_and_said(monkeypatch):
    findings = Findings("today", "here", "given")

    names = [tool.name for tool in command._tools(12, findings)]

    assert "rembg -a" not in names
    assert "edges fine" in names
    assert "rembg -a at 12 MP" in findings.left_out[0]
    assert "Left out: rembg -a at 12 MP" in report.table(findings)
