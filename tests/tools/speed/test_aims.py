"""The table of the aims."""

from dataclasses import replace

import pytest

from tools.contenders.catalogue import ROOT
from tools.speed import aims, plan
from tools.speed.measuring import Results
from tools.speed.photos import Photo
from tools.speed.plan import Case

CONTAINER = """2026-11-26, a machine:

|  | rembg | Cutout | ratio |
| --- | ---: | ---: | ---: |
| init phase, u2netp | 0.76 s | 0.41 s | 4.9 × |
| init phase, u2net | 1.09 s | 0.47 s | 4.3 × |
"""
EVALUATION = """data-dev, 94 pictures, 2026-11-30:

| first less second | IoU | max F | MAE | Sobel accuracy | boundary F |
| --- | ---: | ---: | ---: | ---: | ---: |
| cutout best less rembg u2net | +0.0120 ({low} … +0.0149) | +0.0060 (+0.0010 … +0.0063) | 0 | 0 | 0 |
| cutout u2net less cutout u2net fp32 | 0 | -0.0020 (-0.0065 … +0.0020) | +0.0004 | 0 | 0 |
| cutout u2netp less cutout u2netp fp32 | 0 | -0.0009 | +0.0000 | 0 | 0 |
| cutout u2net less cutout u2net, edges off | 0 | +0.0005 | 0 | +0.04 | -0.0001 |
"""  # noqa: E501
MATTES = """2026-11-26, a machine:

|  | MP | SAD | MSE | gradient | fringe | seconds |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
| edges fine | 0.5 | 8.1 | 29.6 | 18.2 | 19.7 | 0.2 |
| rembg -a | 0.5 | 18.9 | 81.5 | 33.9 | 19.3 | 2.0 |
| edges fine | 12 | 8.1 | 29.6 | 18.2 | 10.7 | 0.4 |
"""


@pytest.fixture
def rows(tmp_path, results):
    """Return a function that returns the rows of the table by their figures."""
    (tmp_path / "README.md").touch()

    def rows(results=results, before=False, **sections):
        for name, table in sections.items():
            path = tmp_path / "build" / name / "table.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(table)
        now = aims.Cutout(results, root=tmp_path)
        earlier = aims.Cutout(results, plan.BEFORE, plan.BEFORE_FAST, tmp_path)
        lines = aims.table(now, earlier if before else None).splitlines()[2:]
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        return {figure: rest for figure, *rest in cells}

    return rows


def test_measured_figures_are_shown_for_both_numbers_of_threads(rows):
    assert rows()["warm call, 1 MP, 1 / 2 threads"] == [
        "rembg", "≥ 4 ×", "4.4 / 4.4 ×", "yes", "this run"
    ]  # fmt: skip


def test_a_figure_that_misses_its_aim_at_one_size_is_not_met(rows):
    assert rows()["peak memory, 1 / 12 / 50 MP"][2:4] == ["20 / 21 / 22 %", "yes"]
    assert rows()["start to first cutout, u2netp, 1 / 2 threads"][2:4] == ["4.4 / 4.4 ×", "no"]


def test_a_png_may_have_a_tenth_more_bytes_at_every_size(rows, results):
    case = Case(Photo(50))
    larger = [
        each | {plan.CUTOUT_NOW: replace(each[plan.CUTOUT_NOW], bytes=1_180_000)}
        for each in results.rounds[case]
    ]
    at_50_mp = Results({**results.rounds, case: larger})

    name = "bytes of the PNG, 1 / 12 / 50 MP"
    assert rows()[name][2:4] == ["1.05 / 1.05 / 1.05", "yes"]
    assert rows(at_50_mp)[name][2:4] == ["1.05 / 1.05 / 1.18", "no"]


def test_an_earlier_cutout_has_a_column(rows):
    row = rows(before=True, container=CONTAINER)

    assert row["warm call, 12 MP, 1 / 2 threads"][2:5] == ["3.2 / 3.2 ×", "6.4 / 6.4 ×", "yes"]
    assert row["init phase on Lambda, u2netp / u2net"][2:4] == ["1/4.9 / 1/4.3"] * 2


def test_what_is_not_measured_is_said_with_the_command_that_does_it(rows):
    row = rows(Results({case: [] for case in plan.QUICK}))

    assert row["warm call, 1 MP, 1 / 2 threads"][2:] == ["?", "?", "not measured"]
    assert row["init phase on Lambda, u2netp / u2net"][2:] == [
        "?", "?", "not measured; `make bench-container`"
    ]  # fmt: skip
    assert row["`.ci/run` from nothing"][-1].startswith("not measured here")


def test_stored_figures_have_the_date_of_their_section(rows):
    row = rows(container=CONTAINER)["init phase on Lambda, u2netp / u2net"]

    assert row == ["rembg in an image", "≤ 1/4", "1/4.9 / 1/4.3", "yes", "2026-11-26"]


@pytest.mark.parametrize(
    ("calls", "last", "is_met"),
    [("1,000", 432, "no"), ("10,000", 432, "yes"), ("10,000", 442, "no")],
)
def test_memory_is_flat_only_after_enough_calls(rows, calls, last, is_met):
    sentence = f"{calls} warm calls of 1, 12 MP with u2netp: 432 MB after 20, {last} MB at the end."
    row = rows(container=f"{CONTAINER}\n{sentence}\n")["peak memory over calls of mixed sizes"]

    assert row[2:4] == [f"432 to {last} MB in {calls}", is_met]


@pytest.mark.parametrize(("low", "is_met"), [("+0.0020", "yes"), ("-0.0020", "no")])
def test_best_has_to_gain_with_its_whole_interval(rows, low, is_met):
    assert rows(evaluation=EVALUATION.format(low=low))["masks of `best`"][3] == is_met


def test_a_loss_beyond_the_bound_in_one_network_is_not_met(rows):
    row = rows(evaluation=EVALUATION)["masks of int8, u2net / u2netp"]

    assert row[2:4] == ["MAE +0.0004, max F -0.0020 / MAE +0.0000, max F -0.0009", "no"]


def test_a_loss_of_edges_that_three_digits_do_not_show_is_none(rows):
    row = rows(evaluation=EVALUATION)["default edges on photographs"]

    assert row[2:4] == ["boundary F -0.0001, max F +0.0005, Sobel accuracy +0.0400", "yes"]


def test_fine_edges_are_compared_at_the_sizes_that_rembg_has(rows):
    row = rows(mattes=MATTES)["edges `fine` on known alpha"]

    assert row[2:4] == ["1 of 4 means worse, 10 to 10 ×", "no"]


def test_a_table_without_the_row_is_said_to_lack_it(rows):
    cost = "2026-11-26:\n\n| model | MP |\n| --- | ---: |\n| u2netp | 1 |\n"

    assert rows(cost=cost)["1,000 pictures of 1 MP, all in"][-1] == (
        "no row u2net, 1, call; `make cost`"
    )


STORED_HERE = [aim for aim in aims.AIMS
               if aim.command.startswith("`make") and aim.find is not aims._elsewhere]  # fmt: skip


@pytest.mark.parametrize("aim", STORED_HERE, ids=lambda aim: aim.figure)
def test_every_stored_aim_is_found_in_the_pages(aim):
    assert aim.find(aims.Cutout(Results({}), root=ROOT)).measured.startswith("20")
