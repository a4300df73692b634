"""The rules of rules.py, on every template and on resources that violate them."""

import re
from copy import deepcopy
from textwrap import indent
from types import SimpleNamespace

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


def constrained(schema, document, path=()):
    """Yield the path of each part of a resource that a schema requires, and whether it says its
    value."""
    for name in schema.get("required", ()):
        yield (*path, name), False
    for name, inner in schema.get("properties", {}).items():
        if inner and name in document:
            if "const" in inner:
                yield (*path, name), True
            yield from constrained(inner, document[name], (*path, name))


CONSTRAINED = [
    pytest.param(template.name, name, resource, path, has_value, id=f"{name}.{'.'.join(path)}")
    for template in ALL
    for name, resource in template.resources.items()
    for schema in rules.schemas(template.name, name, resource["Type"])
    for path, has_value in constrained(schema, {**resource, **resource.get("Properties", {})})
]


def template(resources):
    return Template(HEAD + indent(resources, "  "))


@pytest.mark.parametrize("template", ALL, ids=lambda template: template.name)
@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_every_template_keeps_every_rule(rule, template):
    assert list(rule(template)) == []


@pytest.mark.parametrize(
    ("rule", "complaint", "resources"), BROKEN, ids=[f"{rule}: {part}" for rule, part, _ in BROKEN]
)
def test_a_rule_names_what_breaks_it(rule, complaint, resources):
    assert complaint in "\n".join(getattr(rules, rule)(template(resources)))


@pytest.mark.parametrize(("template", "name", "resource", "path", "has_value"), CONSTRAINED)
def test_no_resource_does_without_what_its_schema_requires(
    template, name, resource, path, has_value
):
    broken = deepcopy(resource)
    *parents, last = path if path[0] in resource else ("Properties", *path)
    part = broken
    for parent in parents:
        part = part[parent]
    if has_value:
        part[last] = "another"
    else:
        del part[last]

    changed = SimpleNamespace(name=template, resources={name: broken})
    assert list(rules.resources_match_their_schemas(changed))


def test_every_type_with_a_schema_is_in_a_template():
    kinds = {resource["Type"] for one in ALL for resource in one.resources.values()}

    assert {key.split(" in ")[0] for key in rules.SCHEMAS} - kinds == {"LedgerTable", "LogBucket"}


def test_every_rule_has_something_that_breaks_it():
    assert {rule for rule, _, _ in BROKEN} == {rule.__name__ for rule in rules.RULES}


def test_the_deadlines_of_the_templates_are_in_order():
    assert list(rules.deadlines_are_in_order(SERVICE, SITE)) == []


def test_a_workers_deadline_is_before_its_timeout():
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
    [(27, 27, 30), (24, 29, 30), (24, 27, 24), (28, 27, 30), (24, 30, 30)],
)
def test_deadlines_out_of_order_are_named(deadline_s, timeout_s, origin_s):
    variables = {"CUTOUT_DEADLINE_S": deadline_s}
    function = {"Timeout": timeout_s, "Environment": {"Variables": variables}}
    service = template(f"Api: {{Type: AWS::Lambda::Function, Properties: {function}}}")
    site = template(f"Site: {{Type: Site, Properties: {{OriginReadTimeout: {origin_s}}}}}")

    assert "Api has the deadlines" in "\n".join(rules.deadlines_are_in_order(service, site))
