from itertools import product

import pytest

from cutout import errors
from cutout.options import removebg
from cutout.options.record import Options
from cutout.options.values import Length, Margins, Region

MP = 1_000_000


def options(has_backdrop=False, **parameters):
    return removebg.parse(parameters, {"backdrop": b"picture"} if has_backdrop else {})


def test_the_defaults_are_a_preview_as_png():
    assert options() == Options(max_pixels=250_000, format="png")


@pytest.mark.parametrize(
    ("size", "format", "pixels"),
    [
        *product(["preview", "small", "regular", "Preview"], ["png", "jpg"], [MP // 4]),
        *product(["medium"], ["png", "jpg"], [3 * MP // 2]),
        *product(["hd"], ["png", "zip"], [4 * MP]),
        *product(["full", "4k", "auto"], ["jpg", "zip", "webp", "avif"], [25 * MP]),
        *product(["50MP", "50mp"], ["jpg", "zip", "webp"], [50 * MP]),
        *product(["full", "4k", "auto", "16MP", "50MP"], ["png", "auto"], [10 * MP]),
        *product(["16MP", "16mp"], ["jpg", "webp", "avif"], [16 * MP]),
    ],
)
def test_each_size_sets_its_pixel_limit(size, format, pixels):
    asked = options(size=size, format=format)

    assert removebg.within_limits(asked, in_bucket=False).max_pixels == pixels


@pytest.mark.parametrize(
    ("size", "format", "pixels"),
    [("50MP", "png", 50 * MP), ("16MP", "auto", 16 * MP), ("hd", "png", 4 * MP),
     ("50MP", "avif", 25 * MP), ("50MP", "webp", 50 * MP)],
)  # fmt: skip
def test_a_png_in_a_bucket_has_the_full_pixel_limit_of_its_size(size, format, pixels):
    asked = options(size=size, format=format)

    assert removebg.within_limits(asked, in_bucket=True).max_pixels == pixels


@pytest.mark.parametrize(
    ("parameters", "format"),
    [
        ({}, "png"),
        ({"bg_color": "fff"}, "jpg"),
        ({"bg_color": "81d4faff"}, "jpg"),
        ({"bg_color": "#FFFF"}, "jpg"),
        ({"bg_color": "green"}, "jpg"),
        ({"bg_color": "81d4fa77"}, "png"),
        ({"bg_color": "fff0"}, "png"),
        ({"bg_color": "Transparent"}, "png"),
        ({"bg_color": "white", "channels": "alpha"}, "png"),
        ({"has_backdrop": True}, "jpg"),
        ({"has_backdrop": True, "format": "png"}, "png"),
        ({"bg_color": "white", "format": "webp"}, "webp"),
        ({"bg_blur": "3%"}, "jpg"),
        ({"bg_blur": "0%"}, "png"),
        ({"bg_blur": "3%", "channels": "alpha"}, "png"),
        ({"frame": "-1 0 5 5"}, "png"),
    ],
)
def test_format_auto_is_jpg_for_opaque_results(parameters, format):
    assert options(**parameters).format == format


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"crop": "True", "semitransparency": "TRUE", "format": "AUTO"}, {"crop": True}),
        (
            {"roi": "0 10 50% 100%"},
            {"roi": Region(Length(0), Length(10), Length(50, "%"), Length(100, "%"))},
        ),
        ({"crop": "true"}, {"crop": True}),
        (
            {"crop": "1", "crop_margin": "10px 5%"},
            {
                "crop": True,
                "margin": Margins(Length(10), Length(5, "%"), Length(10), Length(5, "%")),
            },
        ),
        ({"crop": "false", "crop_margin": "30%"}, {}),
        ({"crop_margin": "0"}, {}),
        ({"scale": "80%"}, {"scale": 0.8}),
        ({"scale": "original", "position": "original"}, {}),
        ({"position": "center"}, {"position": (0.5, 0.5)}),
        ({"position": "10% 90%"}, {"position": (0.1, 0.9)}),
        ({"channels": "alpha"}, {"channels": "alpha"}),
        ({"channels": "rgba", "semitransparency": "true"}, {}),
        ({"bg_color": "81d4fa77"}, {"background": "#81d4fa77"}),
        ({"model": "u2netp"}, {"model": "u2netp"}),
        ({"edges": "fine"}, {"edges": "fine"}),
        ({"bg_blur": "2.5%"}, {"blur": 0.025, "format": "jpg"}),
        (
            {"frame": "-10 -5% 50% 100"},
            {"frame": Region(Length(-10), Length(-5, "%"), Length(50, "%"), Length(100))},
        ),
        ({"type": "person", "type_level": "latest"}, {}),
        ({"shadow_type": "drop"}, {"shadow": 0.5}),
        ({"shadow_type": "auto", "shadow_opacity": "auto"}, {"shadow": 0.5}),
        ({"shadow_type": "drop", "shadow_opacity": "30"}, {"shadow": 0.3}),
        ({"shadow_type": "none", "shadow_opacity": "30"}, {}),
        ({"shadow_opacity": "30"}, {}),
        ({"type": "person", "shadow_type[person]": "drop", "shadow_type": "3D"}, {"shadow": 0.5}),
        ({"type": "animal", "shadow_type[person]": "3D", "shadow_type": "drop"}, {"shadow": 0.5}),
        (
            {"type": "product", "shadow_type": "drop", "shadow_opacity[product]": "10"},
            {"shadow": 0.1},
        ),
        ({"type": "person", "add_shadow": "true"}, {}),
        ({"add_shadow": "false"}, {}),
        ({"add_shadow": "true"}, {}),
        ({"add_shadow": "true", "type": "auto", "shadow_method": "latest"}, {}),
        ({"add_shadow": "true", "type": "car"}, {"shadow": 0.5}),
        ({"add_shadow": "true", "type": "car", "shadow_type": "none"}, {}),
        ({"add_shadow": "true", "type": "car", "shadow_opacity[car]": "90"}, {"shadow": 0.9}),
        ({"shadow_type": "car"}, {"shadow": 0.5}),
        ({"shadow_type": "3d"}, {"shadow": 0.5}),
        ({"shadow_type[person]": "3D"}, {"shadow": 0.5}),
        ({"shadow_type[person]": "none", "shadow_type[car]": "car"}, {"shadow": 0.5}),
        ({"shadow_type[person]": "none"}, {}),
        ({"shadow_type[person]": "3D", "shadow_type": "none"}, {}),
        ({"shadow_type[car]": "car", "shadow_opacity[car]": "90"}, {"shadow": 0.9}),
        ({"semitransparency": "false"}, {"opaque_interior": True}),
        ({"opaque_interior": "true"}, {"opaque_interior": True}),
    ],
)
def test_each_parameter_reaches_its_option(parameters, expected):
    assert options(**parameters) == Options(**{"max_pixels": 250_000, "format": "png"} | expected)


@pytest.mark.parametrize(
    ("parameters", "kind"),
    [
        ({"size": "huge"}, errors.InvalidSize),
        ({"format": "gif"}, errors.InvalidFormat),
        ({"roi": "1 2 3"}, errors.InvalidRegion),
        ({"roi": "0 0 101% 1"}, errors.RegionOutside),
        ({"roi": "5 5 5 9"}, errors.RegionEmpty),
        ({"crop": "yes"}, errors.InvalidParameter),
        ({"edges": "finest"}, errors.InvalidParameter),
        ({"bg_blur": "11%"}, errors.InvalidBlur),
        ({"bg_blur": "3"}, errors.InvalidBlur),
        ({"frame": "1 2 3"}, errors.InvalidFrame),
        ({"frame": "5 0 5 9"}, errors.InvalidFrame),
        ({"crop_margin": "51%"}, errors.InvalidMargin),
        ({"crop": "true", "crop_margin": "1 2 3"}, errors.InvalidMargin),
        ({"scale": "5%"}, errors.InvalidScale),
        ({"scale": "101%"}, errors.InvalidScale),
        ({"position": "middle"}, errors.InvalidPosition),
        ({"channels": "rgb"}, errors.InvalidChannels),
        ({"semitransparency": "maybe"}, errors.InvalidSemitransparency),
        ({"type": "plane"}, errors.InvalidParameter),
        ({"shadow_type": "long"}, errors.InvalidShadow),
        ({"shadow_type[person]": "long"}, errors.InvalidShadow),
        ({"add_shadow": "perhaps"}, errors.InvalidParameter),
        ({"shadow_method": "best"}, errors.InvalidParameter),
        ({"shadow_type[alien]": "drop", "type": "person"}, errors.UnsupportedOption),
        ({"shadow_type": "drop", "shadow_opacity": "101"}, errors.InvalidShadow),
        ({"api_key": "word"}, errors.UnsupportedOption),
        ({"Size": "full"}, errors.UnsupportedOption),
    ],
)
def test_each_invalid_parameter_raises_its_own_error(parameters, kind):
    with pytest.raises(errors.CutoutError) as raised:
        options(**parameters)
    assert type(raised.value) is kind


@pytest.mark.parametrize(
    ("parameters", "starts"),
    [
        ({}, []),
        ({"add_shadow": "false", "semitransparency": "true", "shadow_type": "drop"}, []),
        ({"add_shadow": "true", "type": "person"}, []),  # which remove.bg ignores, too
        ({"shadow_type": "auto", "type": "person"}, []),
        ({"shadow_type[person]": "3D", "type": "animal"}, []),
        ({"opaque_interior": "true"}, []),
        ({"add_shadow": "true"}, ["add_shadow: no shadow"]),
        ({"add_shadow": "1", "type": "car"}, ["shadow_type=car: a drop shadow"]),
        ({"shadow_type": "3d"}, ["shadow_type=3D: a drop shadow"]),
        ({"shadow_type[person]": "3D", "type": "person"}, ["shadow_type=3D: a drop shadow"]),
        ({"shadow_type[person]": "drop"}, ["shadow_type[...]"]),
        ({"shadow_type[car]": "car"}, ["shadow_type[...]", "shadow_type=car"]),
        ({"semitransparency": "false"}, ["semitransparency=false"]),
        ({"semitransparency": "0", "add_shadow": "true"}, ["add_shadow", "semitransparency=false"]),
    ],
)
def test_what_is_done_otherwise_than_by_remove_bg_is_told(parameters, starts):
    notices = removebg.notices(parameters)

    assert len(notices) == len(starts)
    assert all(text.startswith(start) for text, start in zip(notices, starts, strict=True))
    assert all(text.isascii() and text.isprintable() and ";" not in text for text in notices)


def test_an_invalid_type_level_is_refused():
    with pytest.raises(errors.InvalidParameter, match="type_level"):
        removebg.subject_type({"type_level": "3"})


def test_the_detected_type_is_the_requested_type():
    assert removebg.subject_type({}) == removebg.subject_type({"type": "auto"}) == "other"
    assert removebg.subject_type({"type": "animal", "type_level": "latest"}) == "animal"
    assert removebg.subject_type({"type": "animal", "type_level": "none"}) == ""


def test_parameters_override_a_preset_also_with_their_default():
    plain = removebg.parse({"preset": "amazon"})
    asked = {"preset": "amazon", "scale": "original", "bg_color": "transparent", "format": "png"}

    options = removebg.parse(asked)

    assert (plain.scale, plain.background, plain.format) == (0.85, "#ffffff", "jpg")
    assert (options.scale, options.background, options.format) == (None, "", "png")
    assert options.canvas == plain.canvas
