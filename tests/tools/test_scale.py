"""Large amounts. The figures in the comments are worked out by hand."""

import json
from dataclasses import asdict, replace
from math import inf

import pytest

from tests.template.templates import SERVICE
from tools.container.run import Run
from tools.cost import prices, runs
from tools.cost.prices import Price
from tools.cost.runs import Runs
from tools.scale import __main__ as command
from tools.scale import book, measured, ramp, table, template
from tools.scale.book import Assumptions, Growth, Rate
from tools.scale.case import Case, plan_s
from tools.scale.limits import first, limits, then
from tools.scale.measured import Measured, RunMissing, check
from tools.scale.predict import predict

# What is worked out by hand stays so, whatever prices and assumptions become.
BOOK = replace(
    book.load(prices.FILE),
    assumed=Assumptions(s3_ms=50, dynamodb_ms=10, list_ms=200, line_us=0),
)
BATCH = replace(BOOK.ways["batch"], items=40)
JOBS = BOOK.ways["jobs"]
RUN = Run(
    tool="cutout", model="u2net", megapixels=1, memory_mb=1024, architecture="x86_64",
    init_ms=500, first_ms=1000, warm_ms=850, peak_mb=300,
    in_bytes=2**20, out_bytes=2**21, log_bytes=1000,
)  # fmt: skip
STARTED = replace(RUN, init_ms=0, first_ms=850)
MANY = 10_000_000
MEASURED = Measured(
    machine="a machine", date="2026-01-01", pictures=500, bad=3, workers=2, wall_s=201,
    engine_s=198.8, megapixels=1, model="u2net", threads=1, seconds_each=0.4, way="prefix",
)  # fmt: skip


def flat(each):
    return Price("", "", ((inf, each),), "", "")


def bound(run, way, pictures, at_once, **case):
    return first(limits(Case(run, way, pictures, at_once, **case), BOOK))


@pytest.mark.parametrize(
    ("work", "seconds"),
    # 100 more each second: 50 of work are done after one, 1² × 100 / 2. A thousand are at work
    # after ten, when 5,000 are done, and do another 1,000 in one.
    [(50, 1), (5000, 10), (6000, 11)],
)
def test_work_begins_slowly_and_goes_on_at_full_width(work, seconds):
    assert ramp.seconds(work, 1000, Growth("", "", "", 0, 100)) == pytest.approx(seconds)


def test_who_is_there_from_the_start_works_from_the_start():
    # 5 × 2 + 5 × 2² / 2
    assert ramp.seconds(20, 1000, Growth("", "", "", 5, 5)) == pytest.approx(2)
    assert ramp.seconds(20, 4, Growth("", "", "", 5, 5)) == 5


def test_what_comes_at_once_does_not_count_until_it_is_used_up():
    starts = Rate("", "", "", each_s=300, burst=1300)

    assert starts.seconds(1300) == 0
    assert starts.seconds(1900) == 2


def test_twice_the_pictures_take_twice_the_hours_but_for_the_start():
    one, two = (predict(Case(RUN, BATCH, count, 4), BOOK).seconds for count in (MANY, 2 * MANY))

    # Once, and not twice: 0.65 s of a start, and 0.02 s in which the four come.
    assert 2 * one - two == pytest.approx(0.65 + 0.02)


def test_more_at_once_take_fewer_hours_and_the_same_dollars_of_lambda():
    few, many = (predict(Case(RUN, BATCH, MANY, at_once), BOOK) for at_once in (4, 500))

    # 250,000 calls of 40.05 s, by four or by five hundred; of a list, and 781.25 s of GETs
    assert few.seconds == pytest.approx(10_012_500 / 4 + 781.25, abs=1)
    assert many.seconds == pytest.approx(10_012_500 / 500 + 781.25, abs=4)
    assert many.parts["Lambda"] == pytest.approx(few.parts["Lambda"], rel=1e-4)


def test_ten_million_cost_the_sum_of_their_parts():
    made = {
        "lambda_request": 1e-6, "gb_second_x86_64": 1e-5, "s3_put": 5e-6, "s3_get": 1e-6,
        "s3_list": 1e-5, "state_transition": 2e-5, "log_gb": 2**30 * 1e-9, "trace": 4e-6,
    }  # fmt: skip
    cost = replace(BOOK.cost, prices={name: flat(each) for name, each in made.items()})

    cost = replace(cost, assumed=replace(cost.assumed, platform_log_bytes=2000))
    found = predict(Case(STARTED, BATCH, MANY, 4), replace(BOOK, cost=cost, own={}))

    # 250,000 calls: 0.25. × 40.05 s and 781.25 s of Gather, of 1 GB: 100.1328.
    # 10,250,000 PUTs: 51.25. 20,250,000 HEADs and GETs: 20.25. 10,250 LISTs: 0.1025.
    # 500,000 transitions: 10. 10 GB of the pictures' lines and 0.5 GB of the calls': 10.5.
    # Fewer calls than seconds, so that each is traced: 1
    assert found.dollars == pytest.approx(
        0.25 + 100.1328 + 51.25 + 20.25 + 0.1025 + 10 + 10.5 + 1, abs=0.001
    )


def test_a_start_is_paid_for_each_environment():
    cold, warm = (
        predict(Case(run, BATCH, 10_000, 100), BOOK).parts["Lambda"] for run in (RUN, STARTED)
    )

    # A hundred start, and 2.78 hours of work replace 1.39 that are busy for two: × 0.65 GB-s
    assert cold - warm == pytest.approx(101.39 * 0.65 * 0.0000166667, rel=1e-3)


@pytest.mark.parametrize(
    ("warm_ms", "pictures", "at_once", "binding"),
    [
        (850, MANY, 4, ["`BatchConcurrency`"]),
        (850, MANY, 10, ["`BatchConcurrency`", "a new account's concurrency"]),
        (850, MANY, 11, ["`BatchConcurrency`"]),
        (850, MANY, 1000, ["`BatchConcurrency`", "the account's concurrency"]),
        (850, MANY, 1001, ["the account's concurrency"]),
        # 3,500 PUTs of cutouts and a fortieth as many of outcomes are 3,415 pictures a second;
        # a thousand at once do that where each takes 0.2929 s, of which 0.15125 are S3's.
        (142, MANY, 1000, ["`BatchConcurrency`", "the account's concurrency"]),
        (141, MANY, 1000, ["PUTs of an S3 prefix"]),
        # Of 40,000 there are a thousand calls.
        (850, 39_000, 1000, ["`BatchItems`"]),
    ],
)
def test_the_least_of_all_limits_binds(warm_ms, pictures, at_once, binding):
    assert bound(replace(RUN, warm_ms=warm_ms), BATCH, pictures, at_once) == binding


def test_environments_bind_where_the_work_is_done_before_they_are_there():
    # 750 calls of 4.05 s, the last of which would begin after 7.5
    few_a_call = replace(BATCH, items=4)

    assert bound(RUN, few_a_call, 3000, 1000) == ["Lambda's new environments"]


def test_what_would_bind_next_is_told():
    found = limits(Case(RUN, BATCH, MANY, 1000), BOOK)

    assert then(found) == ["PUTs of an S3 prefix"]
    assert found["PUTs of an S3 prefix"] == pytest.approx(3500 / 1.025)


def test_what_binds_decides_the_hours():
    found = predict(Case(replace(RUN, warm_ms=50), BATCH, MANY, 1000), BOOK)

    assert first(found.limits) == ["PUTs of an S3 prefix"]
    assert found.seconds == pytest.approx(MANY / 3414.63 + 781.25, abs=6)


def test_ever_fewer_pictures_a_call_come_to_bind_by_their_starts():
    found = limits(Case(RUN, replace(BATCH, items=1), MANY, 1000), BOOK)

    # 300 starts a second but for the first 1,300; 1,500 transitions but for the first 5,000
    assert found["starts of executions"] == pytest.approx(300, rel=1e-3)
    assert found["state transitions"] == pytest.approx(750, rel=1e-3)
    assert first(found) == ["starts of executions"]


def test_jobs_are_let_in_before_they_are_worked_at():
    at_once = {count: limits(Case(RUN, JOBS, MANY, count), BOOK) for count in (4, 1000)}

    # A job is 850 + 3 × 50 + 8 × 10 ms of a worker, and two of the API's calls
    assert at_once[4]["`JobConcurrency`"] == pytest.approx(4 / 1.08)
    assert at_once[4]["`RequestsPerSecond`"] == pytest.approx(
        template.default("RequestsPerSecond") / 2, rel=1e-3
    )
    assert first(at_once[4]) == ["`JobConcurrency`"]
    assert first(at_once[1000]) == ["`RequestsPerSecond`"]


def test_behind_a_wider_door_the_table_binds_and_then_the_accounts_row():
    found = limits(Case(RUN, JOBS, MANY, 1000, is_door_raised=True), BOOK)

    # Ten units of 4,000; two of the row's 1,000
    assert (first(found), then(found)) == (
        ["writes of a table that has not grown yet"],
        ["writes of an account's row"],
    )
    assert min(found.values()) == 400


def test_few_jobs_are_done_before_all_pollers_are_there():
    assert bound(RUN, JOBS, 1000, 1000, is_door_raised=True) == ["Lambda's new pollers of SQS"]


def test_only_jobs_pay_for_ledger_queue_and_transfer():
    batch, jobs = (predict(Case(RUN, way, MANY, 4), BOOK).parts for way in (BATCH, JOBS))

    own = {"API Gateway", "DynamoDB", "SQS", "transfer"}
    assert {part for part, paid in jobs.items() if paid} - {
        part for part, paid in batch.items() if paid
    } == own
    # 3 requests of 0.40 a million
    assert jobs["SQS"] == pytest.approx(12)
    assert jobs["Step Functions"] == 0


def test_every_price_and_limit_is_asked_somewhere():
    kinds = [Case(RUN, way, 1, 1) for way in BOOK.ways.values()]

    asked = {name for case in kinds for needs in _needs(case) for name in needs.of(1, 1)}
    assert BOOK.own.keys() | BOOK.rates.keys() <= asked
    assert {name for case in kinds for name in case.way.growths} == BOOK.growths.keys()


def _needs(case):
    return case.way.prices, case.way.rates


@pytest.mark.parametrize("limit", BOOK.limits, ids=lambda limit: limit.what)
def test_every_limit_has_its_page_and_how_it_was_seen(limit):
    assert limit.seen == "ours" or limit.page.startswith("https://")
    assert limit.seen


@pytest.mark.parametrize("price", BOOK.own.values(), ids=BOOK.own)
def test_tiers_rise_to_the_end(price):
    ends, each = zip(*price.tiers, strict=True)

    assert (list(ends), list(each)) == (sorted(ends), sorted(each, reverse=True))
    assert ends[-1] == inf


def test_defaults_are_the_templates():
    parameters = SERVICE.written["Parameters"]

    assert template.default("BatchItems") == parameters["BatchItems"]["Default"]


def test_a_measured_run_stands_beside_what_was_to_be_expected():
    found = check(MEASURED, (RUN,))

    # 497 × 0.4 s by two, after half a second of starting; 201 s were measured
    assert found.expected_s == pytest.approx(99.9)
    assert found.ratio == pytest.approx(201 / 99.9)
    assert found.an_hour == pytest.approx(500 * 3600 / 201)
    assert found.outside == pytest.approx(1 - 198.8 / 402)


def test_a_model_without_a_measured_start_is_expected_to_have_none():
    assert check(replace(MEASURED, model="mine"), (RUN,)).expected_s == pytest.approx(99.4)


def test_without_a_measured_run_its_file_is_named(tmp_path):
    with pytest.raises(RunMissing, match=r"there is no .*run\.json"):
        measured.load(tmp_path / "run.json")


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Where the command finds and leaves its files; a bench is there."""
    bench = tmp_path / "bench.json"
    row = asdict(replace(RUN, memory_mb=BOOK.cost.assumed.memory_mb))
    bench.write_text(json.dumps({"machine": "m", "date": "d", "runs": [row]}))
    monkeypatch.setattr(runs, "FILE", bench)
    monkeypatch.setattr(measured, "FILE", tmp_path / "run.json")
    monkeypatch.setattr(command, "OUT", tmp_path / "scale" / "table.md")
    return tmp_path


def test_without_a_measured_run_the_tables_are_printed_all_the_same(files, capsys):
    assert command.main() == 0

    printed = capsys.readouterr()
    assert command.OUT.read_text() == printed.out.removesuffix("\n")
    assert "| u2net | 1 | batch | 1,000 |" in printed.out
    assert "did run" not in printed.out
    assert "run.json" in printed.err


def test_with_a_measured_run_the_ratio_is_in_the_section(files, capsys):
    measured.FILE.write_text(json.dumps([asdict(MEASURED)]))

    assert command.main() == 0
    assert "| 0.400 | 99.9 | 0.5 | 201.0 | 2.01 | 8,955 | 51% |" in capsys.readouterr().out


def test_without_the_bench_it_is_named(files, capsys):
    runs.FILE.unlink()

    assert command.main() == 1
    assert "`make bench-container`" in capsys.readouterr().err


def test_every_input_is_named():
    text = table.section(Runs("a machine", "2026-01-01", (RUN,)), BOOK, [])

    assert [name for name in asdict(BOOK.assumed) if f"`{name}`" not in text] == []
    assert [price.unit for price in BOOK.own.values() if price.unit not in text] == []
    assert [limit.what for limit in BOOK.limits if limit.what not in text] == []


def test_a_prefix_is_listed_as_long_as_one_call_of_lambda_is_enough_for_it():
    def planned(pictures):
        assumed = replace(BOOK.assumed, line_us=20)
        return plan_s(Case(RUN, BATCH, pictures, 4), replace(BOOK, assumed=assumed))

    # Of a million 20 s of its own, and 1,000 LISTs of 0.2 s
    assert planned(1_000_000) == pytest.approx(220)
    assert planned(5_000_000) == pytest.approx(100)
