"""The report in a real browser."""

from dataclasses import replace

import pytest

from tests.tools.evaluate.folders import HALF, picture, write
from tools.contenders.catalogue import find
from tools.evaluate import report
from tools.evaluate.dataset import load, read_truth
from tools.evaluate.report import Findings, Made
from tools.evaluate.run import run
from tools.evaluate.score import score


@pytest.fixture
def page(tmp_path, empty_page):
    write(tmp_path / "data" / "im" / "a.png", picture())
    write(tmp_path / "data" / "gt" / "a.png", HALF)
    (one,) = load(tmp_path / "data").pictures
    assert read_truth(one).kind == "mask"
    rows = score(run([find("null")], [one], tmp_path, tmp_path).all)
    other = [replaced(row, tool="another", iou=0.9) for row in rows]
    made = Made("2026-01-01", "a machine", 1.0, 0)
    report.write(Findings("data", made, rows + other, [], []), tmp_path)
    empty_page.goto((tmp_path / "report.html").as_uri())
    return empty_page


def replaced(row, tool, **values):
    scores = replace(row.scores, values=row.scores.values | values)
    return replace(row, outcome=replace(row.outcome, tool=tool), scores=scores)


def tools_of(table):
    return table.locator("tbody td:first-child").all_inner_texts()


def test_a_column_is_sorted_up_and_then_down(page):
    table = page.locator("table.sortable").first
    assert tools_of(table) == ["null", "another"]

    table.get_by_role("button", name="IoU").click()
    assert tools_of(table) == ["null", "another"]
    assert table.get_by_role("columnheader", name="IoU").get_attribute("aria-sort") == "ascending"

    table.get_by_role("button", name="IoU").click()
    assert tools_of(table) == ["another", "null"]

    table.get_by_role("button", name="tool").click()
    assert tools_of(table) == ["another", "null"]


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

    assert sizes == [400] * 6
