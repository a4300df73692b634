from dataclasses import fields, replace

import pytest

from cutout import errors
from cutout.cli import arguments, flags
from cutout.contract import Length, Margins, Options, Point, Region, Size, Thresholds
from cutout.options import presets

ONE, TWO = Length(1.0), Length(2.0)
TEN_PERCENT = Length(10.0, "%")


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some.png").write_bytes(b"some")
    (tmp_path / "empty.png").touch()


def options(*words, format=""):
    return arguments.options(flags.single().parse_args(["photo.jpg", *words]), format)


EACH_OPTION = [
    ([], Options()),
    (["--model", "u2netp"], Options(model="u2netp")),
    (["--roi", "0 0 2 2"], Options(roi=Region(Length(0.0), Length(0.0), TWO, TWO))),
    (["--points", "1,2"], Options(points=(Point(ONE, TWO),))),
    (["--mask", "some.png"], Options(mask=b"some")),
    (["--alpha", "some.png"], Options(alpha=b"some")),
    (["--subject", "0"], Options(subject=0)),
    (["--inverse"], Options(inverse=True)),
    (["--edges", "off"], Options(edges="off")),
    (["--binary"], Options(binary=True)),
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
    given = flags.single().parse_args(["photo.jpg", *words])

    assert arguments.options(given, given.format) == expected


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
def test_each_of_rembgs_flags_does_what_it_says(words, expected):
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
def test_contradictions_and_what_is_not_offered_are_told(words, kind):
    with pytest.raises(errors.CutoutError) as raised:
        options(*words)
    assert type(raised.value) is kind


def test_every_field_can_be_said_on_the_command_line():
    said = {
        field.name
        for _, expected in EACH_OPTION
        for field in fields(Options)
        if getattr(expected, field.name) != getattr(Options(), field.name)
    }
    # Thresholds are rembg's; a version is pinned, and a watermark got, by who calls a server.
    assert said | {"thresholds", "model_version", "watermark"} == {
        field.name for field in fields(Options)
    }


def test_a_preset_fills_what_is_not_said():
    name = presets.names()[0]
    plain = presets.apply(name, Options())

    assert options("--preset", name) == plain
    assert options("--preset", name, "--scale", "50%") == replace(plain, scale=0.5)
    for format in ("png", "webp", "jpg"):
        assert options("--preset", name, format=format).format == format


def test_the_name_of_the_output_tells_the_format():
    assert options(format="webp").format == "webp"


@pytest.mark.parametrize("word", ["--roi", "--points", "--mask", "--alpha", "-x"])
def test_a_folder_has_no_hints(word, capsys):
    with pytest.raises(SystemExit):
        flags.batch().parse_args(["in", "out", word, "1 1 2 2"])
    assert "unrecognized arguments" in capsys.readouterr().err


def test_a_folder_has_every_other_option():
    given = flags.batch().parse_args(["in", "out", "-a", "-om", "--margin", "1", "--shadow", "9"])

    chosen = arguments.options(given, "")

    assert (chosen.edges, chosen.channels, chosen.crop, chosen.shadow) == (
        "fine",
        "alpha",
        True,
        0.09,
    )


@pytest.mark.parametrize(
    ("words", "share"),
    [([], 0.9), (["0"], 0), (["1"], 1), (["0.85"], 0.85), (["85%"], 0.85), (["100%"], 1)],
)
def test_a_share_is_said_either_way(words, share):
    said = [word for text in words for word in ("--review-below", text)]

    assert flags.batch().parse_args(["in", "out", *said]).review_below == share


@pytest.mark.parametrize("text", ["", "x", "-1", "1.01", "101%", "5", "1e-1", "nan", "1%%", ".5"])
def test_what_is_no_share_is_told(text, capsys):
    with pytest.raises(SystemExit):
        flags.batch().parse_args(["in", "out", f"--review-below={text}"])
    assert "is not 0% to 100%, or 0 to 1" in capsys.readouterr().err


def test_no_option_takes_the_photo_for_its_value():
    for word in ("--crop", "--inverse", "-a", "-om", "-ppm", "-dc", "--binary"):
        assert flags.single().parse_args([word, "photo.jpg"]).photo == "photo.jpg"


def remote(*words):
    given = flags.batch().parse_args(["in", "out", *words])
    return arguments.remote(given, arguments.options(given, given.format))


DOOR_TAKES = [
    ([], {}),
    (["-m", "u2netp"], {"model": "u2netp"}),
    (["--edges", "off"], {"edges": "off"}),
    (["-a"], {"edges": "fine"}),
    (["-dc"], {}),
    (["--size", "hd"], {"size": "hd"}),
    (["--crop"], {"crop": "true"}),
    (["--margin", "10%"], {"crop": "true", "crop_margin": "10%"}),
    (["--frame", "-2 -1 2 1"], {"frame": "-2 -1 2 1"}),
    (["--crop", "--scale", "80%"], {"crop": "true", "scale": "80%"}),
    (["--position", "center"], {"position": "center"}),
    (["--background", "#fff"], {"bg_color": "#fff"}),
    (["-bgc", "0", "255", "0", "128"], {"bg_color": "#00ff0080"}),
    (["--backdrop", "some.png"], {"bg_image_file": b"some"}),
    (["--blur", "3%"], {"bg_blur": "3%"}),
    (["--shadow", "40"], {"shadow_type": "drop", "shadow_opacity": "40"}),
    (["--format", "jpeg"], {"format": "jpg"}),
    (["-om"], {"channels": "alpha"}),
]
ALWAYS = {"size": "50MP", "edges": "fast", "format": "png", "channels": "rgba"}
DOOR_REFUSES = [
    ["--subject", "0"], ["--inverse"], ["--binary"], ["-a", "-af", "1", "-ab", "1"],
    ["-a", "-ae", "1"], ["--canvas", "8x8"], ["--backdrop", "some.png", "--blend", "seamless"],
    ["--profile", "keep"], ["--preset", "ebay"], ["-vm"],
    ["--size", "50MP", "--format", "avif"],
]  # fmt: skip


@pytest.mark.parametrize(("words", "expected"), DOOR_TAKES)
def test_each_option_is_told_to_a_service_by_its_name_there(words, expected):
    assert remote(*words) == ALWAYS | expected


@pytest.mark.parametrize("words", DOOR_REFUSES)
def test_what_a_service_has_no_name_for_is_refused(words):
    with pytest.raises(errors.UnsupportedOption):
        remote(*words)


def test_every_option_of_a_folder_is_one_or_the_other():
    groups = (flags.KEPT, flags.EDGE, flags.PLACE, flags.BEHIND, flags.FILE)
    names = [row[0].split() for rows in groups for row in rows]
    tried = {word for words in [*(took for took, _ in DOOR_TAKES), *DOOR_REFUSES] for word in words}

    assert [name for name in names if tried.isdisjoint(name)] == []
