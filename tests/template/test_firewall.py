"""infra/firewall.yaml: whom AWS WAF counts together, and what those above a limit are answered."""

import pytest

from tests.template.rules import is_our_error
from tests.template.templates import mappings_with, read
from tools.cost import inputs

FIREWALL = read("infra/firewall.yaml")
(ACL,) = FIREWALL.resources_of_type("AWS::WAFv2::WebACL").values()
RULES = {rule["Name"]: rule for rule in ACL["Rules"]}


def rate(name):
    return RULES[name]["Statement"]["RateBasedStatement"]


def has_key(statement):
    constraint = statement["SizeConstraintStatement"]
    assert constraint["FieldToMatch"] == {"SingleHeader": {"Name": "x-api-key"}}
    return (constraint["ComparisonOperator"], constraint["Size"]) == ("GT", 0)


def test_visitors_are_counted_by_address_and_apart_from_callers_with_a_key():
    visitors, with_keys = rate("Visitors"), rate("AddressesWithKeys")

    assert visitors["AggregateKeyType"] == with_keys["AggregateKeyType"] == "IP"
    assert has_key(visitors["ScopeDownStatement"]["NotStatement"]["Statement"])
    assert has_key(with_keys["ScopeDownStatement"])


def test_callers_with_a_key_are_counted_by_key_too():
    (key,) = rate("Keys")["CustomKeys"]

    assert key["Header"]["Name"] == "x-api-key"
    assert rate("Keys")["Limit"] == rate("AddressesWithKeys")["Limit"]


def test_limits_are_per_minute():
    assert {rate(name)["EvaluationWindowSec"] for name in RULES} == {60}


@pytest.mark.parametrize("name", RULES)
def test_requests_above_a_limit_get_429_in_the_apis_shape(name):
    response = RULES[name]["Action"]["Block"]["CustomResponse"]
    headers = {header["Name"]: header["Value"] for header in response["ResponseHeaders"]}

    assert response["ResponseCode"] == 429
    assert headers == {"Retry-After": "60", "Access-Control-Allow-Origin": "*"}
    body = ACL["CustomResponseBodies"][response["CustomResponseBodyKey"]]
    assert body["ContentType"] == "APPLICATION_JSON"
    assert is_our_error(body["Content"])


def test_no_sample_of_a_request_is_kept():
    settings = mappings_with("SampledRequestsEnabled", ACL)

    assert len(settings) == 1 + len(RULES)
    assert not any(it["SampledRequestsEnabled"] for it in settings)


def test_the_firewall_costs_what_its_description_says():
    monthly = inputs.tables()["monthly"]

    assert monthly["firewall_rule"]["count"] == len(RULES)
    dollars = sum(monthly[it]["each"] * monthly[it]["count"] for it in ("web_acl", "firewall_rule"))
    request = inputs.load().prices["waf_request"].dollars(1)
    assert f"It costs {dollars:g} dollars a month" in FIREWALL.written["Description"]
    assert f"{request * 1e8:g} cents per million requests" in FIREWALL.written["Description"]
