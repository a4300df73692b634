"""Every rule over every template, and over resources that break it."""

import re
from textwrap import indent

import pytest

from tests.template import rules
from tests.template.templates import ALL, ROOT, SERVICE, SITE, Template

HEAD = """
Transform: AWS::Serverless-2016-10-31
Parameters: {MemorySize: {Type: Number}}
Resources:
"""
CASES = (ROOT / "tests/template/broken.yaml").read_text().split("\n--- # ")[1:]
BROKEN = [re.fullmatch(r"(\w+): (.+?)\n(.+)", case, re.DOTALL).groups() for case in CASES]


def template(resources):
    return Template(HEAD + indent(resources, "  "))


@pytest.mark.parametrize("template", ALL, ids=lambda template: template.name)
@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_every_template_keeps_every_rule(rule, template):
    assert list(rule(template)) == []


@pytest.mark.parametrize(
    ("rule", "complaint", "resources"), BROKEN, ids=[f"{rule}: {said}" for rule, said, _ in BROKEN]
)
def test_a_rule_says_what_breaks_it(rule, complaint, resources):
    assert complaint in "\n".join(getattr(rules, rule)(template(resources)))


def test_every_rule_has_something_that_breaks_it():
    assert {rule for rule, _, _ in BROKEN} == {rule.__name__ for rule in rules.RULES}


def test_who_waits_outside_waits_longer():
    assert list(rules.deadlines_are_in_order(SERVICE, SITE)) == []


def test_a_worker_has_a_deadline_before_its_end_too():
    worker = """
Worker:
  Type: AWS::Lambda::Function
  Properties: {Timeout: 60, Environment: {Variables: {CUTOUT_DEADLINE_S: 60}}}
Source:
  Type: AWS::Lambda::EventSourceMapping
  Properties: {FunctionName: !Ref Worker}
"""

    assert list(rules.deadlines_are_in_order(template(worker), SITE)) == [
        "Worker has the deadlines [60, 60]"
    ]


@pytest.mark.parametrize(
    ("deadline_s", "timeout_s", "origin_s"),
    [(27, 27, 30), (24, 29, 30), (24, 27, 29), (28, 27, 30), (24, 30, 30)],
)
def test_deadlines_out_of_order_are_told(deadline_s, timeout_s, origin_s):
    variables = {"CUTOUT_DEADLINE_S": deadline_s}
    function = {"Timeout": timeout_s, "Environment": {"Variables": variables}}
    service = template(f"Api: {{Type: AWS::Lambda::Function, Properties: {function}}}")
    site = template(f"Site: {{Type: Site, Properties: {{OriginReadTimeout: {origin_s}}}}}")

    assert "Api has the deadlines" in "\n".join(rules.deadlines_are_in_order(service, site))
