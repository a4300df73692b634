"""The effect of each option on the result, with a network that finds red salient."""

from contextlib import nullcontext
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image

from cutout import engines, errors
from cutout.options.record import Options
from cutout.options.values import Length, Margins, Point, Region, Thresholds
from cutout.picture import Box, Size
from tests.codec import profiles
from tests.conftest import encoded, opened

RED, BLUE = (250, 10, 10), (0, 0, 200)


def px(*values):
    return tuple(Length(value) for value in values)


def percent(*values):
    return tuple(Length(value, "%") for value in values)


@pytest.fixture(scope="module")
def two_discs():
    """A large and a small red disc, far apart, 240 x 120 px."""
    y, x = np.mgrid[:120, :240]
    photo = np.full((120, 240, 3), BLUE, np.uint8)
    photo[np.hypot(x - 60, y - 60) < 40] = RED
    photo[np.hypot(x - 190, y - 60) < 24] = RED
    return encoded(Image.fromarray(photo), "PNG")


def pixels(engine, photo, **options):
    return np.asarray(opened(engine.remove_background(photo, Options(**options)).data))


def is_kept(cutout):
    return cutout[60, 60, 3] > 200, cutout[60, 190, 3] > 200


# --- what is kept ---


def test_all_subjects_are_kept_and_listed_with_the_largest_first(engine, two_discs):
    result = engine.remove_background(two_discs, Options())

    assert is_kept(np.asarray(opened(result.data))) == (True, True)
    large, small = result.subjects
    assert abs(large.left - 20) < 6 and abs(large.width - 80) < 12
    assert abs(small.left - 166) < 6 and abs(small.width - 48) < 12


@pytest.mark.parametrize(
    ("subject", "kept"), [("largest", (True, False)), (0, (True, False)), (1, (False, True))]
)
def test_one_subject_can_be_chosen(engine, two_discs, subject, kept):
    assert is_kept(pixels(engine, two_discs, subject=subject)) == kept


def test_a_subject_number_above_the_count_is_refused(engine, two_discs):
    with pytest.raises(errors.InvalidSubject, match="2 were found"):
        engine.remove_background(two_discs, Options(subject=2))


@pytest.mark.parametrize(
    "roi", [Region(*px(130, 0, 240, 120)), Region(*percent(54.2, 0, 100, 100))]
)
def test_nothing_outside_a_region_is_kept(engine, two_discs, roi):
    result = engine.remove_background(two_discs, Options(roi=roi))

    cutout = np.asarray(opened(result.data))
    assert is_kept(cutout) == (False, True)
    assert not cutout[:, :130, 3].any()
    assert result.size == Size(240, 120)
    assert len(result.subjects) == 1
    assert abs(result.box.left - 166) < 6


def test_a_region_has_a_hard_edge(engine, two_discs):
    alpha = pixels(engine, two_discs, roi=Region(*px(60, 0, 120, 120)))[..., 3]

    assert (alpha[60, 56:64] > 128).tolist() == [False] * 4 + [True] * 4


@pytest.mark.parametrize(
    ("roi", "kind"),
    [
        (Region(*px(0, 0, 241, 120)), errors.RegionOutside),
        (Region(*px(-1, 0, 20, 20)), errors.RegionOutside),
        (Region(*percent(0, 0, 100, 101)), errors.RegionOutside),
        (Region(*px(50, 50, 50, 80)), errors.RegionEmpty),
        (Region(Length(80, "%"), *px(0, 100, 120)), errors.RegionEmpty),
        (Region(*px(100, 0, 102, 120)), errors.UnknownForeground),
    ],
)
def test_an_invalid_or_empty_region_raises_its_own_error(engine, two_discs, roi, kind):
    with pytest.raises(kind):
        engine.remove_background(two_discs, Options(roi=roi))


def test_a_background_point_removes_a_subject(engine, two_discs):
    points = (Point(*px(190, 60), is_subject=False), Point(*px(60, 60)))

    assert is_kept(pixels(engine, two_discs, points=points)) == (True, False)


@pytest.mark.parametrize(
    ("points", "roi", "sentence"),
    [
        ((Point(*px(60, 60)), Point(*px(60, 60), is_subject=False)), None, "the opposite"),
        ((Point(*px(300, 60)),), None, "not in the picture"),
        ((Point(*px(-1, 60)),), None, "not in the picture"),
        ((Point(*px(20, 60)),), Region(*px(130, 0, 240, 120)), "not in the roi"),
    ],
)
def test_contradictory_or_outside_points_are_refused(engine, two_discs, points, roi, sentence):
    with pytest.raises(errors.InvalidPoints, match=sentence):
        engine.remove_background(two_discs, Options(points=points, roi=roi))


def test_a_background_point_outside_the_region_changes_nothing(engine, two_discs):
    roi = Region(*px(130, 0, 240, 120))
    corner = Point(*percent(100, 100), is_subject=False)

    with_point = pixels(engine, two_discs, roi=roi, points=(Point(*px(5, 5), False), corner))

    assert np.array_equal(with_point, pixels(engine, two_discs, roi=roi))


def test_a_rough_mask_selects_a_subject(engine, two_discs):
    mask = Image.new("L", (240, 120))
    mask.paste(255, (150, 20, 230, 100))

    assert is_kept(pixels(engine, two_discs, mask=encoded(mask, "PNG"))) == (False, True)


def test_a_black_mask_is_refused(engine, two_discs):
    with pytest.raises(errors.InvalidParameter, match="mask"):
        engine.remove_background(two_discs, Options(mask=encoded(Image.new("L", (8, 4)), "PNG")))


RAMP = np.tile(np.linspace(0, 255, 120).astype(np.uint8), (90, 1))


@pytest.mark.parametrize("kind", ["grey", "grey with a profile", "transparent", "opaque RGBA"])
def test_a_supplied_alpha_is_used_unchanged(engine, red_disc, kind):
    alpha = Image.fromarray(RAMP)
    if kind == "transparent":
        alpha = Image.merge("RGBA", (Image.new("L", alpha.size),) * 3 + (alpha,))
    if kind == "opaque RGBA":  # as an image editor may save it
        alpha = alpha.convert("RGBA")
    profile = (
        profiles.grey_profile(np.linspace(0, 1, 64) ** 1.8)
        if kind == "grey with a profile"
        else None
    )

    result = engine.remove_background(
        encoded(red_disc[0], "PNG"), Options(alpha=encoded(alpha, "PNG", icc_profile=profile))
    )

    assert np.array_equal(np.asarray(opened(result.data))[..., 3], RAMP)
    assert "predict" not in result.timings_ms
    assert (result.model, result.confidence, result.subjects) == ("", None, ())


def test_the_alpha_of_a_cutout_is_reproduced(engine, red_disc):
    faded = red_disc[0].convert("RGBA")
    faded.putalpha(Image.fromarray(RAMP))
    photo = encoded(faded, "PNG")
    first = pixels(engine, photo)

    alpha = encoded(Image.fromarray(first[..., 3]), "PNG")

    assert np.array_equal(pixels(engine, photo, alpha=alpha)[..., 3], first[..., 3])


@pytest.mark.parametrize("size", [(60, 49), (45, 60), (121, 90), (120, 91), (240, 180)])
def test_an_alpha_of_another_shape_or_above_the_photos_size_is_refused(engine, photo, size):
    alpha = encoded(Image.new("L", size, 255), "PNG")

    with pytest.raises(errors.InvalidDimensions, match=f"{size[0]} x {size[1]}, and the photo 120"):
        engine.remove_background(photo, Options(alpha=alpha))


def test_an_alpha_may_have_the_size_of_the_downscaled_photo(engine, photo):
    small = encoded(Image.new("L", (60, 45), 200), "PNG")

    cutout = pixels(engine, photo, alpha=small, max_pixels=60 * 45)

    assert cutout.shape == (45, 60, 4)
    assert (cutout[..., 3] == 200).all()


@pytest.mark.parametrize("pixels_of_it", [None, 4_000, 900])
@pytest.mark.parametrize("size", [(80, 60), (79, 60), (80, 59), Size(120, 90).at_most(5_000)])
def test_a_smaller_alpha_is_enlarged_to_the_size_of_the_photo(engine, red_disc, size, pixels_of_it):
    """Also where the photo is downscaled to a larger or smaller size than the alpha."""
    photo, truth = red_disc
    size = (size.width, size.height) if isinstance(size, Size) else size
    small = Image.fromarray(truth).resize(size, Image.Resampling.BOX)

    cutout = pixels(
        engine, encoded(photo, "PNG"), alpha=encoded(small, "PNG"), max_pixels=pixels_of_it or 0
    )

    wanted = Image.fromarray(truth).resize(cutout.shape[1::-1], Image.Resampling.BOX)
    assert np.abs(cutout[..., 3] - np.asarray(wanted, int)).mean() < 4


@pytest.mark.parametrize("edges", ["off", "fast"])
def test_an_enlarged_alpha_is_opaque_between_opaque_pixels_and_keeps_their_colours(engine, edges):
    """Likewise the enlarged alpha is 0 between pixels of 0, even beside a thin line."""
    rng = np.random.default_rng(4)
    photo = Image.fromarray(rng.integers(0, 256, (90, 120, 3), np.uint8))
    small = rng.integers(0, 256, (45, 60), np.uint8)
    small[rng.random(small.shape) < 0.3] = 255
    small[5:20, 5:30], small[25:40, 5:30] = 255, 0
    small[10, 5:30] = 0

    cutout = pixels(
        engine,
        encoded(photo, "PNG"),
        alpha=encoded(Image.fromarray(small), "PNG"),
        edges=edges,
    )

    alpha = cutout[..., 3]
    for value in (255, 0):
        inside = (small == value).astype(np.uint8)
        four = inside[:-1, :-1] & inside[1:, :-1] & inside[:-1, 1:] & inside[1:, 1:]
        for y, x in zip(*np.nonzero(four), strict=True):  # the pixels between the middles of four
            assert (alpha[2 * y + 1 : 2 * y + 3, 2 * x + 1 : 2 * x + 3] == value).all()
    opaque = alpha == 255
    assert opaque.sum() > 1000
    assert np.array_equal(cutout[opaque][:, :3], np.asarray(photo)[opaque])


@pytest.mark.parametrize(("size", "fits"), [((40, 30), True), ((41, 30), True), ((30, 40), False)])
def test_a_mask_may_be_smaller_but_not_of_another_shape(engine, photo, size, fits):
    mask = encoded(Image.new("L", size, 255), "PNG")
    raises = nullcontext() if fits else pytest.raises(errors.InvalidDimensions, match="the mask is")

    with raises:
        engine.remove_background(photo, Options(mask=mask))


@pytest.mark.parametrize("value", [0, 255])
def test_an_empty_alpha_keeps_nothing_and_a_full_alpha_keeps_everything(
    engine, photo, red_disc, value
):
    alpha = encoded(Image.new("L", (120, 90), value), "PNG")

    cutout = pixels(engine, photo, alpha=alpha)

    assert (cutout[..., 3] == value).all()
    assert np.array_equal(
        cutout[..., :3], np.asarray(red_disc[0]) if value else 0 * cutout[..., :3]
    )


def test_cropping_an_empty_cutout_is_refused(engine, photo):
    empty = encoded(Image.new("L", (120, 90)), "PNG")

    with pytest.raises(errors.UnknownForeground):
        engine.remove_background(photo, Options(alpha=empty, crop=True))


@pytest.mark.parametrize("name", ["alpha", "mask", "backdrop"])
def test_the_error_names_the_option_whose_file_is_no_picture(engine, photo, name):
    with pytest.raises(errors.UnknownFileType, match={"backdrop": "background"}.get(name, name)):
        engine.remove_background(photo, Options(**{name: b"no picture"}))


def test_inverse_keeps_the_background(engine, photo):
    kept, gone = (pixels(engine, photo, inverse=inverse) for inverse in (True, False))

    assert (kept[..., 3] == 255 - gone[..., 3]).all()
    assert tuple(kept[2, 2]) == (*BLUE, 255)
    assert not kept[45, 60].any()


# --- its edge ---


@pytest.mark.parametrize("edges", ["off", "fast", "fine"])
def test_opaque_pixels_equal_the_source_and_invisible_pixels_are_zero(engine, edges):
    rng = np.random.default_rng(1)
    source = rng.integers(0, 60, (90, 120, 3), np.uint8)
    source[..., 0] //= 30
    source[20:70, 30:90, 0] = rng.integers(245, 256, (50, 60))

    cutout = pixels(engine, encoded(Image.fromarray(source), "PNG"), edges=edges)

    opaque, gone = cutout[..., 3] == 255, cutout[..., 3] == 0
    assert opaque.sum() > 1000 and gone.sum() > 5000
    assert np.array_equal(cutout[opaque][:, :3], source[opaque])
    assert not cutout[gone].any()


def test_refined_edges_follow_the_picture_instead_of_the_saliency_map(engine, photo, red_disc):
    truth = red_disc[1].astype(int)
    errors_of = [
        np.abs(pixels(engine, photo, edges=edges)[..., 3] - truth).mean()
        for edges in ("off", "fast")
    ]

    assert errors_of[1] < errors_of[0] / 4


def test_equal_thresholds_leave_no_partial_alpha(engine, photo):
    low = pixels(engine, photo, edges="fine", thresholds=Thresholds(127, 127, 0))[..., 3]

    assert set(np.unique(low)) <= {0, 255}


@pytest.mark.parametrize("edges", ["off", "fast"])
def test_the_alpha_is_multiplied_with_the_photos_own_transparency(engine, red_disc, edges):
    faded = red_disc[0].convert("RGBA")
    own = np.tile(np.linspace(60, 255, 120).astype(np.uint8), (90, 1))
    faded.putalpha(Image.fromarray(own))
    page = Image.new("RGBA", faded.size, "white")
    page.alpha_composite(faded)
    alone = pixels(engine, encoded(page.convert("RGB"), "PNG"), edges=edges)[..., 3].astype(int)

    both = pixels(engine, encoded(faded, "PNG"), edges=edges)[..., 3]

    assert np.abs(both - alone * own / 255).max() <= 1


@pytest.mark.parametrize("edges", ["off", "fast"])
@pytest.mark.parametrize("inverse", [False, True])
def test_an_opaque_interior_has_no_glass_but_the_same_edge(engine, edges, inverse):
    """A red frame around a pane that the network finds half salient."""
    frame = Image.new("RGB", (240, 180), BLUE)
    frame.paste(RED, (40, 30, 200, 150))
    frame.paste((130, 10, 100), (70, 55, 170, 125))
    photo = encoded(frame, "PNG")

    glass = pixels(engine, photo, edges=edges, inverse=inverse)
    opaque = pixels(engine, photo, edges=edges, inverse=inverse, opaque_interior=True)

    pane = slice(60, 120), slice(80, 160)
    assert 60 < glass[pane][..., 3].mean() < 200
    assert (opaque[pane][..., 3] == (0 if inverse else 255)).all()
    if not inverse:
        assert (opaque[pane][..., :3] == (130, 10, 100)).all()
    for rows in (slice(0, 34), slice(146, 180)):
        assert np.array_equal(opaque[rows][..., 3], glass[rows][..., 3])


def test_an_opaque_interior_changes_nothing_where_nothing_is_see_through(engine, photo):
    plain, opaque = (
        engine.remove_background(photo, Options(opaque_interior=value)).data
        for value in (False, True)
    )

    assert plain == opaque


# --- size and place ---


def test_a_large_photo_is_downscaled_and_the_result_has_its_source_size(engine, two_discs):
    result = engine.remove_background(two_discs, Options(max_pixels=7200))

    assert result.size == Size(120, 60)
    assert result.source == Size(240, 120)
    assert abs(result.box.left - 10) < 4


def test_a_margin_does_not_make_the_result_larger_than_the_limit(engine, photo):
    margin = Margins(*percent(50, 50, 50, 50))
    whole = engine.remove_background(photo, Options(crop=True, margin=margin))

    small = engine.remove_background(photo, Options(crop=True, margin=margin, max_pixels=120 * 90))

    assert whole.size.width * whole.size.height > 120 * 90
    assert 0.95 < small.size.width * small.size.height / (120 * 90) <= 1
    assert small.size.width / small.size.height == pytest.approx(1, abs=0.02)
    assert small.placed.left / small.size.width == pytest.approx(0.25, abs=0.02)
    assert small.placed.width / small.size.width == pytest.approx(0.5, abs=0.04)


def test_hints_are_in_px_of_the_source_photo(engine, two_discs):
    options = Options(max_pixels=7200, roi=Region(*px(130, 0, 240, 120)))

    assert engine.remove_background(two_discs, options).box.left == pytest.approx(83, abs=4)


def test_crop_takes_the_subject_with_its_margins(engine, photo):
    tight = engine.remove_background(photo, Options(crop=True))
    margin = Margins(*px(5, 6, 7), Length(50, "%"))
    wide = engine.remove_background(photo, Options(crop=True, margin=margin))

    assert tight.size == Size(tight.box.width, tight.box.height)
    assert tight.placed == Box(0, 0, tight.box.width, tight.box.height)
    assert wide.placed == Box(round(tight.size.width / 2), 5, tight.size.width, tight.size.height)
    assert wide.size.height == tight.size.height + 12
    assert wide.size.width == tight.size.width + 6 + round(tight.size.width / 2)


def test_the_result_shows_exactly_the_pixels_of_the_frame(engine, photo):
    whole = pixels(engine, photo)
    rows = np.zeros((90, 20, 4), np.uint8)

    within = pixels(engine, photo, frame=Region(*px(30, 10, 75, 80)))
    beyond = pixels(engine, photo, frame=Region(Length(-20), Length(0), Length(75), Length(80)))
    all_of_it = pixels(engine, photo, frame=Region(*percent(0, 0, 100, 100)))

    assert np.array_equal(within, whole[10:80, 30:75])
    assert np.array_equal(beyond, np.hstack([rows, whole])[:80, :95])
    assert np.array_equal(all_of_it, whole)


def test_a_frame_in_percent_may_exceed_the_photo(engine, photo):
    result = engine.remove_background(photo, Options(frame=Region(*percent(-10, -20, 110, 130))))

    assert result.size == Size(144, 135)
    assert (result.placed.left, result.placed.top) == (result.box.left + 12, result.box.top + 18)
    assert (result.placed.width, result.placed.height) == (result.box.width, result.box.height)


def test_a_frame_is_in_px_of_the_source_photo(engine, two_discs):
    options = Options(max_pixels=7200, frame=Region(*px(120, 20, 240, 100)))

    result = engine.remove_background(two_discs, options)

    assert (result.source, result.size) == (Size(240, 120), Size(60, 40))
    columns = np.flatnonzero(np.asarray(opened(result.data))[..., 3].max(0))
    assert columns[[0, -1]] == pytest.approx((83 - 60, 107 - 60), abs=4)


def test_a_frame_does_not_make_the_result_larger_than_the_limit(engine, photo):
    frame = Region(*percent(-50, -50, 150, 150))

    small = engine.remove_background(photo, Options(frame=frame, max_pixels=120 * 90))

    assert small.size == Size(120, 90)
    assert small.placed.width == pytest.approx(30, abs=2)


@pytest.mark.parametrize(
    ("behind", "corner"),
    [({"background": "#00ff00"}, (0, 255, 0, 255)), ({"blur": 0.02}, (*BLUE, 255)), ({}, (0,) * 4)],
    ids=str,
)
def test_a_frame_beyond_the_photo_shows_the_background(engine, photo, behind, corner):
    frame = Region(*px(-40, -40, 100, 100))

    picture = pixels(engine, photo, frame=frame, **behind)

    assert picture.shape == (140, 140, 4)
    assert np.abs(picture[2, 2].astype(int) - corner).max() <= 2
    assert picture[85, 100, 0] > 240


def test_a_frame_may_miss_the_subject(engine, photo):
    result = engine.remove_background(photo, Options(frame=Region(*px(0, 0, 10, 10)), shadow=0.5))

    assert (result.size, result.placed) == (Size(10, 10), Box(10, 10, 0, 0))


@pytest.mark.parametrize(
    ("format", "channels"),
    [("jpg", "rgba"), ("zip", "rgba"), ("webp", "rgba"), ("png", "alpha"), ("jpg", "alpha")],
)
def test_a_frame_has_its_size_in_every_format(engine, photo, format, channels):
    options = Options(
        frame=Region(*px(-10, 5, 90, 105)), format=format, channels=channels, shadow=0.3
    )

    assert engine.remove_background(photo, options).size == Size(100, 100)


@pytest.mark.parametrize(
    "frame",
    [
        Region(*px(-1000, 0, 201, 90)),  # 1,201 of 120
        Region(*percent(0, -501, 100, 500)),
        Region(*px(120, 0, 130, 90)),
        Region(*px(-10, 0, 0, 90)),
        Region(*px(0, 0, 0.2, 90)),
        Region(Length(80, "%"), *px(0, 90, 90)),
    ],
    ids=str,
)
def test_a_frame_that_is_too_large_or_outside_the_photo_is_refused(engine, photo, frame):
    with pytest.raises(errors.InvalidFrame):
        engine.remove_background(photo, Options(frame=frame))


def test_a_frame_above_the_pixel_limit_is_refused(settings, photo):
    tight = engines.engine(replace(settings, max_pixels=20_000))
    frame = Region(*percent(-50, -50, 150, 150))

    with pytest.raises(errors.InvalidFrame, match="240 x 180 is not 1 to 20,000 pixels"):
        tight.remove_background(photo, Options(frame=frame))
    assert tight.remove_background(photo, Options(frame=frame, max_pixels=20_000))


def test_scale_and_canvas_place_the_subject(engine, photo):
    result = engine.remove_background(
        photo, Options(canvas=Size(300, 300), scale=0.8, background="white", format="jpg")
    )

    picture = np.asarray(opened(result.data)).astype(int)
    red = (picture[..., 0] > 200) & (picture[..., 1] < 80)
    rows, columns = np.flatnonzero(red.any(1)), np.flatnonzero(red.any(0))
    assert result.size == Size(300, 300)
    assert columns[-1] - columns[0] == pytest.approx(240, abs=6)
    assert rows.mean() == pytest.approx(150, abs=3)


def test_position_is_a_share_of_the_free_space(engine, photo):
    corner = pixels(engine, photo, position=(1.0, 0.0))[..., 3]

    rows, columns = (np.flatnonzero((corner > 128).any(axis)) for axis in (1, 0))
    assert (rows[0], columns[-1]) == (0, 119)


# --- what is behind ---


def test_a_backdrop_covers_the_canvas(engine, photo):
    backdrop = Image.new("RGB", (400, 400), "green")

    picture = opened(
        engine.remove_background(photo, Options(backdrop=encoded(backdrop, "PNG"))).data
    )

    assert picture.size == (120, 90)
    assert picture.getpixel((2, 2)) == (0, 128, 0, 255)
    assert picture.getpixel((60, 45))[0] > 240


@pytest.mark.parametrize("blend", ["over", "seamless"])
@pytest.mark.parametrize("shadow", [0, 0.6])
def test_a_shadow_falls_on_the_backdrop_and_not_on_the_subject(engine, photo, blend, shadow):
    backdrop = encoded(Image.new("RGB", (120, 90), "white"), "PNG")

    picture = pixels(engine, photo, backdrop=backdrop, blend=blend, shadow=shadow)

    below = picture[76, 62, :3].min()  # just under the disc
    assert (below < 200) == bool(shadow)
    assert picture[45, 60, 0] > 200


def test_the_blurred_background_has_no_colour_of_the_subject(engine, photo):
    picture = pixels(engine, photo, blur=0.05)

    assert (picture[..., 3] == 255).all()
    assert picture[45, 60, 0] > 240
    assert picture[45, 20, 0] < 20 < picture[45, 20, 2]


# --- the file ---


@pytest.mark.parametrize(("format", "kind"), [("avif", "AVIF"), ("webp", "WEBP")])
def test_other_formats_keep_the_alpha(engine, photo, format, kind):
    png = pixels(engine, photo)[..., 3].astype(int)

    picture = opened(engine.remove_background(photo, Options(format=format)).data)

    assert picture.format == kind
    assert np.abs(np.asarray(picture)[..., 3] - png).max() <= 2


@pytest.mark.parametrize(
    ("placed", "at"),
    [
        ({}, (2, 2)),
        ({"shadow": 0.5}, (2, 2)),
        ({"canvas": Size(60, 60)}, (2, 2)),
        ({"scale": 0.5}, (45, 32)),
    ],
    ids=str,
)
def test_a_zip_has_the_background_colours_and_the_alpha_of_the_png(engine, photo, placed, at):
    result = engine.remove_background(photo, Options(format="zip", **placed))

    with ZipFile(BytesIO(result.data)) as archive:
        assert archive.namelist() == ["color.jpg", "alpha.png"]
        colour, alpha = (np.asarray(opened(archive.read(name))) for name in archive.namelist())
    assert result.media_type == "application/zip"
    png = pixels(engine, photo, **placed)
    assert np.array_equal(alpha, png[..., 3])
    assert np.abs(colour[at].astype(int) - BLUE).max() < 4
    opaque = alpha == 255
    assert np.abs(colour[opaque].astype(int) - png[opaque][:, :3]).mean() < 3


@pytest.mark.parametrize("behind", ["colour", "picture"])
def test_a_jpeg_is_white_where_the_chosen_background_is_transparent(
    engine, photo, red_disc, behind
):
    clear = Image.merge("RGBA", (*red_disc[0].split(), Image.new("L", red_disc[0].size)))
    ground = {"background": "#ff000000"} if behind == "colour" else {
        "backdrop": encoded(clear, "PNG")}  # fmt: skip

    jpeg, png = (pixels(engine, photo, format=format, **ground) for format in ("jpg", "png"))

    assert (jpeg[2, 2] >= 252).all()
    assert not png[2, 2].any()


def test_a_jpeg_on_a_translucent_colour_is_composited_over_white(engine, photo):
    jpeg = pixels(engine, photo, format="jpg", background="#ff000080")

    assert np.abs(jpeg[2, 2].astype(int) - (255, 127, 127)).max() <= 4


def test_a_background_colour_is_converted_into_the_kept_profile(engine, red_disc):
    wide = profiles.rgb_profile("Display P3")
    photo = encoded(red_disc[0], "PNG", icc_profile=wide)

    kept = pixels(engine, photo, background="#ff0000", profile="keep")[2, 2, :3]

    assert np.abs(kept.astype(int) - (234, 51, 35)).max() <= 1  # CSS Color 4: red in display-p3


def test_a_background_colour_in_a_one_way_profile_is_refused(engine, red_disc):
    photo = encoded(red_disc[0], "PNG", icc_profile=profiles.scanner_profile())
    kept = engine.remove_background(photo, Options(profile="keep"))

    assert opened(kept.data).info["icc_profile"] == profiles.scanner_profile()
    with pytest.raises(errors.InvalidColour, match="no way to tell"):
        engine.remove_background(photo, Options(profile="keep", background="red"))


def test_the_resolution_is_kept(engine, red_disc):
    data = encoded(red_disc[0], "PNG", dpi=(300, 300))

    picture = opened(engine.remove_background(data, Options(crop=True)).data)

    assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_channels_alpha_has_the_placement_of_the_cutout(engine, photo):
    options = Options(canvas=Size(200, 200), scale=0.5)

    cutout = opened(engine.remove_background(photo, options).data)
    alpha = opened(engine.remove_background(photo, replace(options, channels="alpha")).data)

    assert np.array_equal(alpha, cutout.getchannel("A"))


# --- what cannot be ---


def test_check_refuses_a_canvas_above_the_pixel_limit(settings):
    engine = engines.engine(replace(settings, max_pixels=20_000))

    with pytest.raises(errors.InvalidCanvas, match="200x101 is more than the 20,000"):
        engine.check(Options(canvas=Size(200, 101)))
