"""`make evaluate` and `make mattes` with one tool: files, output and exit code."""

import json
import sys

import pytest
from PIL import Image

from tests.tools.quality.folders import BLACK, HALF, picture, write
from tools.contenders.catalogue import MATTES, Tool, find
from tools.quality import __main__ as quality
from tools.quality import article, scenes
from tools.quality.scenes.scene import KINDS

pytestmark = pytest.mark.model  # which fetches the original networks, for the tools to find


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Draw the scenes at a quarter of their width, which takes a tenth of the time to measure."""
    data = scenes.drawn(tmp_path_factory.mktemp("drawn"))
    for scene in data.pictures:
        for path in (scene.photo, scene.truth):
            image = Image.open(path)
            image.resize((image.width // 4, image.height // 4)).save(path)
    return data


@pytest.fixture
def command(tmp_path, monkeypatch, drawn):
    monkeypatch.setattr(quality.scenes, "drawn", lambda folder: drawn)
    monkeypatch.setattr(quality, "BUILD", tmp_path / "build")
    monkeypatch.setattr(quality, "CACHE", tmp_path / "build" / "cutouts")
    monkeypatch.setattr(quality, "TOOLS", [find("null")])

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["quality", *map(str, words)])
        return quality.main()

    return run


@pytest.fixture
def good(tmp_path):
    write(tmp_path / "good" / "im" / "a.png", picture())
    write(tmp_path / "good" / "gt" / "a.png", HALF)
    return tmp_path / "good"


def results(tmp_path):
    return json.loads((tmp_path / "build" / "evaluation" / "results.json").read_text())


def test_a_data_set_is_evaluated_together_with_the_known_limits(command, good, tmp_path, capsys):
    assert command(good) == 0

    found = results(tmp_path)
    assert found["data_set"] == "good"
    assert [row["picture"] for row in found["rows"] if row["category"] == "good"] == ["a.png"]
    assert {row["category"] for row in found["rows"]} == {
        "good", "several subjects", "similar colours", "motion blur", "tiny subject",
    }  # fmt: skip
    assert found["standings"]["all"][0]["figures"]["iou"]["mean"] == 0.5
    assert "| null | 0.500 |" in capsys.readouterr().out
    assert "| null | 0.500 |" in (tmp_path / "build/evaluation/table.md").read_text()


def test_kinds_of_the_article_are_shown_beside_it(command, good, tmp_path, capsys, monkeypatch):
    kinds = ("portrait", "animal", "product", "logo", "hard")
    rows = [f"{kind}\tim/a.png\tgt/a.png" for kind in kinds]
    (good / "INDEX.tsv").write_text("\n".join(["category\timage\tgt", *rows]))
    monkeypatch.setattr(article, "BESIDE", ("null",))

    assert command(good) == 0

    ours = "| null | measured | 0.50 | 0.50 | 0.50 | 0.50 | 0.50 | 0.500 |"
    assert ours in capsys.readouterr().out
    assert ours in (tmp_path / "build/article/table.md").read_text()
    assert (tmp_path / "build/short/table.md").exists()
    assert "Photoshop 2024" in report(tmp_path)


def test_drawn_scenes_have_a_folder_of_their_own(command, tmp_path):
    assert command() == 0

    assert "drawn-scenes, 15 pictures" in (tmp_path / "build/scenes/table.md").read_text()
    assert not (tmp_path / "build/article").exists()


def test_unusable_pictures_are_listed_and_set_the_exit_code(command, good, tmp_path, capsys):
    for name in ("black", "unequal", "unreadable", "alone"):
        write(good / "im" / f"{name}.png", picture())
    write(good / "gt" / "black.png", BLACK)
    write(good / "gt" / "unequal.png", HALF.resize((20, 15)))
    write(good / "gt" / "unreadable.png", HALF)
    (good / "im" / "unreadable.png").write_bytes(b"no picture")

    assert command(good) == 3

    printed = capsys.readouterr()
    assert "4 left out" in printed.out
    for name in ("black", "unequal", "unreadable", "alone"):
        assert f"picture skipped: {name}.png: " in printed.err
    assert len(results(tmp_path)["left_out"]) == 4
    assert "picture skipped: black.png" in report(tmp_path)


def report(tmp_path):
    return (tmp_path / "build/evaluation/report.html").read_text()


def test_an_unavailable_tool_is_listed_as_not_run(command, good, tmp_path, monkeypatch):
    nobody = Tool("nobody", "ours", "tools.contenders.ours:nobody")
    monkeypatch.setattr(quality, "TOOLS", [find("null"), nobody])

    assert command(good) == 3

    assert results(tmp_path)["left_out"][0].startswith("not run: nobody: ")
    assert "not run: nobody: " in report(tmp_path)


def test_a_folder_without_truth_is_an_error_in_one_sentence(command, tmp_path, capsys):
    write(tmp_path / "photos" / "a.png", picture())

    assert command(tmp_path / "photos") == 1

    assert "no ground truth" in capsys.readouterr().err


def test_a_folder_of_unusable_pictures_is_an_error(command, tmp_path, monkeypatch):
    write(tmp_path / "bad" / "im" / "a.png", picture())
    write(tmp_path / "bad" / "gt" / "a.png", BLACK)

    assert command(tmp_path / "bad") == 1


def test_checking_a_data_set_without_floors_is_an_error(command, good, capsys):
    assert command(good, "--check") == 1

    assert "no floors for good" in capsys.readouterr().err


def test_figures_under_their_floors_are_an_error(command, tmp_path, monkeypatch, capsys):
    floors = tmp_path / "floors.toml"
    floors.write_text("[drawn-scenes]\npictures = 15\nleast.null.iou = 0.99\nlosses = {}\n")
    monkeypatch.setattr(quality.floors, "FILE", floors)

    assert command("--check") == 1

    printed = capsys.readouterr()
    assert "under its floor: null: iou is 0." in printed.err
    assert 'For floors.toml, if it is better:\nleast."null" = { iou = 0.' in printed.out


def test_the_report_needs_no_other_file(command, good, tmp_path):
    Image.effect_noise((40, 30), 90).convert("RGB").save(good / "im" / "a.png")

    command(good)

    html = report(tmp_path)
    assert "http" not in html.replace("http-equiv", "")
    assert html.count('src="data:image/webp;base64,') == 3 * 5  # best, median and worst
    assert "color-scheme: light dark" in html
    assert '<meta name="viewport"' in html


def mattes(tmp_path):
    folder = tmp_path / "build" / "mattes"
    return json.loads((folder / "results.json").read_text()), (folder / "table.md").read_text()


def test_edges_are_compared_on_scenes_of_both_generators(command, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(quality, "MATTES", MATTES[:1])

    assert command("--mattes", "--sizes", "0.08") == 0

    results, table = mattes(tmp_path)
    assert [(row["category"], row["picture"]) for row in results["rows"]] == [
        (f"{generator}, 0.08 MP", kind) for generator in "AB" for kind in KINDS
    ]
    assert "| edges off | A, 0.08 MP |" in table
    assert "| edges off | B, 0.08 MP |" in capsys.readouterr().out
    assert "no real matte was measured" in table


def test_the_comparison_of_edges_refuses_a_folder_of_pictures(command, good, capsys):
    with pytest.raises(SystemExit):
        command(good, "--mattes")

    assert "draws its own scenes" in capsys.readouterr().err


@pytest.mark.parametrize("sizes", ["", "many", "0", "4,-1", "nan", "1000"])
def test_sizes_that_cannot_be_drawn_are_refused(command, capsys, sizes):
    with pytest.raises(SystemExit):
        command("--mattes", "--sizes", sizes)

    assert "is no list of sizes from 0.01 to 50 MP" in capsys.readouterr().err


def test_a_tool_that_is_too_slow_is_reported_with_the_size(command, tmp_path, monkeypatch):
    monkeypatch.setattr(quality, "MATTES", MATTES[:1])
    monkeypatch.setattr(quality, "SLOW_MP", {"edges off": 0.02})

    assert command("--mattes", "--sizes", "0.02,0.03") == 3

    results, table = mattes(tmp_path)
    assert {row["category"] for row in results["rows"]} == {"A, 0.02 MP", "B, 0.02 MP"}
    assert table.endswith("\nnot run: edges off at 0.03 MP: takes minutes a scene.\n")
