"""The plots of the bench."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from tools.speed import plots, svg
from tools.speed.measuring import Results
from tools.speed.photos import Photo
from tools.speed.plan import Case

EVALUATED = "2026-11-30:\n\n| tool | IoU | max F |\n| --- | ---: | ---: |\n" + "".join(
    f"| {name} | 0.8{number} | 0.9{number} |\n"
    for number, name in enumerate(plots.EVALUATED.values())
)


@pytest.fixture
def drawings(tmp_path, results):
    """Return a function that writes the plots and returns their texts by name."""
    (tmp_path / "README.md").touch()

    def drawings(results=results, evaluation=""):
        if evaluation:
            (tmp_path / "build" / "evaluation").mkdir(parents=True)
            (tmp_path / "build" / "evaluation" / "table.md").write_text(evaluation)
        plots.write(results, tmp_path, tmp_path / "plots")
        return {path.stem: path.read_text() for path in (tmp_path / "plots").iterdir()}

    return drawings


def words(drawing):
    return [
        text.text
        for text in ElementTree.fromstring(drawing).iter("{http://www.w3.org/2000/svg}text")
    ]


def test_there_is_a_plot_of_time_stages_memory_and_quality(drawings):
    made = drawings(evaluation=EVALUATED)

    assert set(made) == {"bench-time", "bench-stages", "bench-memory", "bench-quality"}
    assert {"rembg", "Cutout", "Cutout before", "50", "seconds"} <= set(words(made["bench-time"]))
    assert {"Cutout, best", "IoU", "max F"} <= set(words(made["bench-quality"]))
    assert {"predict", "50 MP", "253", "281 ms"} <= set(words(made["bench-stages"]))


def test_without_an_evaluation_there_is_no_plot_of_quality_and_a_sentence(drawings, capsys):
    assert "bench-quality" not in drawings()
    assert "`make evaluate DATA=...`" in capsys.readouterr().out


def test_nothing_is_drawn_of_nothing(drawings):
    assert drawings(Results({Case(Photo(1)): []})) == {}


def test_every_colour_has_one_for_a_dark_page(drawings):
    light, dark = drawings()["bench-time"].split("@media(prefers-color-scheme:dark)")

    for name in svg.COLOURS:
        assert f".{name}{{color:#" in light
        assert f".{name}{{color:#" in dark
    assert "text{fill" in light and "text{fill" in dark


def test_a_point_is_where_its_axes_say():
    x = svg.even_axis("x", 0, 10, 5, 100, 200)
    y = svg.log_axis("y", [1.25, 8], 300, 100)

    assert [x.px(0), x.px(5), x.px(10)] == [100, 150, 200]
    assert (y.px(1), y.px(10), y.px(10**0.5)) == (300, 100, 200)
    assert list(y.ticks) == [1, 2, 5, 10]


def test_names_of_lines_that_end_together_do_not_overlap():
    x, y = (svg.even_axis("", 0, 1, 1, 0, 100) for _ in "xy")
    lines = [svg.Series(name, "ours", [(0, 0), (1, 0.5)]) for name in "abc"]

    drawn = "".join(svg.plot(x, y, lines))
    places = sorted(map(float, re.findall(r' y="([\d.]+)" class="name"', drawn)))

    assert [lower - upper for upper, lower in pairwise(places)] == [svg.LINE_PX] * 2
