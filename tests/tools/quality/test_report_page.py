"""The HTML report in a real browser."""

from dataclasses import replace

import pytest

from tests.tools.quality.folders import HALF, picture, write
from tools.contenders.catalogue import find
from tools.quality import report
from tools.quality.dataset import load, read_truth
from tools.quality.report import Findings
from tools.quality.run import run, score
from tools.quality.summary import Summary


@pytest.fixture
def page(tmp_path, empty_page):
    write(tmp_path / "data" / "im" / "a.png", picture())
    write(tmp_path / "data" / "gt" / "a.png", HALF)
    (one,) = load(tmp_path / "data").pictures
    assert read_truth(one).kind == "mask"
    rows = score(run([find("null")], [one], tmp_path, tmp_path).all)
    other = [replaced(row, tool="another", iou=0.9) for row in rows]
    findings = Findings("data", "2026-01-01", "a machine", 1.0, 0, rows + other, [])
    report.write(findings, report.sections(Summary(rows + other)), "", tmp_path)
    empty_page.goto((tmp_path / "report.html").as_uri())
    return empty_page


def replaced(row, tool, **values):
    return replace(row, tool=tool, scores=replace(row.scores, values=row.scores.values | values))


def test_the_best_tool_of_a_measure_is_marked(page):
    row = page.locator("table").first.locator("tr").filter(has_text="another")

    assert row.locator("td.best").first.inner_text() == "0.900"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_without_scrolling_sideways(page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 800})

    width = page.evaluate("document.documentElement.scrollWidth")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert width == 360
    assert background.startswith("oklch(0.99" if scheme == "light" else "oklch(0.2")


def test_every_picture_of_the_gallery_is_drawn(page):
    sizes = page.evaluate("[...document.images].map(image => image.naturalWidth)")

    assert sizes == [440] * 6
