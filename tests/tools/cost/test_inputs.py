"""tools/prices.toml and the template's values that it repeats."""

import tomllib
from dataclasses import replace
from math import inf

import pytest

from cutout.credits.accounts import MEGAPIXELS_PER_MINUTE
from tests.template.templates import SERVICE
from tools.cost import inputs
from tools.cost.inputs import Price, Way, merged
from tools.cost.model import Case

INPUTS = inputs.load()
TABLES = tomllib.loads(inputs.FILE.read_text())


def default(parameter):
    return SERVICE.written["Parameters"][parameter]["Default"]


def test_each_volume_tier_has_its_price():
    # 15 TB out of S3: 10,240 GB x 0.09 + 5,120 GB x 0.085 = 921.60 + 435.20
    assert INPUTS.prices["s3_gb_out"].dollars(15 * 1024) == pytest.approx(1356.80)


def test_the_first_units_of_a_month_are_free_where_that_is_asked_for():
    price = Price("transfer", [[10, 1.0], [inf, 0.5]], free=4)

    assert price.dollars(12) == 11
    assert price.dollars(12, counts_free=True) == 7
    assert price.dollars(3, counts_free=True) == 0


def test_a_format_changes_bytes_and_time_of_the_sizes_for_which_it_was_measured():
    measured = {"webp": {"1": {"share": 0.25, "more_ms": 40}}}
    runs = [replace(INPUTS.runs[0], megapixels=size, out_bytes=1000, warm_ms=200, first_ms=300)
            for size in (1, 12)]  # fmt: skip
    changed = replace(INPUTS, formats=measured, runs=runs)

    (run,) = changed.runs_of(Way(units={}, format="webp"))

    assert (run.megapixels, run.out_bytes, run.warm_ms, run.first_ms) == (1, 250, 240, 340)
    assert changed.runs_of(Way(units={})) == runs


def test_a_table_is_merged_in_all_its_depth():
    assert merged({"a": {"b": 1, "c": [1]}, "d": 2}, {"a": {"c": [3]}}) == {
        "a": {"b": 1, "c": [3]}, "d": 2,
    }  # fmt: skip


@pytest.mark.parametrize("price", TABLES["prices"].values(), ids=TABLES["prices"])
def test_tiers_rise_to_infinity_and_become_cheaper(price):
    ends, each = zip(*price["tiers"], strict=True)

    assert list(ends) == sorted(ends)
    assert ends[-1] == inf
    assert list(each) == sorted(each, reverse=True)


def test_every_price_and_limit_names_its_source():
    limits = [limit for limit in TABLES["limits"].values() if "is_setting" not in limit]

    for source in [*TABLES["prices"].values(), *limits, TABLES["plans"], TABLES["http_api"]]:
        assert source["page"].startswith("https://")
        assert source["seen"]


def test_every_price_and_limit_is_used():
    cases = [Case(INPUTS.runs[0], way, INPUTS) for way in INPUTS.ways.values()]

    used = {name for case in cases for name in case.units(case.steady(1000))}
    assert INPUTS.prices.keys() - used == {"gb_second_arm64"}  # which the text compares
    assert INPUTS.limits.keys() == {name for way in INPUTS.ways.values() for name in way.requests}


def test_the_settings_equal_the_defaults_of_the_template_and_of_api_keys():
    assert INPUTS.assumed["memory_mb"] == default("MemorySize")
    (rule,) = SERVICE.resources_of_type("AWS::XRay::SamplingRule").values()
    assert INPUTS.assumed["traced_share"] == rule["SamplingRule"]["FixedRate"]
    assert rule["SamplingRule"]["ReservoirSize"] == 0
    assert INPUTS.limits["api_calls"]["each_s"] == default("RequestsPerSecond")
    assert INPUTS.limits["megapixels"]["each_s"] == pytest.approx(MEGAPIXELS_PER_MINUTE / 60, 1e-4)
    assert 1 / INPUTS.ways["batch"].worker_calls == default("BatchItems")
    for way in (INPUTS.ways["job"], INPUTS.ways["batch"]):
        assert way.concurrency["default"] == default(way.concurrency["parameter"])
