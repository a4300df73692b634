"""Manifests in several parts, the summary and the verdict."""

import json

import pytest

from cutout.batch import paths
from cutout.batch.gather import Gather, Progress, verdict

FOLDER = paths.parse("s3://shop/out/_cutout/b1/")


@pytest.fixture
def outcomes(put):
    """Files with ten outcomes each: one failed, one to be reviewed."""

    def outcomes(files):
        for n in range(files):
            reported = [
                {"source": f"{n}-{i}", "status": "failed" if i == 3 else "done", "review": i == 5,
                 "credits": 0.25 if i != 3 else 0}
                for i in range(10)
            ]  # fmt: skip
            text = "".join(json.dumps(line) + "\n" for line in reported)
            put(f"{FOLDER}outcomes/{10 * n:09d}.jsonl", text.encode())

    return outcomes


@pytest.fixture
def gathered(buckets, batch):
    def gathered(most_lines, has_time=lambda: True):
        gather = Gather(buckets, batch(), most_lines)
        progress, runs = Progress(), 0
        while not progress.is_done:
            progress, runs = gather.run(progress, has_time), runs + 1
        return progress, runs, json.loads(json.dumps(gather.close(progress, 30)))

    return gathered


@pytest.mark.parametrize("most_lines", [9, 95, 1000])
def test_every_outcome_is_listed_once_and_in_order_in_any_number_of_parts(
    outcomes, gathered, lines, most_lines
):
    outcomes(40)

    progress, _, _ = gathered(most_lines)

    listed = [line["source"] for part in progress.manifests for line in lines(part)]
    assert listed == [f"{n}-{i}" for n in range(40) for i in range(10)]
    reviewed = [line["source"] for part in progress.reviews for line in lines(part)]
    assert reviewed == [f"{n}-5" for n in range(40)]
    assert len(progress.manifests) == {9: 40, 95: 4, 1000: 1}[most_lines]


def test_a_run_without_time_is_continued_by_the_next(outcomes, gathered, lines):
    outcomes(5)

    progress, runs, _ = gathered(1000, has_time=lambda: False)

    assert runs == 6  # the last finds nothing more
    assert sum(len(lines(part)) for part in progress.manifests) == 50


def test_the_summary_has_counts_and_the_paths_of_the_manifests(outcomes, gathered, lines):
    outcomes(3)

    _, _, reported = gathered(1000)

    (summary,) = lines(FOLDER.file("summary.json"))
    assert summary == reported == {
        "id": "b1",
        "pictures": 30,
        "done": 27,
        "skipped": 0,
        "failed": 3,
        "review": 3,
        "credits": 6.75,
        "manifests": [f"{FOLDER}manifest-00001.jsonl"],
        "reviews": [f"{FOLDER}review-00001.jsonl"],
    }  # fmt: skip


def test_an_empty_batch_has_no_manifests(gathered, lines):
    _, _, reported = gathered(1000)

    assert (reported["done"], reported["manifests"], reported["reviews"]) == (0, [], [])


def test_the_verdict_depends_on_the_share_of_failures(asked):
    order = asked(most_failed=0.1)

    assert verdict(order, 10, Progress(done=9, failed=1)).error == ""
    found = verdict(order, 10, Progress(done=8, failed=2))
    assert found.error == "TooManyFailed"
    assert found.sentence == "2 of 10 failed, over 10%"


def test_skipped_pictures_count_as_outcomes(asked):
    assert verdict(asked(most_failed=0), 3, Progress(done=1, skipped=2)).error == ""


def test_a_missing_outcome_is_an_error(asked):
    found = verdict(asked(), 1000, Progress(done=999))

    assert (found.error, found.sentence) == (
        "OutcomesMissing",
        "of 1,000 pictures 999 have an outcome",
    )
