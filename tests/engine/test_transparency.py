"""Photos that are transparent somewhere: logos, earlier results, photos on a larger canvas."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from cutout.errors import UnknownForeground
from cutout.options.record import Options
from cutout.options.values import Length, Region
from tests.conftest import encoded, opened

SIZES = (0, 60_000, 9_000, 400)  # max_pixels


def drawn(*boxes, size=(200, 120), fill="black"):
    """Rounded shapes with soft edges on a clear canvas."""
    alpha = Image.new("L", size)
    for box in boxes:
        ImageDraw.Draw(alpha).rounded_rectangle(box, 15, 255)
    picture = Image.new("RGBA", size, fill)
    picture.putalpha(alpha.filter(ImageFilter.BoxBlur(1)))
    return picture


LETTERS = drawn((20, 30, 60, 90), (100, 30, 180, 90))


def cut(engine, picture, **options):
    return engine.remove_background(encoded(picture, "PNG"), Options(**options))


def verdict(engine, picture, **options):
    try:
        return cut(engine, picture, **options) and "found"
    except UnknownForeground as error:
        return error.code


@pytest.mark.parametrize("edges", ["off", "fast", "fine"])
@pytest.mark.parametrize("fill", ["black", "white", "red"])
def test_a_picture_that_is_cut_out_already_stays_as_it_is(engine, edges, fill):
    letters = drawn((20, 30, 60, 90), (100, 30, 180, 90), fill=fill)

    result = cut(engine, letters, edges=edges)

    cutout, visible = np.asarray(opened(result.data)), np.asarray(letters)[..., 3] > 0
    assert np.array_equal(cutout[visible], np.asarray(letters)[visible])
    assert not cutout[~visible].any()
    assert result.confidence == 1
    assert len(result.subjects) == 2


def test_glass_in_a_cutout_becomes_opaque_on_request_and_its_edge_stays(engine):
    bottle = LETTERS.copy()
    alpha = np.asarray(bottle.getchannel("A")).copy()
    alpha[50:70, 120:160] = 90
    bottle.putalpha(Image.fromarray(alpha))

    solid = opened(cut(engine, bottle, opaque_interior=True).data).getchannel("A")

    assert np.array_equal(opened(cut(engine, bottle).data).getchannel("A"), alpha)
    assert np.array_equal(solid, LETTERS.getchannel("A"))


@pytest.mark.parametrize("max_pixels", SIZES)
def test_a_reduced_cutout_is_the_same_picture_at_a_smaller_size(engine, max_pixels):
    result = cut(engine, LETTERS, max_pixels=max_pixels)

    size = result.size.width, result.size.height
    expected = np.asarray(LETTERS.getchannel("A").resize(size, Image.Resampling.LANCZOS), int)
    assert np.abs(np.asarray(opened(result.data))[..., 3] - expected).max() <= 16


@pytest.mark.parametrize("crop", [False, True])
@pytest.mark.parametrize("edges", ["off", "fast", "fine"])
@pytest.mark.parametrize("max_pixels", SIZES)
def test_a_photo_of_which_nothing_is_visible_has_no_subject(
    engine, red_disc, max_pixels, edges, crop
):
    hidden = red_disc[0].convert("RGBA")
    hidden.putalpha(0)

    assert verdict(engine, hidden, max_pixels=max_pixels, edges=edges, crop=crop) == (
        "unknown_foreground"
    )


@pytest.mark.parametrize("max_pixels", SIZES)
def test_colours_under_clear_pixels_change_nothing(engine, red_disc, max_pixels):
    alpha = Image.new("L", red_disc[0].size, 255)
    ImageDraw.Draw(alpha).ellipse((0, 0, 40, 40), 0)
    results = set()
    for hidden in ("red", "black", "lime"):
        photo = red_disc[0].convert("RGBA")
        photo.paste(hidden, mask=alpha.point([255] + [0] * 255))
        photo.putalpha(alpha)
        results.add(cut(engine, photo, max_pixels=max_pixels).data)

    assert len(results) == 1


@pytest.mark.parametrize("max_pixels", [0, 5_000])
def test_a_photo_on_a_larger_clear_canvas_loses_its_background(engine, red_disc, max_pixels):
    canvas = Image.new("RGBA", (160, 160))
    canvas.paste(red_disc[0], (20, 35))

    result = cut(engine, canvas, max_pixels=max_pixels)

    alpha = opened(result.data).getchannel("A").resize((160, 160))
    truth = np.zeros((160, 160), bool)
    truth[35:125, 20:140] = red_disc[1] > 127
    kept = np.asarray(alpha) > 127
    assert (kept & truth).sum() / (kept | truth).sum() > 0.9


def test_straight_colours_of_a_soft_edge_are_kept(engine, red_disc):
    photo = red_disc[0].convert("RGBA")
    fading = np.tile(np.linspace(0, 255, 120).clip(60, 255).astype(np.uint8), (90, 1))
    photo.putalpha(Image.fromarray(fading))

    cutout = np.asarray(opened(cut(engine, photo).data))

    soft = (cutout[..., 3] > 0) & (fading < 255)
    assert np.array_equal(cutout[soft][:, :3], np.asarray(red_disc[0])[soft])


def test_an_opaque_alpha_counts_for_nothing(engine, red_disc):
    for max_pixels in SIZES:
        results = {
            cut(engine, photo, max_pixels=max_pixels).data
            for photo in (red_disc[0], red_disc[0].convert("RGBA"))
        }
        assert len(results) == 1


def test_hints_choose_a_part_of_what_is_cut_out_already(engine):
    largest = np.asarray(opened(cut(engine, LETTERS, subject="largest").data))[..., 3]
    left = Region(*map(Length, (0, 0, 80, 120)))
    in_region = np.asarray(opened(cut(engine, LETTERS, roi=left).data))[..., 3]

    own = np.asarray(LETTERS)[..., 3]
    assert not largest[:, :80].any()
    assert np.abs(largest[:, 80:].astype(int) - own[:, 80:]).mean() < 2
    assert not in_region[:, 80:].any()
    assert np.abs(in_region[:, :80].astype(int) - own[:, :80]).mean() < 2


def test_the_inverse_of_a_cutout_is_empty(engine):
    assert not np.asarray(opened(cut(engine, LETTERS, inverse=True).data)).any()


def test_a_binary_alpha_of_a_cutout_has_no_soft_pixel(engine):
    alpha = np.asarray(opened(cut(engine, LETTERS, binary=True).data))[..., 3]

    assert set(np.unique(alpha)) == {0, 255}


@st.composite
def pictures(draw):
    """A spot of some red on some blue, which may be transparent outside a box or everywhere."""
    size = draw(st.integers(8, 300)), draw(st.integers(8, 300))
    picture = Image.new("RGBA", size, (0, 0, draw(st.integers(0, 255)), 255))
    x, y = (draw(st.integers(0, side - 1)) for side in size)
    radius = draw(st.integers(1, 60))
    spot = (draw(st.integers(20, 255)), 0, 0, 255)
    ImageDraw.Draw(picture).ellipse((x - radius, y - radius, x + radius, y + radius), spot)
    if draw(st.booleans()):
        kept = Image.new("L", size, draw(st.sampled_from([0, 30])))
        across, down = draw(st.integers(0, size[0])), draw(st.integers(0, size[1]))
        kept.paste(draw(st.integers(0, 255)), (0, 0, across, down))
        picture.putalpha(kept)
        return picture
    return picture.convert("RGB")


@given(pictures(), st.integers(100, 60_000), st.sampled_from(["off", "fast", "fine"]))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_verdict_does_not_depend_on_the_size_asked_for(engine, picture, pixels, edges):
    whole = verdict(engine, picture, edges=edges)

    assert verdict(engine, picture, max_pixels=pixels, edges=edges) == whole
