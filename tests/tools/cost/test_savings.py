"""What changes have saved, and CloudFront's plans. Figures in comments are worked out by hand."""

from copy import deepcopy

import pytest

from tests.template.templates import SITE, read
from tools.cost import inputs
from tools.cost.day import ROOT
from tools.cost.savings import changes_section, plans_section

WRITTEN = inputs.tables()
INPUTS = inputs.load()
PAGE = (ROOT / "docs/deploy/cost.md").read_text()


def rows(section):
    """Return the cells of a section's table by the first of them."""
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {first: others for first, *others in cells}


def test_the_page_of_costs_has_the_tables_of_the_current_prices():
    assert f"<!-- changes -->\n{changes_section(WRITTEN)}<!-- end of changes -->" in PAGE
    assert f"<!-- plans -->\n{plans_section(INPUTS)}<!-- end of plans -->" in PAGE


def test_the_sum_by_hand_on_the_page_of_costs_is_the_cost_of_a_call_now():
    now = rows(changes_section(WRITTEN))["**now**"][0]

    assert f"The sum is **{now}**." in PAGE


def test_the_changes_add_up_to_the_difference():
    table = rows(changes_section(WRITTEN))
    before, now = table.pop("before"), table.pop("**now**")
    changes = [cells for what, cells in table.items() if what not in ("", "---")]

    for way in (0, 1):
        saved = sum(float(cells[way]) for cells in changes)
        assert float(now[way]) - float(before[way]) == pytest.approx(saved, abs=0.0003)


def test_a_change_is_what_its_former_values_cost_more():
    written = deepcopy(WRITTEN)
    before = {"ways": {"call": {"units": {"lambda_request": 11}}}}
    written["changes"] = [{"what": "ten requests fewer", "before": before}]

    table = rows(changes_section(written))

    # 10,000 requests of 0.20 a million, 10 MB of log, 500 traces: 0.0020 + 0.0047 + 0.0025
    assert table["ten requests fewer"][0] == "-0.0092"
    assert table["before"][1] == table["**now**"][1]  # the page's


def test_a_change_that_saves_nothing_is_left_out():
    written = deepcopy(WRITTEN)
    written["changes"] = [{"what": "nothing", "before": {"source": "elsewhere"}}]

    assert "nothing" not in rows(changes_section(written))


def test_a_plan_costs_its_price_as_far_as_its_allowance_reaches():
    table = rows(plans_section(INPUTS))

    # 30,000 pictures a month, of 20 GB; Pro $15, Business $200, Premium $1,000
    assert table["1,000"][-4:] == ["0.0000", "0.5000", "6.6667", "33.3333"]
    # 300,000 a month have 204 GB, and 30 million are more than Pro's 10 million requests
    assert table["10,000"][-4] == "over"
    assert table["1,000,000"][-4:] == ["over", "over", "0.0067", "0.0333"]


def test_the_plans_that_accept_the_site_offer_what_it_uses():
    # From the guide's table of features by tier
    config = SITE.resources_of_type("AWS::CloudFront::Distribution")["Distribution"]
    behaviours = 1 + len(config["DistributionConfig"]["CacheBehaviors"])
    needs_business = SITE.resources_of_type("AWS::CloudFront::CachePolicy")
    needs_business |= SITE.resources_of_type("AWS::CloudFront::ResponseHeadersPolicy")
    offered = SITE.written["Parameters"]["PricingPlan"]["AllowedValues"]

    assert 5 < behaviours <= 50
    assert needs_business
    assert "x-api-key" in str(read("infra/firewall.yaml").written)
    accepted = {name.upper() for name, plan in INPUTS.plans.items() if plan.accepts_site}
    assert accepted == {"BUSINESS", "PREMIUM"} == set(offered) - {""}
