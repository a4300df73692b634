"""Computes what each change has saved, and CloudFront's flat-rate plans beside pay-as-you-go."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

from tools import markdown

from .inputs import Inputs, Plan, Way, merged, monthly, parse
from .model import Case

FEW = 1_000  # pictures a day
LOADS = FEW, 10_000, 100_000, 1_000_000  # pictures a day
CELLS = "call", "page"  # the ways in whose cost the changes are shown
PLANNED = "call"  # the way in whose bytes go through CloudFront
# The prices that a flat-rate plan replaces, with those of the firewall a month
COVERED = (
    "cloudfront_request", "cloudfront_gb_in", "cloudfront_gb_out", "cloudfront_function",
    "waf_request",
)  # fmt: skip
FIREWALL = "web_acl", "firewall_rule"
LEAST = 0.00005  # dollars; less is 0.0000 in the table


def changes_section(written: Mapping[str, Any]) -> str:
    """Return the table of what 1,000 pictures cost before, what each change saves, and now."""
    inputs = parse(written)
    listed = [_per_thousand(inputs, inputs.ways[name], counts_free=False) for name in CELLS]
    as_webp = replace(inputs.ways[PLANNED], format="webp")
    table = markdown.table(["", *CELLS], list(_changes(written)))
    sizes = ", ".join(
        f"${_http_api(written, run.out_bytes):.2f} with {run.out_bytes:,} at {run.megapixels:g} MP"
        for run in inputs.runs
    )
    rest = inputs.prices["api_call"].dollars(1_000_000)
    return f"""Computed from {inputs.source}. Dollars for 1,000 pictures at {FEW:,} a day, \
{inputs.runs[0].model}, {inputs.runs[0].megapixels:g} MP:

{table}
At list prices, without CloudFront's and S3's free bytes and requests of each month, they are \
{" and ".join(f"{dollars:.4f}" for dollars in listed)}, and `{PLANNED}` with `format=webp` is \
{_per_thousand(inputs, as_webp, counts_free=False):.4f}. What does not depend on the load, \
${inputs.monthly_dollars:.2f} a month at most, is not included: at {FEW:,} pictures a day it is \
{1000 * inputs.monthly_dollars / FEW / inputs.assumed["days_a_month"]:.2f} for 1,000 of them.

An HTTP API charges each 512 KB as a call. A million calls with such responses would cost, by the \
bytes of the response, {sizes}; those of the REST API cost ${rest:.2f} at any of these sizes.
"""


def _changes(written: Mapping[str, Any]) -> Iterator[list[str]]:
    befores = [change["before"] for change in written["changes"]]
    # states[n] has the first n changes
    states = [parse(reduce(merged, befores[n:], written)) for n in range(len(befores) + 1)]
    totals = [[_per_thousand(state, state.ways[name]) for name in CELLS] for state in states]
    yield ["before", *(f"{dollars:.4f}" for dollars in totals[0])]
    for change, old, new in zip(written["changes"], totals, totals[1:], strict=False):
        saved = [after - before for before, after in zip(old, new, strict=True)]
        if any(abs(dollars) >= LEAST for dollars in saved):
            yield [change["what"], *(f"{dollars:+.4f}" for dollars in saved)]
    yield ["**now**", *(f"{dollars:.4f}" for dollars in totals[-1])]


def _per_thousand(inputs: Inputs, way: Way, *, counts_free: bool = True) -> float:
    case = Case(inputs.runs_of(way)[0], way, inputs)
    load = case.steady(FEW)
    return 1000 * sum(case.dollars(load, counts_free=counts_free).values()) / load.pictures


def _http_api(written: Mapping[str, Any], size: int) -> float:
    """Return the dollars of a million calls of an HTTP API with responses of this size."""
    price = written["http_api"]
    return float(1e6 * price["each"] * -(-size // price["bytes"]))


def plans_section(inputs: Inputs) -> str:
    """Return the table of what transfer costs by each plan and load."""
    head = ["pictures a day", "GB a month", "list prices", "pay-as-you-go", *inputs.plans]
    accepted = [name for name, plan in inputs.plans.items() if plan.accepts_site]
    return f"""Dollars for 1,000 pictures of {inputs.runs[0].megapixels:g} MP by `{PLANNED}`, for \
what a plan covers: CloudFront's bytes and requests, its function, and the firewall with its \
${monthly(*FIREWALL):.0f} a month. Pay-as-you-go is without the free bytes and requests of each \
month; "over" is more than the plan's allowance:

{markdown.table(head, [_plans(inputs, pictures) for pictures in LOADS])}
As the templates are, AWS accepts the site in these: {", ".join(accepted)}.
"""


def _plans(inputs: Inputs, pictures_a_day: int) -> list[str]:
    case = Case(inputs.runs[0], inputs.ways[PLANNED], inputs)
    load = case.steady(pictures_a_day)
    units = {name: count for name, count in case.units(load).items() if name in COVERED}
    firewall = monthly(*FIREWALL)
    sums = [
        firewall + sum(inputs.prices[it].dollars(units[it], counts_free=free) for it in units)
        for free in (False, True)
    ]
    dollars = [*sums, *(_flat(plan, units) for plan in inputs.plans.values())]
    cells = ["over" if it is None else f"{1000 * it / load.pictures:,.4f}" for it in dollars]
    return [f"{pictures_a_day:,}", f"{units['cloudfront_gb_out']:,.0f}", *cells]


def _flat(plan: Plan, units: Mapping[str, float]) -> float | None:
    """Return the dollars a month of a plan, or None for a load that it does not allow."""
    fits = units["cloudfront_gb_out"] <= plan.gigabytes
    fits = fits and units["cloudfront_request"] <= plan.requests
    return plan.dollars if fits else None
