import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from onnx import helper
from PIL import Image, ImageCms

from cutout import engines, errors
from cutout.deadline import Deadline
from cutout.engine.models import Models
from cutout.engine.pipeline import Engine
from cutout.options.record import Options
from cutout.picture import Box, Size
from tests.conftest import encoded, opened
from tests.networks import network

STAGES = ["decode", "predict", "alpha", "foreground", "compose", "encode"]


def iou(alpha, truth):
    a, b = alpha > 127, truth > 127
    return (a & b).sum() / (a | b).sum()


def test_the_subject_is_kept_and_the_background_removed(engine, photo, red_disc):
    result = engine.remove_background(photo, Options())

    cutout = np.asarray(opened(result.data))
    assert cutout.shape == (90, 120, 4)
    assert iou(cutout[..., 3], red_disc[1]) > 0.9
    assert (cutout[cutout[..., 3] == 255][:, :3] == (250, 10, 10)).all()
    assert (cutout[cutout[..., 3] == 0] == 0).all()


def test_the_result_has_size_box_model_confidence_and_timings(engine, photo):
    result = engine.remove_background(photo, Options())

    assert result.size == Size(120, 90)
    assert abs(result.box.left - 30) <= 3
    assert abs(result.box.width - 60) <= 6
    assert (result.model, result.model_version) == ("red", "3")
    assert 0.5 < result.confidence <= 1
    assert list(result.timings_ms) == STAGES


@pytest.mark.parametrize(
    ("options", "kind", "mode"),
    [
        (Options(), "image/png", "RGBA"),
        (Options(format="webp"), "image/webp", "RGBA"),
        (Options(format="jpg"), "image/jpeg", "RGB"),
        (Options(channels="alpha"), "image/png", "L"),
        (Options(channels="alpha", format="jpg"), "image/jpeg", "L"),
        (Options(background="#00ff00"), "image/png", "RGBA"),
    ],
)
def test_each_option_gives_its_format_and_pixel_mode(engine, photo, options, kind, mode):
    result = engine.remove_background(photo, options)

    assert result.media_type == kind
    assert opened(result.data).mode == mode
    assert Image.MIME[opened(result.data).format] == kind


def test_a_jpeg_is_composited_over_white(engine, photo):
    result = engine.remove_background(photo, Options(format="jpg"))

    assert min(opened(result.data).getpixel((3, 3))) > 250


def test_the_background_colour_appears_behind_the_subject_only(engine, photo):
    picture = opened(engine.remove_background(photo, Options(background="#0f0")).data)

    assert picture.getpixel((3, 3)) == (0, 255, 0, 255)
    red, green, _, alpha = picture.getpixel((60, 45))
    assert (red > 240, green < 20, alpha) == (True, True, 255)


def test_channels_alpha_is_the_alpha_of_the_cutout(engine, photo):
    cutout = opened(engine.remove_background(photo, Options()).data)
    mask = opened(engine.remove_background(photo, Options(channels="alpha")).data)

    assert np.array_equal(mask, cutout.getchannel("A"))


def test_haze_is_removed_from_the_background(engine, red_disc):
    hazy = np.array(red_disc[0])
    hazy[:8, :, 0] = np.linspace(0, 4, 120)  # red that nobody sees

    alpha = opened(engine.remove_background(encoded(Image.fromarray(hazy), "PNG"), Options()).data)

    assert not np.asarray(alpha)[:6, :, 3].any()


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        (Options(), True),
        (Options(format="jpg"), True),
        (Options(format="webp"), True),
        (Options(background="white"), True),
        (Options(channels="alpha"), False),  # a grey picture cannot have a profile for RGB
    ],
)
def test_colour_results_keep_the_colour_profile(engine, red_disc, options, kept):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(red_disc[0], "PNG", icc_profile=profile)

    picture = opened(engine.remove_background(data, options).data)

    assert picture.info.get("icc_profile") == (profile if kept else None)


def test_a_binary_alpha_has_no_soft_pixel(engine, photo):
    mask = opened(engine.remove_background(photo, Options(channels="alpha", binary=True)).data)

    assert set(np.unique(mask)) == {0, 255}


@pytest.mark.parametrize("colour", ["black", "blue"])
def test_a_picture_without_a_subject_raises_unknown_foreground(engine, colour):
    with pytest.raises(errors.UnknownForeground):
        engine.remove_background(encoded(Image.new("RGB", (64, 48), colour), "PNG"), Options())


@pytest.mark.parametrize("size", [(1, 2), (2, 1), (1, 5000), (5000, 1)])
def test_pictures_one_pixel_wide_or_high_are_processed(engine, size):
    picture = Image.new("RGB", size, "blue")
    picture.paste((255, 0, 0), (0, 0, (size[0] + 1) // 2, (size[1] + 1) // 2))

    assert engine.remove_background(encoded(picture, "PNG"), Options()).size == Size(*size)


def test_invalid_options_are_refused_before_the_photo_is_decoded(engine):
    with pytest.raises(errors.UnknownModel):
        engine.remove_background(b"not even a picture", Options(model="blue"))


def test_a_quality_whose_model_is_missing_is_refused_by_its_name(red_folder):
    engine = Engine(Models([red_folder], "red", 1), 1000, 1000, 1)

    with pytest.raises(errors.UnknownModel, match="quality fast: there is no model 'u2netp'"):
        engine.check(Options(quality="fast"))
    engine.check(Options(quality="fast", model="red"))
    engine.check(Options(quality="best"))


def test_the_fast_quality_takes_u2netp_unless_another_model_is_named(red_folder, tmp_path):
    network(tmp_path / "u2netp.onnx", [helper.make_node("Identity", ["first"], ["map"])])
    engine = Engine(Models([red_folder, tmp_path], "red", 1), 1000, 1000, 1)

    assert engine.network(Options(quality="fast"))[0] == "own"
    assert engine.network(Options(quality="fast", model="red"))[0] == "red"


class Countdown:
    """A deadline that is exceeded after a number of checks."""

    def __init__(self, steps):
        self.steps = steps

    def left(self):
        return float(self.steps)

    def check(self):
        if not self.steps:
            raise errors.DeadlineExceeded("late")
        self.steps -= 1


@pytest.mark.parametrize("steps", range(len(STAGES)))
def test_no_stage_starts_after_the_deadline(engine, photo, steps):
    with pytest.raises(errors.DeadlineExceeded):
        engine.remove_background(photo, Options(), Countdown(steps))


def test_a_result_that_is_ready_at_the_deadline_is_returned(engine, photo):
    assert engine.remove_background(photo, Options(), Countdown(len(STAGES))).data


def test_the_deadline_error_names_the_allowed_seconds(engine, photo):
    with pytest.raises(errors.DeadlineExceeded, match="took longer than the 24 s allowed"):
        engine.remove_background(photo, Options(), Deadline(24, at=0))


@pytest.mark.parametrize("quality", ["standard", "best"])
def test_the_same_photo_gives_the_same_bytes(settings, photo, quality):
    options = Options(quality=quality)
    runs = [
        engines.engine(replace(settings, threads=threads)).remove_background(photo, options)
        for threads in (1, 2, 1)
    ]

    assert len({run.data for run in runs}) == 1


def test_the_box_excludes_transparent_parts_of_the_photo(engine, red_disc):
    half = red_disc[0].convert("RGBA")
    half.paste((0, 0, 0, 0), (0, 0, 60, 90))

    box = engine.remove_background(encoded(half, "PNG"), Options()).box

    assert box == Box(60, box.top, box.width, box.height)


def test_the_engine_needs_neither_a_web_framework_nor_aws():
    code = "import sys, cutout.engine.pipeline; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    heavy = {"starlette", "boto3", "mangum", "scipy", "skimage", "numba"}
    assert "numpy" in loaded
    assert loaded & heavy == set()
