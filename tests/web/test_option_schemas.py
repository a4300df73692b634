"""The schemas of options: what they have is accepted, and their defaults change nothing."""

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from cutout.options import rembg, removebg, text
from cutout.options.values import Reference
from cutout.web.openapi import values
from tests.options import strategies

NAMED = {"components": {"schemas": values.NAMED}}
CONTRACTS = {removebg: values.of_removebg(), rembg: values.of_rembg()}
NAMES = [pytest.param(*each, id=each[0].__name__.split(".")[-1]) for each in CONTRACTS.items()]
# What else a request needs for a value that only goes with another.
NEEDS = {
    "margin": {"crop": "true"},
    "af": {"a": "true", "ab": "0"},
    "ab": {"a": "true", "af": "255"},
    "ae": {"a": "true"},
}
BACKDROP = {"blend": {"backdrop": Reference(url="https://shop.example/b.jpg")}}


def resolved(schema):
    """Return the schemas of a value without references: one, or those that it may have."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return [schema, *resolved(values.NAMED[name])]
    return [schema, *(part for each in schema.get("anyOf", ()) for part in resolved(each))]


def stated(schema):
    """Return all values that a schema names, as a form has them."""
    found = []
    for part in resolved(schema):
        found += [*part.get("enum", ()), *part.get("examples", ())]
        found += [part[key] for key in ("default", "minimum", "maximum") if key in part]
        found += [True, False] if part.get("type") == "boolean" else []
    return {str(value).lower() if isinstance(value, bool) else str(value) for value in found}


def from_text(schema, written):
    """Return the value of a form's text in JSON: of the type that the schema has."""
    if any(part.get("type") == "boolean" for part in resolved(schema)):
        return {"true": True, "false": False}[written]
    has_numbers = any(part.get("type") == "integer" for part in resolved(schema))
    return int(written) if has_numbers and written.isdecimal() else written


def is_offered(name, value):
    return (name, value) != ("vm", "true")


@pytest.mark.parametrize(("contract", "schemas"), NAMES)
def test_every_parameter_of_a_contract_has_a_schema(contract, schemas):
    assert schemas.keys() == contract.PARAMETERS.keys()
    assert all(stated(schema) for schema in schemas.values())


@pytest.mark.parametrize(("contract", "schemas"), NAMES)
def test_the_server_accepts_every_value_that_a_schema_names(contract, schemas):
    for name, schema in schemas.items():
        for value in sorted(stated(schema)):
            if is_offered(name, value):
                contract.parse({name: value} | NEEDS.get(name, {}), BACKDROP.get(name, {}))


@pytest.mark.parametrize(("contract", "schemas"), NAMES)
def test_the_canonical_spelling_of_any_option_is_as_its_schema_has_it(contract, schemas):
    validators = {name: Draft202012Validator(schema | NAMED) for name, schema in schemas.items()}
    without = {**text.NOT_OFFERED, **getattr(contract, "NOT_OFFERED", {})}

    @given(strategies.options(without=without))
    def holds(options):
        for name, written in contract.generate(options).items():
            if name != "shadow_opacity":  # described as remove.bg's whole number, without %
                validators[name].validate(from_text(schemas[name], written))

    holds()


@pytest.mark.parametrize(("contract", "schemas"), NAMES)
def test_a_request_with_all_defaults_asks_for_what_it_asked_for_without(contract, schemas):
    defaults = {
        name: str(schema["default"]).lower()
        for name, schema in schemas.items()
        if "default" in schema
    }
    without = {**text.NOT_OFFERED, **getattr(contract, "NOT_OFFERED", {})}

    @given(strategies.options(without=without))
    def holds(options):
        parameters = contract.generate(options)
        pictures = {name: picture for name in text.PICTURES if (picture := getattr(options, name))}
        assert contract.parse(defaults | parameters, pictures) == options

    holds()
