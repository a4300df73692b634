"""Dollars, hours and concurrency. The figures in the comments are worked out by hand."""

from dataclasses import replace
from math import inf

import pytest

from tools.cost import inputs
from tools.cost.inputs import Price, Run, Way
from tools.cost.model import DAY_S, Case, Load

ASSUMED = {
    "memory_mb": 1769, "days_a_month": 30, "peak_factor": 3, "covered": 0.999, "keep_warm_s": 300,
    "environment_hours": 2, "s3_ms": 50, "dynamodb_ms": 10, "platform_log_bytes": 1000,
    "access_log_bytes": 450, "traced_share": 0.05,
}  # fmt: skip
INPUTS = replace(inputs.load(), assumed=ASSUMED)
WAYS = INPUTS.ways
RUN = Run(
    model="u2net", megapixels=1, init_ms=900, first_ms=600, warm_ms=500,
    in_bytes=2**20, out_bytes=2**21, log_bytes=1000,
)  # fmt: skip
ONE_SECOND = Case(replace(RUN, warm_ms=1000), Way(units={}), INPUTS)
MANY = 10_000_000


def case(way, **run):
    return Case(replace(RUN, **run), WAYS[way], INPUTS)


def per_thousand(case, pictures_a_day):
    load = case.steady(pictures_a_day)
    return {part: 1000 * paid / load.pictures for part, paid in case.dollars(load).items()}


@pytest.mark.parametrize(
    ("mean", "needed"),
    # From a table of Poisson's distribution: P(X <= 5) = 0.9994 at 1, P(X <= 4) = 0.9963;
    # P(X <= 21) = 0.9993 at 10, P(X <= 20) = 0.9984; at 0.001 one is enough.
    [(0.0001, 1), (1, 5), (10, 21)],
)
def test_the_concurrency_suffices_for_nearly_every_call_of_the_busiest_hour(mean, needed):
    assert ONE_SECOND.at_once(mean * DAY_S / 3) == needed


def test_a_single_picture_starts_cold():
    assert ONE_SECOND.steady(1).starts == 30


def test_at_a_thousand_a_day_few_calls_start_cold():
    # No call for 300 s, at one in 86.4 s: e^-3.472 = 0.0310. One environment, 12 times: 0.012
    assert ONE_SECOND.steady(1000).starts == pytest.approx(30_000 * 0.0430, rel=0.002)


def test_at_a_million_a_day_only_replaced_environments_start_cold():
    environments = ONE_SECOND.at_once(1_000_000)

    assert ONE_SECOND.steady(1_000_000).starts == pytest.approx(30 * 12 * environments)


def test_the_cost_of_a_call_equals_a_sum_by_hand():
    parts = per_thousand(case("call"), 1000)

    # 500 ms and three requests of 10 ms. 0.04305 of all calls start cold, which take 1 s more:
    # 573.05 ms x 1.72754 GB = 0.989967 GB-s; x 0.0000166667 x 1,000 = 0.016499, and 0.0002
    assert parts["Lambda"] == pytest.approx(0.016699, abs=1e-6)
    # 1,000 x 3.50 / 1,000,000
    assert parts["API Gateway"] == pytest.approx(0.0035)
    # 1,000 + 1,000 + 450 bytes x 1,000 / 2^30 x 0.50 = 0.001141. 5 % of 1,000 traces: 0.00025
    assert parts["logs, traces"] == pytest.approx(0.001391, abs=1e-6)
    # 1,000 requests of 1.00, 0.60 of the firewall and 0.10 of a function a million: 0.0017. In
    # 1,000 MB = 0.97656 GB x 0.02 = 0.019531. Out 1.95313 GB x 0.085 = 0.166016
    assert parts["transfer"] == pytest.approx(0.187247, abs=1e-6)
    # 12 write units of $0.625 and a read unit of $0.125 a million
    assert parts["DynamoDB"] == pytest.approx(0.007625)
    assert parts["S3"] == parts["queue, steps"] == 0


def test_where_lambda_decides_the_first_call_of_each_second_is_traced():
    call = case("call")
    first = replace(call, way=replace(call.way, traces_first=True))

    traces = [it.units(it.steady(1000))["trace"] / 30 for it in (call, first)]

    # In a day 994.24 seconds have a call, 86,400 x (1 - e^-0.011574); and 5 % of the other 5.76
    assert traces == [pytest.approx(50), pytest.approx(994.53, abs=0.01)]


def test_free_bytes_are_taken_off_once_a_month():
    call = case("call")
    load = call.steady(1000)

    listed, billed = (call.dollars(load, counts_free=free)["transfer"] for free in (False, True))

    # Of 58.59 GB out, 30,000 requests and 30,000 runs of the function nothing is charged:
    # 58.59375 x 0.085 + 0.03 + 0.003
    assert listed - billed == pytest.approx(5.01347, abs=1e-5)
    # At a million a day, 1,024 GB x 0.085, 10 million x 1.00 a million, 2 million x 0.10 a million
    many = call.steady(1_000_000)
    listed, billed = (call.dollars(many, counts_free=free)["transfer"] for free in (False, True))
    assert listed - billed == pytest.approx(87.04 + 10 + 0.2)


def test_what_a_call_streams_after_its_first_bytes_costs_time_and_money():
    within, over = (
        per_thousand(case("call", first_ms=500, init_ms=0, out_bytes=size), 1_000_000)
        for size in (6_000_000, 16_000_000)
    )

    # 10 MB at 2 MB/s are 5 s of 1.72754 GB: 8.6377 GB-s x 0.0000166667 x 1,000 = 0.143962;
    # 10,000 MB = 9.31323 GB x 0.008 = 0.074506
    assert over["Lambda"] - within["Lambda"] == pytest.approx(0.218468, abs=1e-6)
    # API Gateway counts each 10 MB as a call; the second million of a month costs 3.50, too
    assert over["API Gateway"] > 1.9 * within["API Gateway"]
    assert case("upload", out_bytes=16_000_000).slow_bytes == 0


def test_the_cost_of_an_upload_equals_a_sum_by_hand():
    parts = per_thousand(case("upload", in_bytes=2**22, out_bytes=12 * 2**20), 1000)

    # 2 PUTs of 5.00 and 2 GETs of 0.40 a million, x 1,000 = 0.0108; 16 MB for an hour of 720:
    # 15.625 GB / 720 x 0.023 = 0.000499
    assert parts["S3"] == pytest.approx(0.011299, abs=1e-6)
    # 14 x 0.625 + 4 x 0.125 a million, x 1,000
    assert parts["DynamoDB"] == pytest.approx(0.00925)
    # Out of S3 11.71875 GB x 0.09 = 1.054688, and 2,000 requests of CloudFront's,
    # its function's and the firewall's: 0.0034
    assert parts["transfer"] == pytest.approx(1.058088, abs=1e-6)
    assert parts["API Gateway"] == pytest.approx(0.007)


def test_the_cost_of_a_batch_of_ten_million_is_the_sum_of_its_parts():
    flat = {
        "lambda_request": 1e-6, "gb_second_x86_64": 1e-5, "s3_put": 5e-6, "s3_get": 1e-6,
        "state_transition": 2e-5, "log_gb": 2**30 * 1e-9, "trace": 4e-6, "s3_gb_month": 1,
    }  # fmt: skip
    prices = {name: Price(name, [[inf, each]]) for name, each in flat.items()}
    assumed = ASSUMED | {"memory_mb": 1024, "platform_log_bytes": 2000}
    batch = Case(
        replace(RUN, init_ms=0, first_ms=850, warm_ms=850),
        WAYS["batch"],
        replace(INPUTS, prices=prices, assumed=assumed),
    )

    parts = batch.dollars(batch.backlog(MANY, 4))

    assert parts == {
        "lambda_request": pytest.approx(0.25),  # 250,000 calls
        # 40 x (850 + 151.25) ms a call, and 0.1 ms of Plan and Gather for each picture
        "gb_second_x86_64": pytest.approx(100.135),
        "s3_put": pytest.approx(51.25),
        "s3_get": pytest.approx(20.25),
        "state_transition": pytest.approx(10),
        "log_gb": pytest.approx(10 + 0.5),
        # Of 2,504,125 s, in which four work, 237,927 have a call: 2,504,125 x (1 - e^-0.0998).
        # 5 % of the other 12,073 are traced too
        "trace": pytest.approx(0.95412, abs=1e-4),
        "s3_gb_month": 0,
    }


def test_a_load_pays_for_each_cold_start():
    call = case("call")
    parts = [call.dollars(Load(1000, DAY_S, starts))["Lambda"] for starts in (0, 100)]

    # 100 starts x 1 s x 1.72754 GB x 0.0000166667
    assert parts[1] - parts[0] == pytest.approx(0.0028792, rel=1e-4)


def test_a_backlog_takes_as_long_as_its_slowest_limit():
    # 10,012,500 s of work by four; 0.65 s of a start; 1,000 s of Plan and Gather
    load = case("batch", init_ms=500, first_ms=1000, warm_ms=850).backlog(MANY, 4)

    assert load.seconds == pytest.approx(10_012_500 / 4 + 0.65 + 1000)


def test_few_pictures_take_one_worker_call_at_any_concurrency():
    load = case("batch", init_ms=500, first_ms=1000, warm_ms=850).backlog(10_000, 1000)

    # 250 calls of 40.05 s. Each starts cold, and 2.78 hours of work replace 1.39 environments
    assert load.seconds == pytest.approx(0.65 + 40.05 + 1)
    assert load.starts == pytest.approx(250 + 1.39, abs=0.01)


def test_every_limit_allows_its_own_number_of_pictures():
    assert case("job", warm_ms=850).rates(4) == {
        "`JobConcurrency`": pytest.approx(4 / 1.07),  # 850 + 3 x 50 + 7 x 10 ms
        "`RequestsPerSecond`": 5,
        "an API key's megapixels": 8.333,
        "PUTs under one S3 prefix": pytest.approx(3500 / 3),
        "write units of one account's row": pytest.approx(1000 / 3),
        "write units of a new DynamoDB table": pytest.approx(4000 / 11),
    }


def test_a_higher_concurrency_raises_the_other_settings():
    rates = case("job", warm_ms=850).rates(1000)

    assert "`RequestsPerSecond`" not in rates
    assert min(rates, key=rates.get) == "write units of one account's row"
