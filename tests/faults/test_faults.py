"""The service on an AWS that fails in many ways: nothing is lost, nothing is charged twice."""

import pytest

from tests.faults import run as faults


@pytest.fixture
def outcome(aws, resources, account, red_folder, tmp_path):
    settings = {"CUTOUT_MODEL": "red", "CUTOUT_MODELS": str(red_folder), "CUTOUT_THREADS": "2"}

    def run(**options):
        return faults.run(aws, resources, account, settings, tmp_path, **options)

    return run


def test_what_is_accepted_ends_and_is_charged_once_whatever_aws_does(outcome, by_night):
    calls, threads, workers = (1000, 8, 2) if by_night else (30, 4, 1)

    found = outcome(calls=calls, seed=1, rate=0.15, threads=threads, workers=workers)

    print(found.report())
    assert found.finding.problems == ()
    assert found.faults.kinds.total() > calls
    assert len(found.record.responses) >= calls * 0.8
