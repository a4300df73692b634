import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutout import errors
from cutout.options import rembg as dialect
from cutout.options.values import Length, Point, Region, Thresholds

JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["type", "data"]), inner),
    max_leaves=10,
)
MARKS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["point", "rectangle", "circle"]),
        "data": st.lists(JSONS, max_size=5),
    },
    optional={"label": JSONS | st.sampled_from([0, 1])},
)


def hints(roi, points, extras):
    options = dialect.parse({"roi": roi, "points": points, "extras": extras})
    return options.roi, options.points


def prompt(*marks):
    return json.dumps({"sam_prompt": marks})


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("", ""),
        ("0,255,0,128", "#00ff0080"),
        ("1, 2, 3", "#010203"),
        ("#0f0", "#0f0"),
        ("lime", "lime"),
    ],
)
def test_colours_of_four_numbers_become_hexadecimal(text, colour):
    assert dialect.colour(text) == colour


@pytest.mark.parametrize(
    "text", ["1,2", "1,2,3,256", "1,2,3,4,5", "-1,2,3", ",,", "1" * 5000 + ",1,1"]
)
def test_numbers_that_are_no_colour_are_refused(text):
    with pytest.raises(errors.InvalidColour):
        dialect.colour(text)


def test_alpha_matting_sets_edges_fine():
    assert dialect.edges("", matting=True, decontaminate=False) == "fine"
    assert dialect.edges("fine", matting=True, decontaminate=False) == "fine"
    assert dialect.edges("", matting=False, decontaminate=False) == ""
    assert dialect.edges("off", matting=False, decontaminate=False) == "off"
    with pytest.raises(errors.InvalidParameter, match="edges off was asked for too"):
        dialect.edges("off", matting=True, decontaminate=False)


def test_decontamination_requires_refined_edges():
    assert dialect.edges("", matting=False, decontaminate=True) == ""
    with pytest.raises(errors.InvalidParameter, match="dc"):
        dialect.edges("off", matting=False, decontaminate=True)


def test_thresholds_are_set_only_where_one_is_sent():
    assert dialect.parse({"a": "true"}).thresholds is None
    assert dialect.parse({"a": "true", "af": "200"}).thresholds == Thresholds(200, 10, 10)
    assert dialect.parse({"a": "true", "ab": "0", "ae": "0"}).thresholds == Thresholds(240, 0, 0)


def test_thresholds_without_alpha_matting_are_checked_and_ignored():
    assert dialect.parse({"af": "9"}).thresholds is None
    with pytest.raises(errors.InvalidParameter, match="af: '300'"):
        dialect.parse({"af": "300"})


def test_thresholds_in_both_spellings_are_refused():
    with pytest.raises(errors.InvalidParameter, match="send one"):
        dialect.parse({"a": "true", "af": "200", "thresholds": "240 10 10"})


def test_a_preset_keeps_the_png_format_of_rembg():
    options = dialect.parse({"preset": "amazon"})

    assert (options.format, options.background) == ("png", "#ffffff")


def test_hints_are_read_from_options_or_from_a_sam_prompt():
    region = Region(Length(1.0), Length(2.0), Length(30.5), Length(40.0))
    points = (Point(Length(4.0), Length(5.0)), Point(Length(6.0), Length(7.0), is_subject=False))
    extras = prompt(
        {"type": "point", "data": [4, 5], "label": 1},
        {"type": "rectangle", "data": [1, 2, 30.5, 40], "label": 0},
        {"type": "point", "data": [6.0, 7], "label": 0},
    )

    assert hints("1 2 30.5 40", "4,5 6,7,0", "") == (region, points)
    assert hints("", "", extras) == (region, points)
    assert hints("", "", "") == hints("", "", "{}") == (None, ())


@pytest.mark.parametrize(
    ("extras", "kind"),
    [
        ("{", errors.InvalidParameter),
        ("[" * 100_000, errors.InvalidParameter),
        ('{"sam_prompt": ' + "[" * 900 + "]" * 900 + "}", errors.InvalidParameter),
        ("9" * 5000, errors.InvalidParameter),
        ("[]", errors.InvalidParameter),
        ('{"sam_prompt": "a"}', errors.InvalidParameter),
        ('{"putalpha": true}', errors.UnsupportedOption),
        ('{"model_path": "/etc/passwd"}', errors.UnsupportedOption),
        (prompt({"type": "circle", "data": [1, 2]}), errors.InvalidParameter),
        (prompt({"type": "point", "data": [1, 2]}), errors.InvalidParameter),
        (prompt({"type": "point", "data": [1, 2], "label": 2}), errors.InvalidParameter),
        (prompt({"type": "point", "data": ["1", 2], "label": 1}), errors.InvalidParameter),
        (prompt({"type": "point", "data": [1, [2]], "label": 1}), errors.InvalidParameter),
        (prompt({"type": "point", "data": [True, 2], "label": 1}), errors.InvalidParameter),
        (prompt({"type": "point", "data": [-1, 2], "label": 1}), errors.InvalidPoints),
        (prompt({"type": "point", "data": [10**30, 2], "label": 1}), errors.InvalidPoints),
        (prompt({"type": "point", "data": [10**400, 2], "label": 1}), errors.InvalidParameter),
        (prompt({"type": "point", "data": [float("nan"), 2], "label": 1}), errors.InvalidPoints),
        (prompt(*[{"type": "point", "data": [1, 2], "label": 1}] * 101), errors.InvalidPoints),
        (prompt({"type": "rectangle", "data": [9, 0, 1, 1]}), errors.RegionEmpty),
        (prompt(*[{"type": "rectangle", "data": [0, 0, 1, 1]}] * 2), errors.UnsupportedOption),
    ],
)
def test_an_invalid_prompt_is_refused(extras, kind):
    with pytest.raises(errors.CutoutError) as raised:
        hints("", "", extras)
    assert type(raised.value) is kind


@pytest.mark.parametrize("ours", [("0 0 1 1", ""), ("", "1,1")])
def test_hints_together_with_a_prompt_are_refused(ours):
    with pytest.raises(errors.InvalidParameter, match="send one of them"):
        hints(*ours, prompt())


@given(
    st.text()
    | JSONS.map(json.dumps)
    | st.lists(MARKS, max_size=3).map(lambda marks: prompt(*marks))
)
def test_any_extras_raise_only_errors_of_the_error_tree(text):
    try:
        hints("", "", text)
    except errors.CutoutError as error:
        str(error).encode()
