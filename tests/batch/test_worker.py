"""Outcomes, results and charges of a batch's items, with crashes and errors."""

import json
from collections import Counter
from dataclasses import replace
from hashlib import sha256

import pytest

from cutout.batch import paths
from cutout.batch.request import Item
from cutout.batch.worker import BatchWorker
from cutout.credits.accounts import account_key
from cutout.credits.ledger import Ledger
from cutout.errors import Unavailable
from cutout.options import canonical
from cutout.options.record import Options
from cutout.ports import FileMissing, FileUnreadable, Write
from tests.job_services import new_id
from tests.memory import MemoryBucket, MemoryTable
from tools.cost import inputs

FOLDER = paths.parse("s3://shop/out/_cutout/b1/")
MOST_BYTES = 100_000
OUTCOMES = FOLDER.file("outcomes/000000000.jsonl")
FIRST_OUTCOMES = FOLDER.file("outcomes/000000001.jsonl")
LATER_OUTCOMES = "s3://shop/out/_cutout/b2/outcomes/000000000.jsonl"


class Died(BaseException):
    """The process was killed, so that no handler for Exception runs."""


class Runner:
    """Runs items with a BatchWorker and records the photos that reach the engine."""

    def __init__(self, engine, buckets, clock):
        self.table = MemoryTable()
        self.ledger = Ledger(self.table, clock, new_id)
        self.buckets = buckets
        self.engine = engine
        self.worked = []
        self.bugs = []  # as reported, with the results' addresses
        self.before = lambda photo: None
        self.network = engine.network

    def remove_background(self, photo, options, deadline):
        self.worked.append(photo)
        self.before(photo)
        return self.engine.remove_background(photo, options, deadline)

    def run(self, batch, items, attempt=0):
        worker = BatchWorker(
            self.buckets,
            self.ledger,
            self.engine.measure,
            self.network,
            self.remove_background,
            record=lambda result: None,
            report_bug=lambda target, error: self.bugs.append((target, error)),
            max_bytes=MOST_BYTES,
        )
        return worker.run(items, batch, attempt)

    def credits(self, account):
        return self.ledger.balance(account) / 4

    def grant(self, account, credits):
        self.table.write(Write(account_key(account), set={"quarters": 4 * credits}))


@pytest.fixture
def runner(engine, buckets, clock):
    return Runner(engine, buckets, clock)


@pytest.fixture
def items(put, photo):
    """Three items, whose files differ in bytes after the picture."""
    for n in range(3):
        put(f"s3://shop/in/{n}.png", photo + bytes(n))
    return [item(n) for n in range(3)]


def item(n, etag=""):
    source, target = paths.parse(f"s3://shop/in/{n}.png"), paths.parse(f"s3://shop/out/{n}.png")
    return Item(n, source, target, etag)


def another(batch):
    return replace(batch, id="b2")


def statuses(lines):
    return [outcome["status"] for outcome in lines(OUTCOMES)]


def test_a_backdrop_lies_in_the_target_and_makes_another_result(
    runner, batch, items, buckets, photo, engine
):
    sha256 = canonical.digest(photo)
    buckets("shop").put(f"out/_cutout/pictures/{sha256}", photo, "image/png")
    with_backdrop = {"v": 1, "backdrop": {"sha256": sha256}}
    runner.run(batch(), items[:1])

    count = runner.run(another(batch(options=with_backdrop)), items[:1])

    expected = Options(max_pixels=50_000_000, backdrop=photo)
    assert count == {"done": 1}
    assert buckets("shop").get("out/0.png").data == engine.remove_background(photo, expected).data


def test_each_picture_has_a_result_and_a_matching_outcome(
    runner, batch, items, buckets, lines, photo, engine
):
    count = runner.run(batch(), items)

    stored = buckets("shop").get("out/1.png").data
    assert stored == engine.remove_background(photo, batch().request.options).data
    assert count == {"done": 3}
    outcome = lines(OUTCOMES)[1]
    assert outcome.pop("seconds") >= 0
    assert 0 < outcome.pop("confidence") <= 1
    assert outcome == {
        "source": "s3://shop/in/1.png",
        "target": "s3://shop/out/1.png",
        "status": "done",
        "code": "",
        "message": "",
        "width": 120,
        "height": 90,
        "bytes": len(stored),
        "sha256": sha256(stored).hexdigest(),
        "model": "red",
        "model_version": "3",
        "subjects": 1,
        "looks": 1,
        "looks_skipped": 0,
        "credits": 0,
        "review": True,
    }


class Counted(MemoryBucket):
    """A bucket that counts the requests for which S3 charges."""

    def __init__(self, clock):
        super().__init__(clock)
        self.asked = Counter()

    def head(self, name):
        self.asked["s3_get"] += 1
        return super().head(name)

    def get(self, name, *more, **most):
        self.asked["s3_get"] += 1
        return super().get(name, *more, **most)

    def put(self, name, *rest):
        self.asked["s3_put"] += 1
        super().put(name, *rest)


def test_the_cost_model_counts_the_workers_requests_to_s3(runner, batch, photo, clock):
    bucket, way = Counted(clock), inputs.load().ways["batch"]
    items = [item(n) for n in range(round(1 / way.worker_calls))]
    for each in items:
        bucket.put(each.source.key, photo, "image/png")
    bucket.asked.clear()
    runner.buckets = lambda name: bucket

    runner.run(batch(), items)

    gathered = Counter(s3_get=1)  # Gather reads the outcomes later.
    assert bucket.asked + gathered == {
        name: len(items) * way.units[name] for name in ("s3_get", "s3_put")
    }


def test_a_bad_picture_fails_without_stopping_others(runner, batch, items, put, lines, plain):
    put("s3://shop/in/0.png", b"")
    put("s3://shop/in/3.png", b"words")
    put("s3://shop/in/4.png", bytes(MOST_BYTES + 1))
    put("s3://shop/in/5.png", plain)

    count = runner.run(batch(), [*items, *map(item, range(3, 7))])

    assert count == {"done": 2, "failed": 5}
    assert [outcome["code"] for outcome in lines(OUTCOMES)] == [
        "failed_to_read_image", "", "", "invalid_file_type", "file_too_large", "unknown_foreground",
        "failed_image_download",
    ]  # fmt: skip
    assert all(
        bool(outcome["message"]) == (outcome["status"] == "failed") for outcome in lines(OUTCOMES)
    )


def test_an_unknown_model_fails_all_pictures(runner, batch, items, lines):
    runner.run(batch(parameters={"model": "blue"}), items)

    assert {outcome["code"] for outcome in lines(OUTCOMES)} == {"invalid_model"}


def test_existing_results_are_skipped_and_reported(runner, batch, items, lines):
    runner.run(batch(), items[:2])
    before = lines(OUTCOMES)

    count = runner.run(another(batch()), items)

    assert count == {"done": 1, "skipped": 2}
    assert len(runner.worked) == 3
    assert lines(LATER_OUTCOMES)[:2] == [
        each | {"status": "skipped", "seconds": 0} for each in before
    ]


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_changed_picture_is_processed_again(runner, batch, items, put, buckets, photo, is_listed):
    def listed():
        return [item(0, buckets("shop").head("in/0.png").etag if is_listed else "")]

    runner.run(batch(), listed())
    put("s3://shop/in/0.png", photo + b"more")

    assert runner.run(another(batch()), listed()) == {"done": 1}
    assert runner.run(batch(), listed()) == {"skipped": 1}


@pytest.mark.parametrize(
    "changes",
    [{"parameters": {"bg_color": "fff"}}, {"parameters": {"size": "hd"}}, {"account": "ann"}],
)
def test_changed_options_make_new_results(runner, batch, items, changes):
    runner.grant("ann", 5)
    runner.run(batch(), items[:1])

    assert runner.run(batch(**changes), items[:1]) == {"done": 1}


def test_another_model_makes_new_results(runner, batch, items):
    runner.run(batch(), items[:1])
    runner.network = lambda options: ("red", "4")

    assert runner.run(batch(), items[:1]) == {"done": 1}


def test_a_file_that_is_not_a_result_is_not_overwritten(runner, batch, items, put, buckets, lines):
    put("s3://shop/out/0.png", b"another's")
    onto_itself = replace(items[1], target=items[1].source)

    assert runner.run(batch(), [items[0], onto_itself]) == {"failed": 2}
    assert buckets("shop").get("out/0.png").data == b"another's"
    assert "was not made by Cutout" in lines(OUTCOMES)[1]["message"]


def test_a_transient_error_leaves_no_outcome_and_the_next_attempt_continues(
    runner, batch, items, lines
):
    def busy(photo):
        if len(runner.worked) == 2:
            raise Unavailable("busy")

    runner.before = busy
    with pytest.raises(Unavailable):
        runner.run(batch(), items)
    with pytest.raises(FileMissing):
        lines(OUTCOMES)

    assert runner.run(batch(), items, attempt=1) == {"done": 3}
    assert len(runner.worked) == 4


def test_only_the_picture_that_kills_its_workers_fails(runner, batch, items, photo, lines):
    def die(values):
        if values in (photo, photo + bytes(2)):
            raise Died

    runner.before = die
    attempt = 0
    while True:
        try:
            runner.run(batch(), items, attempt)
            break
        except Died:
            attempt += 1

    assert attempt == 5  # one without a mark, and two of each
    assert statuses(lines) == ["failed", "done", "failed"]
    assert {each["code"] for each in lines(OUTCOMES)} == {"unavailable", ""}


@pytest.mark.parametrize("kind", [ZeroDivisionError, MemoryError, OSError])
def test_a_bug_ends_its_picture_at_the_first_attempt_and_is_reported(
    runner, batch, items, lines, kind
):
    bug = kind("of ours")

    def broken(photo):
        if len(runner.worked) == 2:
            raise bug

    runner.before = broken
    runner.grant("shop", 3)

    assert runner.run(batch(account="shop"), items) == {"done": 2, "failed": 1}

    assert statuses(lines) == ["done", "failed", "done"]
    assert [each["code"] for each in lines(OUTCOMES)] == ["", "internal_error", ""]
    assert "of ours" not in str(lines(OUTCOMES))
    assert runner.bugs == [("s3://shop/out/1.png", bug)]
    assert runner.credits("shop") == 3 - 2 * 0.25


def test_an_error_of_aws_is_no_outcome(runner, batch, items, buckets, monkeypatch):
    class Refused(Exception):
        """An error as an adapter of AWS raises it, which the batch worker has no case for."""

    def refuse(*values):
        raise Refused

    monkeypatch.setattr(buckets("shop"), "put", refuse)

    with pytest.raises(Refused):
        runner.run(batch(), items)


def test_a_single_crash_fails_no_picture(runner, batch, items):
    def die_twice(photo):
        if len(runner.worked) < 3:
            raise Died

    runner.before = die_twice
    for attempt in range(2):
        with pytest.raises(Died):
            runner.run(batch(), items, attempt)

    assert runner.run(batch(), items, attempt=2) == {"done": 3}


def test_transient_errors_fail_no_picture(runner, batch, items, lines):
    def busy(photo):
        if len(runner.worked) < 5:
            raise Unavailable("busy")

    runner.before = busy
    for attempt in range(4):
        with pytest.raises(Unavailable):
            runner.run(batch(), items, attempt)

    assert runner.run(batch(), items, attempt=4) == {"done": 3}


def test_a_cutout_with_low_confidence_is_stored_and_marked_for_review(
    runner, batch, items, lines, buckets
):
    runner.run(batch(), items[:1])
    confidence = lines(OUTCOMES)[0]["confidence"]

    runner.run(batch(review_below=confidence + 0.0001), items[:1])
    assert [each["review"] for each in lines(OUTCOMES)] == [True]
    assert buckets("shop").get("out/0.png").data

    runner.run(batch(review_below=confidence), items[:1])
    assert [each["review"] for each in lines(OUTCOMES)] == [False]


def test_an_account_is_charged_once_for_each_result(runner, batch, items, lines):
    runner.grant("ann", 5)

    runner.run(batch(account="ann"), items)
    assert [each["credits"] for each in lines(OUTCOMES)] == [0.25] * 3
    runner.run(another(batch(account="ann")), items)

    assert runner.credits("ann") == pytest.approx(5 - 3 * 0.25)
    assert [each["credits"] for each in lines(LATER_OUTCOMES)] == [0, 0, 0]


def test_the_same_picture_twice_is_charged_once_in_the_outcomes_too(
    runner, batch, put, photo, lines
):
    runner.grant("ann", 5)
    for n in range(2):
        put(f"s3://shop/in/{n}.png", photo)

    runner.run(batch(account="ann"), [item(0), item(1)])

    assert runner.credits("ann") == 4.75
    assert [each["credits"] for each in lines(OUTCOMES)] == [0.25, 0]


def test_results_of_an_earlier_attempt_are_reported_as_done(runner, batch, items, lines):
    runner.grant("ann", 5)
    runner.run(batch(account="ann"), items)
    before = lines(OUTCOMES)

    runner.run(batch(account="ann"), items, attempt=1)

    assert lines(OUTCOMES) == before


def test_failed_pictures_are_free(runner, batch, items, put):
    runner.grant("ann", 5)
    put("s3://shop/in/0.png", b"words")

    runner.run(batch(account="ann"), items[:1])

    assert runner.credits("ann") == 5


def test_pictures_without_credits_fail_until_credits_are_granted(runner, batch, items, lines):
    runner.table.write(Write(account_key("ann"), set={"quarters": 2}))

    runner.run(batch(account="ann"), items)
    assert [each["code"] for each in lines(OUTCOMES)] == ["", "", "insufficient_credits"]
    runner.grant("ann", 1)

    assert runner.run(another(batch(account="ann")), items) == {"skipped": 2, "done": 1}


class Unsettled(Ledger):
    """A ledger that fails or dies in settle and does not release the reservation."""

    error = Unavailable("busy")

    def settle(self, reservation, quarters=None):
        raise self.error

    def release(self, reservation):
        return False


def test_a_result_that_could_not_be_charged_is_deleted(runner, batch, items, clock):
    runner.grant("ann", 5)
    runner.ledger = Unsettled(runner.table, clock, new_id)
    with pytest.raises(Unavailable):
        runner.run(batch(account="ann"), items[:1])
    runner.ledger = Ledger(runner.table, clock, new_id)

    assert runner.run(another(batch(account="ann")), items[:1]) == {"done": 1}
    assert runner.credits("ann") == 4.75


class Kept(MemoryBucket):
    """A bucket of a killed process, which deletes nothing."""

    def delete(self, names):
        pass


@pytest.mark.parametrize("is_swept", [False, True])
def test_the_next_worker_charges_for_a_worker_that_died_before_settling(
    runner, batch, put, photo, lines, clock, is_swept
):
    bucket = Kept(clock)
    bucket.put("in/0.png", photo, "image/png")
    runner.buckets = lambda name: bucket
    runner.grant("ann", 5)
    runner.ledger = Unsettled(runner.table, clock, new_id)
    runner.ledger.error = Died()
    with pytest.raises(Died):
        runner.run(batch(account="ann"), [item(0)])
    runner.ledger = Ledger(runner.table, clock, new_id)
    if is_swept:
        clock.now += 1000
        runner.ledger.sweep()

    assert runner.run(batch(account="ann"), [item(0)], attempt=1) == {"done": 1}
    assert len(runner.worked) == 1
    assert runner.credits("ann") == 4.75
    data = json.loads(bucket.get(OUTCOMES.key).data)
    assert data["credits"] == 0.25


def test_two_workers_at_one_picture_charge_once_in_the_outcomes_too(
    runner, batch, items, photo, lines, put
):
    put("s3://shop/in/1.png", photo)
    runner.grant("ann", 5)
    first = replace(item(0), number=7)

    def another_comes(values):
        if len(runner.worked) == 1:
            runner.run(batch(account="ann"), [first])

    put("s3://shop/in/0.png", photo)
    runner.before = another_comes
    runner.run(batch(account="ann"), [item(1)])

    data = [*lines(FOLDER.file("outcomes/000000007.jsonl")), *lines(FIRST_OUTCOMES)]
    assert sorted(each["credits"] for each in data) == [0, 0.25]
    assert runner.credits("ann") == 4.75


def test_a_target_that_cannot_be_read_is_not_overwritten(runner, batch, items, lines, clock):
    class Closed(MemoryBucket):
        def head(self, name):
            raise FileUnreadable("403")

    closed = Closed(clock)
    closed.put("out/0.png", b"another's", "image/png")
    runner.buckets = lambda name: closed

    assert runner.run(batch(), items[:1]) == {"failed": 1}
    assert closed.get("out/0.png").data == b"another's"


def test_a_failure_to_write_outcomes_fails_no_picture(runner, batch, items, clock, put):
    class Busy(MemoryBucket):
        is_busy = True

        def put(self, name, *rest):
            if self.is_busy and "/outcomes/" in name:
                raise Unavailable("busy")
            super().put(name, *rest)

    bucket = Busy(clock)
    bucket.put("in/0.png", b"words", "image/png")
    runner.buckets = lambda name: bucket
    for attempt in range(5):
        with pytest.raises(Unavailable):
            runner.run(batch(), [item(0)], attempt)
    bucket.is_busy = False

    runner.run(batch(), [item(0)], attempt=5)

    assert json.loads(bucket.get(OUTCOMES.key).data)["code"] == "invalid_file_type"
