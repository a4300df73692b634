"""Rounds of several tools, and the file that keeps them."""

import shutil
from dataclasses import replace

import pytest

from tools.contenders.catalogue import ROOT, Tool
from tools.contenders.process import Answer
from tools.speed import measuring
from tools.speed.measuring import Log, Results, measure
from tools.speed.photos import Photo
from tools.speed.plan import Case

COUNTING = Tool("counting", "ours", "tests.tools.odd_tools:counting")
TOOLS = {
    "first": COUNTING,
    "second": COUNTING,
    "refusing": Tool("refusing", "ours", "tests.tools.odd_tools:refusing"),
}
WARM, START = Case(Photo(1)), Case(Photo(1), is_start=True)
BOTH = ("first", "second")
PLAN = {WARM: (BOTH, 2)}


def answer(seconds=1.0, peak_mb=100.0):
    return Answer(seconds, seconds / 2, 10, peak_mb, "", {})


def in_rounds(first, second):
    return [{"first": a, "second": b} for a, b in zip(first, second, strict=True)]


@pytest.fixture
def open_log(tmp_path, monkeypatch, photo):
    """Return a function that opens the log of a plan, as each run does."""
    path = tmp_path / "photo.png"
    path.write_bytes(photo)
    monkeypatch.setattr(measuring, "make", lambda _: path)

    def open_log(plan, tools=TOOLS):
        return Log(tmp_path / "bench" / "rounds.jsonl", plan, tools)

    return open_log


def test_a_ratio_is_the_median_of_the_ratios_of_the_rounds():
    seconds = in_rounds(map(answer, [3.0, 8.0, 5.0]), map(answer, [1.0, 2.0, 1.0]))

    results = Results({WARM: seconds})

    assert results.ratio(WARM, "second", "seconds") == 4
    assert results.ratio(WARM, "first", "seconds") == 1
    assert results.median(WARM, "first", "seconds") == 5


def test_the_peak_is_that_of_all_rounds():
    peaks = in_rounds([answer(peak_mb=9), answer(peak_mb=7)], [answer(), answer()])

    assert Results({WARM: peaks}).peak_mb(WARM, "first") == 9


def test_a_case_without_rounds_says_why():
    results = Results({WARM: [], START: []}, {WARM: "out of memory"})

    with pytest.raises(LookupError, match="out of memory"):
        results.ratio(WARM, "first", "seconds")
    with pytest.raises(LookupError, match="not measured"):
        results.median(START, "first", "seconds")


def test_a_run_goes_on_where_an_earlier_one_stopped(open_log):
    (earlier,) = in_rounds([answer(1.0)], [answer(2.0)])
    open_log(PLAN).add(WARM, earlier)

    log = open_log(PLAN)

    assert log.rounds == {WARM: [earlier]}
    assert log.missing(WARM) == 1
    assert not log.is_complete()


def test_a_line_that_a_killed_run_began_does_not_count_and_spoils_no_other(open_log):
    first, second = in_rounds([answer(1.0), answer(2.0)], [answer(), answer()])
    log = open_log(PLAN)
    log.add(WARM, first)
    with log.path.open("a") as file:
        file.write('{"date": "2026')

    open_log(PLAN).add(WARM, second)

    assert open_log(PLAN).rounds == {WARM: [first, second]}
    assert open_log(PLAN).is_complete()


@pytest.mark.parametrize("changed", ["code", "machine", "case"])
def test_rounds_of_other_code_or_of_another_machine_do_not_count(open_log, monkeypatch, changed):
    log = open_log(PLAN)
    log.add(WARM, *in_rounds([answer()], [answer()]))
    other, tools = WARM, TOOLS
    if changed == "code":
        tools = TOOLS | {"second": replace(COUNTING, arguments={"other": 1})}
    elif changed == "machine":
        monkeypatch.setattr(measuring, "machine", lambda: "another")
    else:
        other = Case(Photo(1), threads=2)

    assert open_log({other: (BOTH, 2)}, tools).rounds == {other: []}


def test_a_cleared_log_has_no_rounds_for_the_next_run_either(open_log):
    log = open_log(PLAN)
    log.add(WARM, *in_rounds([answer()], [answer()]))

    log.clear()

    assert log.rounds == open_log(PLAN).rounds == {WARM: []}


@pytest.mark.slow
def test_a_first_call_of_each_process_does_not_count(open_log, tmp_path):
    log = open_log(PLAN)

    assert measure(log, tmp_path) == {}

    calls = [(each["first"].said["call"], each["second"].said["call"]) for each in log.rounds[WARM]]
    assert calls == [(2, 2), (3, 3)]
    assert open_log(PLAN).rounds == log.rounds


@pytest.mark.slow
def test_a_start_is_measured_from_the_start_of_a_new_process(open_log, tmp_path):
    log = open_log({START: (BOTH, 2)})

    measure(log, tmp_path)

    answers = [each["first"] for each in log.rounds[START]]
    assert [answer.said["call"] for answer in answers] == [1, 1]
    assert all(answer.seconds > 0.01 for answer in answers)  # a Python takes longer to start


@pytest.mark.slow
def test_a_tool_that_fails_leaves_the_other_cases_measured(open_log, tmp_path):
    log = open_log({START: (("refusing",), 2), WARM: (("first",), 1)})

    assert measure(log, tmp_path) == {START: "nothing stands out"}

    assert (log.missing(START), log.missing(WARM)) == (2, 0)


@pytest.mark.slow
def test_another_checkout_runs_its_own_code(open_log, tmp_path):
    checkout = tmp_path / "checkout"
    for name in ("tools/contenders", "tests/tools"):
        shutil.copytree(ROOT / name, checkout / name)
        (checkout / name).parent.joinpath("__init__.py").touch()
    (checkout / "function").mkdir()
    (checkout / "function" / "requirements.txt").touch()
    (checkout / ".venv").symlink_to(ROOT / ".venv")
    odd = checkout / "tests" / "tools" / "odd_tools.py"
    odd.write_text(odd.read_text().replace("len(calls)", "-len(calls)"))

    log = open_log(PLAN, TOOLS | {"second": replace(COUNTING, root=checkout)})
    measure(log, tmp_path)

    calls = [(each["first"].said["call"], each["second"].said["call"]) for each in log.rounds[WARM]]
    assert calls == [(2, -2), (3, -3)]
