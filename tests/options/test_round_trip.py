"""Every spelling of the options says all that it offers, and is read as it was written."""

from argparse import ArgumentParser
from dataclasses import fields

import pytest
from hypothesis import given

from cutout.errors import UnsupportedOption
from cutout.options import canonical, command_line, rembg, removebg, text
from cutout.options.record import Options
from tests.options import strategies


def pictures(options):
    return {name: picture for name in text.PICTURES if (picture := getattr(options, name))}


def flags(*words):
    parser = ArgumentParser(allow_abbrev=False)
    command_line.add_flags(parser, with_hints=True)
    return parser.parse_args(words)


def test_the_properties_are_tried_with_every_field():
    assert set(strategies.FIELDS) == {field.name for field in fields(Options)}
    assert {*text.FIELDS, *text.PICTURES} == set(strategies.FIELDS)


@given(strategies.options())
def test_the_canonical_form_is_read_as_it_was_written(options):
    assert canonical.from_json(canonical.to_json(options)) == options


@given(strategies.options(), strategies.options())
def test_equal_options_alone_have_an_identity_in_common(one, other):
    assert (canonical.identity(one) == canonical.identity(other)) == (one == other)


@given(strategies.options(without=text.NOT_OFFERED))
def test_remove_bgs_names_are_read_as_they_were_written(options):
    assert removebg.parse(removebg.generate(options), pictures(options)) == options


@given(strategies.options(without=rembg.NOT_OFFERED))
def test_rembgs_names_are_read_as_they_were_written(options):
    assert rembg.parse(rembg.generate(options), pictures(options)) == options


@given(strategies.options(without=text.NOT_OFFERED))
def test_flags_are_read_as_they_were_written(options):
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
def test_what_a_spelling_does_not_offer_it_refuses(spelling, refused):
    with pytest.raises(UnsupportedOption):
        spelling(refused)
