"""Tables of a run for the README and docs/."""

from tests.tools.quality.rows import row
from tools.quality.report import Findings
from tools.quality.summary import Summary
from tools.quality.tables import beside_article, edge_table, short, table

BASE = dict.fromkeys(("iou", "f_half", "mae", "s_measure", "e_measure", "sobel", "boundary_f"), 0.5)


def findings(rows, kept=0):
    return Findings("data", "2026-01-01", "a machine", 1.0, kept, rows, [])


def test_the_table_marks_results_of_an_earlier_run():
    rows = [row("null", "a", **BASE)]

    text = table(findings(rows, kept=1), Summary(rows))

    assert text.startswith(
        "data, 1 pictures, 2026-01-01, a machine, one thread; 1 times are from an earlier run:"
    )
    assert (
        "| null | 0.500 | 0.500 | 0.500 | 0.500 | 0.500 | 0.500 | 0.500 | 0.500 | 1.00 | 100 |"
        in text
    )


def test_the_differences_have_intervals_counts_seconds_and_memory():
    rows = [
        *(row("cutout best", name, seconds=2.0, **BASE | {"iou": iou})
          for name, iou in (("a", 0.9), ("b", 0.53), ("c", 0.515), ("d", 0.47), ("e", 0.5))),
        *(row("rembg u2net", name, seconds=3.0, **BASE) for name in "abcde"),
    ]  # fmt: skip

    text = table(findings(rows), Summary(rows))

    assert "| cutout best less rembg u2net | +0.0830 (" in text
    assert "| 1 / 2 | 2.00 / 3.00 | 100 / 100 |" in text


def test_the_differences_of_iou_are_by_category_too():
    rows = [
        row("cutout best", "a", "logo", **BASE | {"iou": 0.6}),
        row("cutout best", "b", "hard", **BASE | {"iou": 0.4}),
        row("rembg u2net", "a", "logo", **BASE),
        row("rembg u2net", "b", "hard", **BASE),
    ]

    text = table(findings(rows), Summary(rows))

    assert "| IoU, and worse / better | logo | hard |" in text
    assert "| cutout best less rembg u2net | +0.1000, 0 / 1 | -0.1000, 1 / 0 |" in text


def test_the_readme_shows_three_qualities_and_rembg():
    tools = ("null", "cutout best", "cutout u2net", "cutout u2netp", "rembg u2net")
    rows = [row(tool, "a", **BASE) for tool in tools]

    lines = short(findings(rows), Summary(rows)).splitlines()[4:]

    names = [line.split("|")[1].strip() for line in lines]
    assert names == ["Cutout, `best`", "Cutout, `standard`", "Cutout, `fast`", "rembg, u2net"]
    assert lines[0] == "| Cutout, `best` | 0.500 | 0.500 | 0.500 | 1.00 | 100 |"


def test_our_figures_are_beside_those_of_the_article_and_marked_as_measured():
    kinds = enumerate(("portrait", "animal", "product", "logo", "hard"), start=1)
    rows = [row("cutout best", kind, kind, **BASE | {"iou": n / 10}) for n, kind in kinds]

    text = beside_article(findings(rows), Summary(rows))

    assert "| Photoshop 2024 (Select subject, Refine edge) | quoted | 0.89 | 0.85 | 0.82 |" in text
    assert "| cutout best | measured | 0.10 | 0.20 | 0.30 | 0.40 | 0.50 | 0.300 | 0.500 |" in text
    assert "| portrait | pet / animal | product | logo/icon | composite / hard |" in text
    assert "2026-01-28" in text
    assert "cannot be reproduced" in text


def test_a_data_set_without_a_kind_of_the_article_is_not_beside_it():
    rows = [row("cutout best", "a", "portrait", **BASE)]

    assert beside_article(findings(rows), Summary(rows)) == ""


def test_a_tool_that_failed_at_a_whole_category_is_in_the_table():
    rows = [row("null", "a", "logo", failed="it ended", **BASE), row("null", "b", "hard", **BASE)]

    assert "| null | 0.500 / 0.500 / 0.500 | 0.500" in table(findings(rows), Summary(rows))


def test_the_table_of_edges_has_means_by_tool_and_size():
    band = {"sad_band": 1.25, "gradient_band": 3.0, "fringe": 4.0, "iou": 0.9}
    rows = [
        row("ours", kind, "A, 4 MP", seconds=seconds, mse_band=mse, **band)
        for kind, mse, seconds in (("hair", 20.0, 0.5), ("fur", 40.0, 1.5))
    ]

    text = edge_table(findings(rows), Summary(rows))

    assert "| ours | A, 4 MP | 1.2 | 30.0 | 3.0 | 4.0 | 0.900 | 1.00 | 100 |" in text
