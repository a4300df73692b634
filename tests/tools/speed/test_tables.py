"""The tables of the bench."""

from dataclasses import replace

from tools.speed import plan, tables
from tools.speed.measuring import Results
from tools.speed.photos import Photo
from tools.speed.plan import Case


def test_a_row_compares_a_tool_with_the_first_of_its_case(results):
    rows = tables.bench(results).splitlines()

    assert "| 1 MP | 1 | rembg | 1.250 | 1.00 × | 0.625 | 1.00 | 100 % | 1,020 | 100 % |" in rows
    assert "| 1 MP | 1 | Cutout | 0.281 | 4.44 × | 0.141 | 1.05 | 105 % | 205 | 20 % |" in rows


def test_a_start_has_no_processor_time(results):
    (row,) = [row for row in tables.bench(results).splitlines() if "1 | Cutout, fast" in row]

    assert row.startswith("| start, 1 MP | 1 | Cutout, fast | 0.169 | 4.44 × |  |")


def test_qualities_have_a_table_of_their_own(results):
    assert "Cutout, best" in tables.qualities(results)
    assert "Cutout, best" not in tables.bench(results)
    assert "start" not in tables.qualities(results)


def test_a_case_that_failed_is_in_the_table_with_the_reason():
    case = Case(Photo(1))

    table = tables.bench(Results({case: []}, {case: "was ended by signal 9"}))

    assert table.splitlines()[-1].startswith("| 1 MP | 1 | failed: was ended by signal 9 |")


def test_stages_are_medians_by_size_and_edges(results):
    table = tables.stages(results).splitlines()

    assert table[0] == "|  | edges | decode, ms | predict, ms | all, ms |"
    assert table[2:5] == [
        "| 1 MP | off | 22 | 202 | 225 |",
        "| 1 MP | fast | 28 | 253 | 281 |",
        "| 1 MP | fine | 56 | 506 | 562 |",
    ]
    assert [row.split(" |")[0] for row in table[2::3]] == [
        "| 1 MP", "| 4 MP", "| 12 MP", "| 25 MP", "| 50 MP"
    ]  # fmt: skip


def test_a_stage_is_the_median_of_its_rounds(results):
    case = Case(Photo(1))
    (first, *_) = results.rounds[case]
    rounds = [
        {plan.CUTOUT_NOW: replace(first[plan.CUTOUT_NOW], said={"stages_ms": {"predict": ms}})}
        for ms in (900, 100, 200)
    ]

    assert tables.milliseconds(Results({case: rounds}), case, plan.CUTOUT_NOW) == {"predict": 200}


def test_the_short_table_has_calls_starts_and_memory(results):
    rows = tables.speed(results).splitlines()[2:]

    assert rows[0] == "| a call, u2net, 1 MP | 1 | 1.25 s | 0.28 s | 4.4 × |"
    assert rows[4].startswith("| start to first cutout, u2netp, 1 MP | 1 | 0.75 s |")
    assert rows[-1] == "| peak memory, u2net, 50 MP | 1 | 2,000 MB | 450 MB | 22 % |"


def test_a_table_without_measured_rows_is_empty():
    nothing = Results({Case(Photo(1)): []})

    assert [tables.bench(nothing), tables.qualities(nothing), tables.stages(nothing),
            tables.speed(nothing)] == ["", "", "", ""]  # fmt: skip
