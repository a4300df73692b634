"""What a picture costs. The figures in the comments are worked out by hand."""

import json
from dataclasses import asdict, replace
from math import inf

import pytest
from cfnlint.decode import decode

from tools.container.run import Run
from tools.contenders.catalogue import ROOT
from tools.cost import __main__ as command
from tools.cost import prices, runs, table
from tools.cost.bill import Case, bill, gb_seconds, month
from tools.cost.capacity import DAY_S, at_once, cold_share, traces
from tools.cost.prices import Price
from tools.cost.runs import Runs, RunsMissing

BOOK = prices.load(prices.FILE)
ASSUMED = BOOK.assumed
SMALL = Run(
    tool="cutout", model="u2net", megapixels=1, memory_mb=1769, architecture="x86_64",
    init_ms=900, first_ms=600, warm_ms=500, peak_mb=300,
    in_bytes=2**20, out_bytes=2**21, log_bytes=1000,
)  # fmt: skip
LARGE = replace(
    SMALL, megapixels=12, first_ms=2600, warm_ms=2500, in_bytes=2**22, out_bytes=12 * 2**20
)


def test_each_tier_has_its_price():
    # 15 TB out of S3: 10,240 GB × 0.09 + 5,120 GB × 0.085 = 921.60 + 435.20
    assert BOOK.prices["s3_gb_out"].dollars(15 * 1024) == pytest.approx(1356.80)


@pytest.mark.parametrize("price", BOOK.prices.values(), ids=BOOK.prices)
def test_tiers_rise_to_the_end_and_grow_cheaper(price):
    ends, each = zip(*price.tiers, strict=True)

    assert list(ends) == sorted(ends)
    assert ends[-1] == inf
    assert list(each) == sorted(each, reverse=True)
    assert price.page.startswith("https://")
    assert price.seen


@pytest.mark.parametrize(
    ("mean", "needed"),
    # From a table of Poisson's distribution: P(X <= 5) = 0.9994 at 1, P(X <= 4) = 0.9963;
    # P(X <= 21) = 0.9993 at 10, P(X <= 20) = 0.9984; at 0.001 the first is room enough.
    [(0.0001, 1), (1, 5), (10, 21)],
)
def test_nearly_every_call_of_the_busiest_hour_finds_room(mean, needed):
    pictures = mean * DAY_S / ASSUMED.peak_factor  # of one second each

    assert at_once(pictures, 1.0, ASSUMED) == needed


def test_a_single_picture_starts_cold():
    assert cold_share(1, 1, ASSUMED) == 1


def test_at_a_thousand_a_day_few_start_cold():
    # Nobody for 300 s, at one in 86.4 s: e^-3.472 = 0.0310. One environment, 12 times: 0.012
    assert cold_share(1000, 1, ASSUMED) == pytest.approx(0.0430, abs=0.0001)


def test_at_a_million_a_day_only_replaced_environments_start_cold():
    assert cold_share(1_000_000, 32, ASSUMED) == pytest.approx(32 * 12 / 1_000_000)


def test_a_quiet_service_is_traced_whole_and_a_busy_one_in_part():
    assert traces(1, ASSUMED) == pytest.approx(1, abs=0.001)
    # Ten a second, none of whose seconds is empty: 86,400 and 5 % of the other 777,600
    assert traces(10 * DAY_S, ASSUMED) == pytest.approx(125_280, rel=0.0001)


def test_a_second_of_the_default_memory_on_arm64_is_what_aws_says():
    # 1,769 MB are 1.7275 GB; × 0.0000133334 = 0.00002303, and 0.0000002 for the request
    book = replace(BOOK, assumed=replace(ASSUMED, environment_hours=inf))
    case = Case(replace(SMALL, warm_ms=1000), "arm64", 1_000_000)

    assert bill(case, book).parts["Lambda"] == pytest.approx(0.0233, abs=0.0001)


def test_a_cell_of_the_table_is_what_comes_out_by_hand():
    made = bill(Case(SMALL, "x86_64", 1000), BOOK)

    # Cold: 0.03105 + 0.012 = 0.04305 of all calls, of 900 + 600 ms; the others of 500 ms.
    # 0.04305 × 1,500 + 0.95695 × 500 = 543.05 ms; × 1.72754 GB = 0.93814 GB-s a picture.
    # 938.14 × 0.0000166667 = 0.015636, and 1,000 requests of 0.20 a million: 0.000200
    assert made.parts["Lambda"] == pytest.approx(0.015836, abs=1e-6)
    # 1,000 × 3.50 / 1,000,000
    assert made.parts["API Gateway"] == pytest.approx(0.0035)
    # 1,000 + 1,000 + 450 bytes × 1,000 / 2^30 × 0.50 = 0.001141. In a day 994.24 seconds have a
    # call, 86,400 × (1 - e^-0.011574); 5 % of the other 5.76 makes 994.52 traces: 0.004973
    assert made.parts["logs, traces"] == pytest.approx(0.006114, abs=1e-6)
    # 1,000 requests of 1.00 a million: 0.001. In 1,000 MB = 0.97656 GB × 0.02 = 0.019531.
    # Out 1.95313 GB × 0.085 = 0.166016
    assert made.parts["transfer"] == pytest.approx(0.186547, abs=1e-6)
    assert made.parts["S3"] == 0
    # 13 write units of $0.625 and 2 read units of $0.125 a million
    assert made.parts["DynamoDB"] == pytest.approx(0.008375)
    assert made.total == pytest.approx(0.220372, abs=2e-6)
    assert made.at_once == 1


def test_init_is_paid_and_time_counts_to_the_next_millisecond():
    one = gb_seconds(Case(replace(SMALL, memory_mb=1024, first_ms=600.2), "x86_64", 1), BOOK)

    assert one == pytest.approx(1.501)


def test_what_lambda_cannot_carry_goes_by_way_of_s3():
    made = bill(Case(LARGE, "x86_64", 1000), BOOK)

    # 2 puts of 5.00 and 2 gets of 0.40 a million, × 1,000 = 0.0108; 16 MB for an hour of 720:
    # 15.625 GB / 720 × 0.023 = 0.000499
    assert made.parts["S3"] == pytest.approx(0.011299, abs=1e-6)
    # 15 × 0.625 + 5 × 0.125 a million, × 1,000
    assert made.parts["DynamoDB"] == pytest.approx(0.01)
    # Out of S3 11.71875 GB × 0.09 = 1.054688, and 2,000 requests of CloudFront's: 0.002
    assert made.parts["transfer"] == pytest.approx(1.056688, abs=1e-6)
    assert made.parts["API Gateway"] == pytest.approx(0.007)


def test_a_small_picture_may_go_by_way_of_s3_too():
    assert bill(Case(SMALL, "x86_64", 1000, is_uploaded=True), BOOK).parts["S3"] > 0


def test_every_price_is_asked_somewhere():
    cases = [Case(run, name, 1) for run in (SMALL, LARGE) for name in table.ARCHITECTURES]

    assert {name for case in cases for name in month(case, BOOK)} == BOOK.prices.keys()


def test_large_amounts_are_cheaper_by_the_piece():
    shares = [bill(Case(LARGE, "x86_64", count), BOOK).total for count in table.PICTURES]

    assert shares == sorted(shares, reverse=True)


def test_the_tables_have_every_run_and_say_what_is_not_measured():
    text = table.section(Runs("a machine", "2026-01-01", (SMALL, LARGE)), BOOK)

    assert "| u2net | 1 | x86_64 |" in text
    assert "| u2net | 1 | arm64* |" in text
    assert "| u2net | 12† | x86_64 |" in text
    assert "arm64 is not measured" in text
    assert "a machine" in text


def test_every_input_is_named():
    text = table.section(Runs("a machine", "2026-01-01", (SMALL,)), BOOK)

    assert [name for name in asdict(ASSUMED) if f"`{name}`" not in text] == []
    assert [price.unit for price in BOOK.prices.values() if price.unit not in text] == []


@pytest.mark.parametrize(
    ("each", "unit", "said"),
    [(0.625e-6, "request", "$0.625 a million"), (0.0000166667, "GB-second", "$0.0000166667")],
)
def test_prices_are_said_as_aws_says_them(each, unit, said):
    assert table.each(Price("", unit, ((inf, each),), "", "")) == said


def test_the_memory_is_the_templates():
    template, _ = decode(str(ROOT / "template.yaml"))

    assert template["Parameters"]["MemorySize"]["Default"] == ASSUMED.memory_mb


@pytest.fixture
def bench(tmp_path):
    """Writes a bench.json of some rows."""

    def bench(*rows):
        path = tmp_path / "bench.json"
        path.write_text(json.dumps({"machine": "m", "date": "d", "runs": rows}))
        return path

    return bench


def test_ours_of_the_default_memory_count(bench):
    ours = asdict(SMALL)
    rembg = ours | {"tool": "rembg"}

    found = runs.load(bench(ours, ours | {"memory_mb": 1024}, rembg), 1769)

    assert found.runs == (SMALL,)


def test_without_such_a_run_the_bench_is_named(bench):
    with pytest.raises(RunsMissing, match="make bench-container"):
        runs.load(bench(), 1769)


def test_without_the_bench_it_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(runs, "FILE", tmp_path / "bench.json")

    assert command.main() == 1
    assert "`make bench-container`" in capsys.readouterr().err


def test_the_section_is_written_and_printed(tmp_path, monkeypatch, capsys, bench):
    monkeypatch.setattr(runs, "FILE", bench(asdict(SMALL)))
    monkeypatch.setattr(command, "OUT", tmp_path / "cost" / "table.md")

    assert command.main() == 0
    assert command.OUT.read_text() == capsys.readouterr().out.removesuffix("\n")
