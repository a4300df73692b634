"""Every spelling of the options round-trips for all options that it offers."""

from argparse import ArgumentParser
from dataclasses import fields, replace

import pytest
from hypothesis import given

from cutout.errors import UnsupportedOption
from cutout.options import canonical, command_line, rembg, removebg, text
from cutout.options.record import Options
from tests.options import strategies


def pictures(options):
    return {name: picture for name in text.PICTURES if (picture := getattr(options, name))}


def spelled_out(options):
    return replace(options, model=options.effective_model, edges=options.effective_edges)


def flags(*words):
    parser = ArgumentParser(allow_abbrev=False)
    command_line.add_flags(parser, with_hints=True)
    return parser.parse_args(words)


def test_the_strategies_cover_every_field():
    assert set(strategies.FIELDS) == {field.name for field in fields(Options)}
    assert {*text.FIELDS, *text.PICTURES} == set(strategies.FIELDS)


@given(strategies.options())
def test_the_canonical_form_round_trips(options):
    assert canonical.from_json(canonical.to_json(options)) == options


@given(strategies.options(), strategies.options())
def test_identities_are_equal_exactly_for_options_that_ask_for_the_same(one, other):
    is_same = spelled_out(one) == spelled_out(other)

    assert (canonical.identity(one) == canonical.identity(other)) == is_same


@given(strategies.options(without=text.NOT_OFFERED))
def test_remove_bg_parameters_round_trip(options):
    assert removebg.parse(removebg.generate(options), pictures(options)) == options


@given(strategies.options(without=rembg.NOT_OFFERED))
def test_rembg_parameters_round_trip(options):
    assert rembg.parse(rembg.generate(options), pictures(options)) == options


@given(strategies.options(without=text.NOT_OFFERED))
def test_command_line_flags_round_trip(options):
    files = {name: f"{name}.png" for name in pictures(options)}

    words = command_line.generate(options, files)

    assert command_line.parse(flags(*words), pictures(options)) == options


@pytest.mark.parametrize(
    ("spelling", "refused"),
    [
        (removebg.generate, Options(watermark=True)),
        (rembg.generate, Options(watermark=True)),
        (rembg.generate, Options(format="webp")),
        (lambda options: command_line.generate(options, {}), Options(watermark=True)),
    ],
)
def test_a_spelling_refuses_options_that_it_does_not_offer(spelling, refused):
    with pytest.raises(UnsupportedOption):
        spelling(refused)
