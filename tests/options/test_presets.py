import subprocess
import sys
import tomllib

import pytest

from cutout.errors import UnknownPreset
from cutout.options import presets
from cutout.options.record import Options
from cutout.picture import MEDIA_TYPES, Size

RULES = tomllib.loads(presets.FILE.read_text())


def test_a_preset_sets_options_that_are_not_set():
    options = presets.apply("amazon", Options(model="u2netp"))

    assert options == Options(
        model="u2netp", canvas=Size(2000, 2000), scale=0.85, background="#ffffff", format="jpg"
    )


def test_an_explicit_option_overrides_the_preset():
    asked = Options(canvas=Size(800, 600), scale=0.5, background="red", format="webp")

    assert presets.apply("amazon", asked) == asked


def test_an_option_that_was_sent_overrides_the_preset_with_its_default():
    options = presets.apply("amazon", Options(), {"scale", "background"})

    assert (options.scale, options.background, options.format) == (None, "", "jpg")


def test_a_backdrop_or_blur_replaces_the_background_of_the_preset():
    assert presets.apply("amazon", Options(backdrop=b"picture")).background == ""
    assert presets.apply("amazon", Options(blur=0.02)).background == ""


def test_preset_names_are_case_insensitive():
    assert presets.apply("Amazon", Options()) == presets.apply("amazon", Options())


def test_the_error_for_an_unknown_preset_lists_the_presets():
    with pytest.raises(UnknownPreset, match="'bazaar' is none of amazon, ebay, google"):
        presets.apply("bazaar", Options())


@pytest.mark.parametrize("name", presets.NAMES)
def test_every_rule_is_complete_and_names_its_source(name):
    rule = RULES[name]

    assert set(rule) == {
        "title", "fill", "canvas", "background", "format", "ours", "source", "read",
    }  # fmt: skip
    assert 0.1 <= rule["fill"] <= 1
    assert len(rule["canvas"]) == 2 and min(rule["canvas"]) >= 500
    assert rule["background"] == "#ffffff"
    assert rule["format"] in MEDIA_TYPES
    assert set(rule["ours"]) < set(rule)
    assert rule["source"]


def test_the_preset_names_are_those_of_the_rules_file():
    assert list(presets.NAMES) == sorted(RULES)


def test_importing_the_module_reads_no_file():
    code = "import sys, cutout.options.presets; sys.exit('tomllib' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
