"""The dearest day. The figures in the comments are worked out by hand."""

from dataclasses import replace

import pytest

from cutout.credits.allowance import UPLOAD_CALLS
from cutout.lambdas import streaming
from tests.template.templates import SERVICE
from tests.test_requests import Calls, bill
from tools.cost import day, inputs
from tools.cost.__main__ import day_section
from tools.cost.day import ROOT, Day
from tools.cost.model import DAY_S

INPUTS = inputs.load()
DAY = Day(INPUTS)
VISITORS = {line.what: line.dollars for line in DAY.visitors()}
CALLERS = {line.what: line.dollars for line in DAY.callers()}


def test_the_page_of_costs_has_the_bound_of_the_current_templates_and_prices():
    page = (ROOT / "docs/deploy/cost.md").read_text()

    assert f"<!-- day -->\n{day_section(INPUTS)}<!-- end of day -->" in page


def test_the_throttles_pass_73_requests_a_second():
    # Four methods at 10 and four at 5; HEAD, PATCH and PUT of both and all seven of / at 1
    assert sum(day.rates()) == 4 * 10 + 4 * 5 + 2 * 3 + 7
    # 73 x 86,400 x 3.70 a million
    passed = VISITORS["calls that pass API Gateway's throttles"]
    assert passed == pytest.approx(23.34, abs=0.01)


def test_every_path_of_the_api_is_counted():
    (api,) = SERVICE.resources_of_type("AWS::ApiGateway::RestApi").values()

    assert len(list(day.rates("POST"))) == len(api["Body"]["paths"])


def test_a_cutout_takes_as_long_as_the_function_lets_it():
    function = SERVICE.resources_of_type("AWS::Lambda::Function")["ApiFunction"]
    deadline_s = function["Environment"]["Variables"]["CUTOUT_DEADLINE_S"]

    assert INPUTS.assumed["cutout_s"] == deadline_s + streaming.GRACE_S
    # 6,000 x 27 s x 1.72754 GB x 0.0000166667
    assert VISITORS["Lambda: visitors' cutouts"] == pytest.approx(4.664, abs=0.001)


@pytest.fixture
def visitor(engine, photo, monkeypatch):
    """A visitor with an IPv6 address, whose first upload has been used once."""
    monkeypatch.setattr(engine, "is_ready", lambda: True)
    calls = Calls(engine, photo, monkeypatch)
    calls.address = "2001:db8::1"
    calls.create("")
    calls.use("")
    calls.counts.take()
    return calls


def units(counts):
    """Return the units of a call that have a price, by its name, with the client's own GET."""
    names = {"writes": "dynamodb_write", "reads": "dynamodb_read", "s3_puts": "s3_put"}
    return {name: counts.get(count, 0) for count, name in names.items()}


def test_a_call_of_a_visitor_costs_most_with_an_upload_that_has_been_used(visitor):
    visitor.use("")

    counts = visitor.counts.take()
    gets = {"s3_get": counts["s3_gets"] + 1}  # the result's, which the client fetches
    assert units(counts) | gets == day.CUTOUT_UNITS
    # 6,000 x (11 x 0.625 + 2 x 0.125 + 5.00 + 2 x 0.40) a million
    assert VISITORS["DynamoDB and S3 of visitors' calls"] == pytest.approx(0.07755)


def test_a_refused_call_of_a_visitor_writes_as_much(visitor):
    for _ in range(visitor.settings.calls_per_address - UPLOAD_CALLS):
        visitor.rembg("")
    visitor.counts.take()

    visitor.use("", status=429)

    assert visitor.counts.take() == bill(3, day.POST_WRITES, 1)
    # 16 POSTs a second x 86,400 x 11 x 0.625 a million, and 73 x 86,400 x 0.125 a million
    assert VISITORS["DynamoDB"] == pytest.approx(9.504 + 0.7884)


def test_an_upload_can_be_deleted_again_and_again(visitor):
    visitor.delete("")
    visitor.counts.take()

    visitor.delete("")

    assert units(visitor.counts.take()) == day.DELETE_UNITS
    # 16 x 86,400 x (0.625 + 0.125 + 5.00) a million
    assert VISITORS["DynamoDB and S3 of deletions"] == pytest.approx(7.9488)


def test_links_end_with_the_alarm():
    # 600 s x 0.125e9 bytes / 2^30 = 69.85 GB x 0.09
    assert VISITORS["links after that"] == pytest.approx(6.287, abs=0.001)
    # 86,400 s: 10,058 GB
    assert DAY.endless_links() == pytest.approx(905.2, abs=0.1)


def test_a_slower_alarm_costs_more():
    assumed = INPUTS.assumed | {"alarm_delay_s": 2 * INPUTS.assumed["alarm_delay_s"]}
    slower = Day(replace(INPUTS, assumed=assumed))

    lines = {line.what: line.dollars for line in slower.visitors()}
    assert lines["links after that"] == pytest.approx(2 * VISITORS["links after that"])


def test_sweeps_and_webhooks_are_those_of_the_template():
    functions = SERVICE.resources_of_type("AWS::Lambda::Function")
    sources = SERVICE.resources_of_type("AWS::Lambda::EventSourceMapping")
    sweep, webhook = functions["SweepFunction"], functions["WebhookFunction"]
    at_once = sources["WebhookFunctionDue"]["ScalingConfig"]["MaximumConcurrency"]
    price = INPUTS.prices["gb_second_x86_64"].dollars(1)

    sweeps_s = DAY_S / 300 * sweep["Timeout"]
    assert VISITORS["sweeps"] == pytest.approx(sweeps_s * sweep["MemorySize"] / 1024 * price)
    webhooks_s = DAY_S * at_once
    assert CALLERS["WebhookFunction"] == pytest.approx(
        webhooks_s * webhook["MemorySize"] / 1024 * price
    )


def test_an_address_costs_what_the_firewall_lets_through():
    # 300 x 1,440 x 1.70 a million; and x 2^20 bytes = 421.875 GB x 0.085
    assert DAY.address() == pytest.approx(0.7344)
    assert DAY.page(2**20) == pytest.approx(35.859, abs=0.001)
