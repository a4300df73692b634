"""The targets of `make fuzz`, without atheris: their first inputs, and what counts as a finding."""

import pytest

from cutout import codec
from cutout.picture import KINDS, Size
from tools.fuzz import __main__ as fuzz
from tools.fuzz import run
from tools.fuzz.targets import TARGETS, decode

PICTURES = list(TARGETS["decode"].seeds())


@pytest.mark.filterwarnings("ignore")  # Pillow warns of odd metadata before it gives up
@pytest.mark.parametrize("name", TARGETS)
def test_the_first_inputs_of_a_target_give_no_finding(name):
    for seed in TARGETS[name].seeds():
        TARGETS[name].run(seed)
        TARGETS[name].run(seed[: len(seed) // 2])

        assert len(seed) <= TARGETS[name].max_bytes


def test_there_is_a_picture_of_each_kind():
    assert {codec.media_type(data, 10**6, 10**6) for data in PICTURES} == {
        kind.media_type for kind in KINDS
    }


def test_a_picture_that_is_measured_as_smaller_than_it_is_read_is_a_finding(monkeypatch):
    monkeypatch.setattr(codec, "measure", lambda *arguments: Size(1, 1))

    with pytest.raises(AssertionError):
        decode(PICTURES[0])


def test_an_input_that_takes_too_much_processor_time_is_a_finding(monkeypatch):
    monkeypatch.setattr(run, "MOST_S", 0)

    with pytest.raises(run.TooSlow):
        run.timed(sum)(range(10_000))


def test_the_report_has_a_row_for_each_target():
    outcomes = [fuzz.Outcome("decode", 1234, 50, 6, ""), fuzz.Outcome("body", 9, 8, 7, "Error")]

    assert fuzz.report(outcomes, 30).splitlines() == [
        "1.0 minutes in total",
        "",
        "| target | executions | edges covered | corpus files | finding |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| decode | 1,234 | 50 | 6 | no |",
        "| body | 9 | 8 | 7 | yes |",
    ]
