from dataclasses import fields, replace

import pytest

from cutout import errors
from cutout.cli import batch_flags, run_flags
from cutout.cli.files import read_options
from cutout.options import presets, text
from cutout.options.record import Options
from cutout.options.values import Length, Margins, Point, Region, Thresholds
from cutout.picture import Size

ONE, TWO = Length(1.0), Length(2.0)
TEN_PERCENT = Length(10.0, "%")
MAX_BYTES = 1000


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some.png").write_bytes(b"some")
    (tmp_path / "empty.png").touch()


def options(*words, format=""):
    return read_options(run_flags.run().parse_args(["photo.jpg", *words]), MAX_BYTES, format)


EACH_OPTION = [
    ([], Options()),
    (["--model", "u2netp"], Options(model="u2netp")),
    (["--frames", "first"], Options(frames="first")),
    (["--roi", "0 0 2 2"], Options(roi=Region(Length(0.0), Length(0.0), TWO, TWO))),
    (["--points", "1,2"], Options(points=(Point(ONE, TWO),))),
    (["--mask", "some.png"], Options(mask=b"some")),
    (["--alpha", "some.png"], Options(alpha=b"some")),
    (["--subject", "0"], Options(subject=0)),
    (["--inverse"], Options(inverse=True)),
    (["--quality", "best"], Options(quality="best")),
    (["--edges", "off"], Options(edges="off")),
    (["--binary"], Options(binary=True)),
    (["--opaque-interior"], Options(opaque_interior=True)),
    (["--thresholds", "200 20 5"], Options(thresholds=Thresholds(200, 20, 5))),
    (["--model-version", "3"], Options(model_version="3")),
    (["--channels", "alpha"], Options(channels="alpha")),
    (["--size", "hd"], Options(max_pixels=4_000_000)),
    (["--crop"], Options(crop=True)),
    (["--margin", "10%"], Options(crop=True, margin=Margins(*[TEN_PERCENT] * 4))),
    (["--frame", "-2 -1 2 1"], Options(frame=Region(Length(-2.0), Length(-1.0), TWO, ONE))),
    (["--canvas", "800x600"], Options(canvas=Size(800, 600))),
    (["--scale", "80%"], Options(scale=0.8)),
    (["--position", "center"], Options(position=(0.5, 0.5))),
    (["--background", "#fff"], Options(background="#fff")),
    (["--backdrop", "some.png", "--blend", "seamless"],
     Options(backdrop=b"some", blend="seamless")),
    (["--blur", "3%"], Options(blur=0.03)),
    (["--shadow", "40"], Options(shadow=0.4)),
    (["--format", "avif"], Options(format="avif")),
    (["--only-mask"], Options(channels="alpha")),
    (["--profile", "keep"], Options(profile="keep")),
]  # fmt: skip


@pytest.mark.parametrize(("words", "expected"), EACH_OPTION)
def test_each_option_fills_its_field(words, expected):
    parsed = run_flags.run().parse_args(["photo.jpg", *words])

    assert read_options(parsed, MAX_BYTES) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-m", "u2netp"], Options(model="u2netp")),
        (["-a"], Options(edges="fine")),
        (["--alpha-matting"], Options(edges="fine")),
        (["-a", "-af", "200", "-ae", "5"],
         Options(edges="fine", thresholds=Thresholds(200, 10, 5))),
        (["-a", "-ab", "20"], Options(edges="fine", thresholds=Thresholds(240, 20, 10))),
        (["-af", "200", "-ab", "20", "-ae", "5"], Options()),
        (["-a", "-dc"], Options(edges="fine")),
        (["-dc"], Options()),
        (["-om"], Options(channels="alpha")),
        (["--only-mask"], Options(channels="alpha")),
        (["-ppm"], Options(binary=True)),
        (["--post-process-mask"], Options(binary=True)),
        (["-bgc", "255", "0", "0", "128"], Options(background="#ff000080")),
        (["-x", '{"sam_prompt": [{"type": "point", "data": [1, 2], "label": 0}]}'],
         Options(points=(Point(ONE, TWO, is_subject=False),))),
    ],
)  # fmt: skip
def test_each_rembg_flag_sets_its_option(words, expected):
    assert options(*words) == expected


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["-vm"], errors.UnsupportedOption),
        (["-x", '{"putalpha": true}'], errors.UnsupportedOption),
        (["-x", "{}", "--points", "1,2"], errors.InvalidParameter),
        (["-a", "--edges", "off"], errors.InvalidParameter),
        (["-bgc", "0", "0", "0", "256"], errors.InvalidColour),
        (["-bgc", "0", "0", "0", "0", "--background", "red"], errors.MultipleBackgrounds),
        (["--preset", "nowhere"], errors.UnknownPreset),
        (["--mask", "empty.png"], errors.UnreadablePicture),
        (["--alpha", "empty.png"], errors.UnreadablePicture),
    ],
)
def test_contradictory_and_unsupported_flags_are_refused(words, kind):
    with pytest.raises(errors.CutoutError) as raised:
        options(*words)
    assert type(raised.value) is kind


def test_every_field_has_a_command_line_flag():
    said = {
        field.name
        for _, expected in EACH_OPTION
        for field in fields(Options)
        if getattr(expected, field.name) != getattr(Options(), field.name)
    }
    assert said | {*text.NOT_OFFERED} == {field.name for field in fields(Options)}


def test_a_preset_sets_only_options_without_a_flag():
    name = presets.NAMES[0]
    plain = presets.apply(name, Options())

    assert options("--preset", name) == plain
    assert options("--preset", name, "--scale", "50%") == replace(plain, scale=0.5)
    for format in ("png", "webp", "jpg"):
        assert options("--preset", name, format=format).format == format


def test_the_format_follows_from_the_output_file_name():
    assert options(format="webp").format == "webp"


@pytest.mark.parametrize("word", ["--roi", "--points", "--mask", "--alpha", "-x"])
def test_a_folder_batch_refuses_hints(word, capsys):
    with pytest.raises(SystemExit):
        batch_flags.batch().parse_args(["in", "out", word, "1 1 2 2"])
    assert "there is no option" in capsys.readouterr().err


def test_a_folder_batch_takes_every_other_option():
    parsed = batch_flags.batch().parse_args(
        ["in", "out", "-a", "-om", "--margin", "1", "--shadow", "9"]
    )

    chosen = read_options(parsed, MAX_BYTES)

    assert (chosen.edges, chosen.channels, chosen.crop, chosen.shadow) == (
        "fine",
        "alpha",
        True,
        0.09,
    )


@pytest.mark.parametrize(
    ("words", "share"),
    [([], 0.7), (["0"], 0), (["1"], 1), (["0.85"], 0.85), (["85%"], 0.85), (["100%"], 1)],
)
def test_a_share_may_be_a_percentage_or_a_fraction(words, share):
    said = [word for text in words for word in ("--review-below", text)]

    assert batch_flags.batch().parse_args(["in", "out", *said]).review_below == share


@pytest.mark.parametrize("text", ["", "x", "-1", "1.01", "101%", "5", "1e-1", "nan", "1%%", ".5"])
def test_an_invalid_share_is_refused(text, capsys):
    with pytest.raises(SystemExit):
        batch_flags.batch().parse_args(["in", "out", f"--review-below={text}"])
    assert "is not 0% to 100%, or 0 to 1" in capsys.readouterr().err


def test_flags_without_a_value_do_not_consume_the_photo():
    for word in ("--crop", "--inverse", "-a", "-om", "-ppm", "-dc", "--binary"):
        assert run_flags.run().parse_args([word, "photo.jpg"]).photos == ["photo.jpg"]
