"""Edits of a cutout in the page, and the files that are saved from them."""

import re

import numpy as np
import pytest
from PIL import Image, ImageOps
from playwright.sync_api import expect

from tests.conftest import encoded, opened
from tests.frontend.conftest import choose, colour_at, file, saved, tool

RED = (250, 10, 10)


@pytest.fixture
def page(page, photo):
    choose(page, file("disc.png", photo))
    expect(page.locator(".editor")).not_to_have_attribute("inert", "")
    return page


def edited(page):
    expect(page.get_by_role("img", name="The subject as you have edited it")).to_be_visible()


def pixels(page):
    return np.asarray(saved(page)[1].convert("RGBA"))


def paint(page, *points):
    """Draw a stroke through points in shares of the photo's width and height."""
    tool(page, "Brush")
    layer = page.get_by_role("application", name="Brush.")
    expect(layer).to_be_visible()
    box = layer.bounding_box()
    for index, (x, y) in enumerate(points):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        if index == 0:
            page.mouse.down()
    page.mouse.up()
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()


@pytest.mark.parametrize(
    ("name", "colour"), [("White", (255, 255, 255)), ("Black", (0, 0, 0)), ("Colour", (0, 177, 64))]
)
def test_a_background_colour_is_shown_and_saved(page, name, colour):
    tool(page, "Background")
    page.get_by_role("radio", name=name).check()
    edited(page)

    assert colour_at(page, 0.05, 0.1) == colour
    after = pixels(page)
    assert tuple(after[0, 0]) == (*colour, 255)
    assert tuple(after[45, 60]) == (*RED, 255)


def test_choosing_transparent_again_saves_the_original_result(page):
    before = pixels(page)
    tool(page, "Background")
    page.get_by_label("Black").check()
    edited(page)

    page.get_by_label("Transparent").check()

    expect(page.get_by_alt_text("disc.png, cutout")).to_be_visible()
    assert np.array_equal(pixels(page), before)


def test_a_background_picture_covers_the_photo(page):
    striped = np.zeros((50, 50, 3), np.uint8)
    striped[:25] = (0, 200, 0)
    tool(page, "Background")
    page.get_by_label("Which picture").set_input_files(
        [file("b.png", encoded(Image.fromarray(striped), "PNG"))]
    )
    edited(page)

    after = pixels(page)
    assert tuple(after[5, 5]) == (0, 200, 0, 255)
    assert tuple(after[85, 5]) == (0, 0, 0, 255)
    assert tuple(after[45, 60]) == (*RED, 255)


def test_an_invalid_background_picture_is_reported_and_editing_continues(page):
    tool(page, "Background")
    page.get_by_label("Which picture").set_input_files([file("b.png", b"words")])

    expect(page.get_by_role("alert")).to_contain_text("cannot be read")

    page.get_by_label("Black").check()
    edited(page)
    assert tuple(pixels(page)[0, 0]) == (0, 0, 0, 255)


def test_the_blurred_background_has_no_colour_of_the_subject(page):
    tool(page, "Background")
    page.get_by_label("The photo, blurred").check()
    edited(page)

    after = pixels(page)
    assert (after[..., 3] == 255).all()
    assert np.abs(after[10, 60, :3].astype(int) - (0, 0, 200)).max() < 12  # near the disc
    assert tuple(after[45, 60, :3]) == RED


def test_a_brush_erases_and_restores_and_each_stroke_can_be_undone(page):
    before = pixels(page)
    paint(page, (0.4, 0.5), (0.6, 0.5))
    edited(page)
    erased = pixels(page)
    assert erased[45, 60, 3] == 0
    assert erased[25, 60, 3] == 255

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Redo")).to_be_enabled()
    assert np.array_equal(pixels(page), before)
    page.get_by_role("button", name="Redo").click()
    expect(page.get_by_role("button", name="Redo")).to_be_disabled()
    assert np.array_equal(pixels(page), erased)

    page.get_by_label("Restore").check()
    layer = page.get_by_role("application", name="Brush.").bounding_box()
    page.mouse.move(layer["x"] + 0.02 * layer["width"], layer["y"] + 0.05 * layer["height"])
    page.mouse.down()
    page.mouse.up()
    restored = pixels(page)
    assert tuple(restored[4, 2]) == (0, 0, 200, 255)  # the photo's own ground
    page.keyboard.press("Control+z")
    assert pixels(page)[4, 2, 3] == 0


def test_the_brush_works_with_the_keyboard_alone(page):
    summary = page.locator("summary", has_text="Brush")
    summary.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Size").fill("20")
    layer = page.get_by_role("application", name="Brush.")
    layer.focus()

    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")

    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    after = pixels(page)
    assert after[33, 60, 3] == 0
    assert after[60, 60, 3] == 255


def test_escape_leaves_the_brush(page):
    tool(page, "Brush")
    layer = page.get_by_role("application", name="Brush.")
    layer.focus()

    page.keyboard.press("Escape")

    expect(layer).to_be_hidden()
    expect(page.locator("summary", has_text="Brush")).to_be_focused()


def test_the_ring_of_the_brush_is_two_pixels_wide_at_any_zoom(page):
    tool(page, "Brush")
    for _ in range(5):
        page.get_by_role("button", name="Zoom in").click()
    box = page.locator("zoom-pane").bounding_box()

    seen = np.asarray(opened(page.screenshot()).convert("RGB")).astype(int)
    row = seen[round(box["y"] + box["height"] / 2), round(box["x"] + box["width"] / 2) :]
    is_ring = np.abs(row[: round(box["width"] / 2) - 30] - RED).max(1) > 40
    assert 1 <= is_ring.sum() <= 4


def test_the_brush_shows_that_it_has_the_focus(page):
    tool(page, "Brush")
    layer = page.get_by_role("application", name="Brush.")
    page.get_by_role("button", name="Zoom in").click()
    box = page.locator("zoom-pane").bounding_box()
    beside = (box["x"] - 3, box["y"] + box["height"] / 2)
    page.locator("summary", has_text="Brush").focus()
    without = opened(page.screenshot()).convert("RGB").getpixel(beside)
    page.keyboard.press("Shift+Tab")
    layer.focus()

    assert opened(page.screenshot()).convert("RGB").getpixel(beside) != without


def test_the_smallest_tip_is_a_thousandth_of_the_photo(page):
    large = Image.new("RGB", (3000, 2000), (0, 0, 200))
    large.paste(RED, (1000, 500, 2000, 1500))
    choose(page, file("large.png", encoded(large, "PNG", compress_level=1)))
    expect(page.get_by_alt_text("large.png, cutout")).to_be_visible()
    expect(page.locator(".editor")).not_to_have_attribute("inert", "")
    tool(page, "Brush")
    page.get_by_label("Size").fill("0.1")
    page.get_by_label("Hardness").fill("100")
    page.get_by_role("application", name="Brush.").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()

    alpha = pixels(page)[990:1010, 1490:1510, 3]
    assert 1 <= (alpha < 128).sum() <= 9


def test_softness_and_size_of_the_brush_take_effect(page):
    tool(page, "Brush")
    page.get_by_label("Size").fill("30")
    page.get_by_label("Hardness").fill("0")
    page.get_by_role("application", name="Brush.").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()

    row = pixels(page)[45, :, 3].astype(int)
    assert row[60] < 20
    assert 100 < row[69] < 160  # half of a radius of 18 px
    assert row[80] == 255


def test_the_edge_can_be_moved_in_and_out_by_pixels(page):
    width = {}
    tool(page, "Edge")
    for shift in ("-4", "4"):
        page.get_by_label("In or out").fill(shift)
        width[shift] = (pixels(page)[45, :, 3] > 127).sum()
    page.get_by_label("In or out").fill("0")

    own = (pixels(page)[45, :, 3] > 127).sum()
    assert width["4"] - own == own - width["-4"] == 8


def test_a_feather_makes_the_edge_softer(page):
    def soft():
        alpha = pixels(page)[45, :, 3]
        return ((alpha > 0) & (alpha < 255)).sum()

    before = soft()
    tool(page, "Edge")
    page.get_by_label("Feather").fill("6")

    assert soft() > before + 12


def test_moving_the_edge_keeps_brush_strokes(page):
    paint(page, (0.4, 0.5), (0.6, 0.5))
    tool(page, "Edge")
    page.get_by_label("In or out").fill("-2")

    after = pixels(page)
    assert after[45, 60, 3] == 0
    assert after[25, 60, 3] == 255


def test_a_crop_shows_the_subject_with_its_margin(page):
    tool(page, "Crop")
    page.get_by_label("To the subject").check()
    page.get_by_label("Margin").fill("0")
    name, picture = saved(page)
    assert name == "disc-cutout.png"
    assert abs(picture.width - 59) <= 2
    assert abs(picture.height - 59) <= 2

    page.get_by_label("Shape").select_option("16:9")
    picture = saved(page)[1]
    assert picture.width / picture.height == pytest.approx(16 / 9, rel=0.02)
    assert abs(picture.height - 59) <= 2

    page.get_by_label("Margin").fill("50")
    picture = saved(page)[1]
    assert abs(picture.height - 118) <= 4
    assert picture.getpixel((picture.width // 2, picture.height // 2)) == (*RED, 255)
    assert picture.getpixel((0, 0))[3] == 0  # beyond the photo


def test_a_shadow_falls_below_the_subject(page):
    tool(page, "Shadow")
    page.get_by_label("Opacity").fill("80")
    edited(page)

    after = pixels(page)
    below, above = after[76, 61], after[13, 60]
    assert tuple(below[:3]) == (0, 0, 0)
    assert below[3] > 60
    assert above[3] < below[3] / 2


def test_a_second_run_uses_the_same_upload_with_other_settings(page, site):
    tool(page, "Another try")
    page.get_by_label("Edges").select_option("off")

    with page.expect_request("**/v1.0/removebg") as asked:
        page.get_by_role("button", name="Run again").click()

    assert asked.value.post_data_json["edges"] == "off"
    (upload,) = {one.name.split("/")[1] for one in site.bucket.files("uploads/")}
    assert asked.value.post_data_json["upload_id"] == upload
    expect(page.get_by_alt_text("disc.png, cutout")).to_be_visible()


def test_a_failed_second_run_is_reported(page, provoked):
    provoked.append("/v1.0/removebg")
    tool(page, "Another try")
    page.get_by_label("Quality").select_option("fast")
    body = (
        '{"errors": [{"title": "Unknown model", "code": "invalid_model", "detail": "no u2netp"}]}'
    )
    page.route("**/v1.0/removebg", lambda route: route.fulfill(status=422, body=body))

    with page.expect_request("**/v1.0/removebg") as asked:
        page.get_by_role("button", name="Run again").click()

    assert asked.value.post_data_json["quality"] == "fast"
    expect(page.get_by_role("alert")).to_have_text("Unknown model: no u2netp.")


def test_a_drawn_box_is_sent_where_no_subject_was_found(page, plain, provoked):
    provoked.append("/v1.0/removebg")
    choose(page, file("plain.png", plain))
    expect(page.get_by_role("alert")).to_contain_text("Draw a box around it")
    page.get_by_role("button", name="Draw a box around the subject").click()
    box = page.locator(".region").bounding_box()
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.9 * box["height"])
    page.mouse.up()
    expect(page.get_by_label("Right")).to_have_value("75")

    with page.expect_request("**/v1.0/removebg") as asked:
        page.get_by_role("button", name="Find the subject in this box").click()

    assert asked.value.post_data_json["roi"] == "25% 50% 75% 90%"
    expect(page.get_by_role("alert")).to_contain_text("Draw a box around it")


def test_a_box_can_be_set_with_number_fields(page):
    tool(page, "Another try")
    page.get_by_role("button", name="Draw a box around the subject").click()
    expect(page.get_by_label("Left")).to_be_focused()
    for side, value in (("Left", "10"), ("Top", "0"), ("Right", "100"), ("Bottom", "95")):
        page.get_by_label(side).fill(value)

    with page.expect_request("**/v1.0/removebg") as asked:
        page.get_by_role("button", name="Find the subject in this box").click()

    assert asked.value.post_data_json["roi"] == "10% 0% 100% 95%"
    expect(page.get_by_alt_text("disc.png, cutout")).to_be_visible()


def test_changing_the_language_keeps_the_crop(page):
    tool(page, "Crop")
    page.get_by_label("Shape").select_option("16:9")
    edited(page)
    before = page.locator(".world").bounding_box()

    page.get_by_role("combobox", name="Language").select_option("中文")

    expect(page.get_by_role("button", name="下载 PNG")).to_be_visible()
    after = page.locator(".world").bounding_box()
    assert after["width"] / after["height"] == pytest.approx(before["width"] / before["height"])


def test_brush_strokes_are_kept_when_switching_between_photos(page, photo):
    paint(page, (0.4, 0.5), (0.6, 0.5))
    edited(page)
    choose(page, file("other.png", photo))
    expect(page.get_by_alt_text("other.png, cutout")).to_be_visible()

    for name in ("disc.png", "other.png", "disc.png"):  # faster than anything is kept or read
        page.get_by_role("button", name=f"{name}: done").click()

    edited(page)
    assert pixels(page)[45, 60, 3] == 0
    assert pixels(page)[25, 60, 3] == 255


def test_resetting_the_edge_resets_it_in_every_format(page):
    tool(page, "Edge")
    page.get_by_label("In or out").fill("8")
    edited(page)
    page.get_by_label("In or out").fill("0")
    tool(page, "Format")
    page.get_by_role("radio", name="Alpha alone").check()

    alpha = np.asarray(saved(page)[1].convert("L"))

    assert abs((alpha[45] > 127).sum() - 59) <= 1


def test_the_alpha_alone_has_the_crop_of_the_picture(page):
    tool(page, "Crop")
    page.get_by_label("Margin").fill("0")
    edited(page)
    tool(page, "Format")
    page.get_by_role("radio", name="Alpha alone").check()

    name, alpha = saved(page)

    assert name == "disc-alpha.png"
    assert abs(alpha.width - 59) <= 2
    assert alpha.convert("L").getpixel((alpha.width // 2, alpha.height // 2)) == 255


def test_a_removed_background_does_not_reappear_with_the_next_stroke(page):
    tool(page, "Background")
    page.get_by_label("Black").check()
    edited(page)
    page.get_by_label("Transparent").check()

    paint(page, (0.4, 0.5), (0.6, 0.5))

    edited(page)
    assert pixels(page)[0, 0, 3] == 0


def test_undo_takes_back_every_stroke(page):
    before = pixels(page)
    tool(page, "Brush")
    layer = page.get_by_role("application", name="Brush.")
    layer.focus()
    for _ in range(35):  # more than have a copy of what they covered
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
    drawn = pixels(page)
    undo, redo = (page.get_by_role("button", name=name) for name in ("Undo", "Redo"))
    for _ in range(35):
        undo.click()

    expect(undo).to_be_disabled()
    assert np.array_equal(pixels(page), before)
    for _ in range(35):
        redo.click()
    assert np.array_equal(pixels(page), drawn)


def test_undo_and_redo_go_through_all_steps_in_their_order(page):
    tool(page, "Background")
    page.get_by_label("Black").check()
    paint(page, (0.4, 0.5), (0.6, 0.5))
    tool(page, "Shadow")
    page.get_by_label("Opacity").fill("80")
    tool(page, "Crop")
    page.get_by_label("To the subject").check()
    edited(page)
    assert pixels(page).shape[1] < 80

    page.keyboard.press("Control+z")
    expect(page.get_by_label("To the subject")).not_to_be_checked()
    page.keyboard.press("Control+z")
    expect(page.locator("[name=shadow]")).to_have_value("0")
    without_shadow = pixels(page)
    assert tuple(without_shadow[45, 60]) == tuple(without_shadow[0, 0]) == (0, 0, 0, 255)
    page.keyboard.press("Control+z")
    assert tuple(pixels(page)[45, 60]) == (*RED, 255)
    page.keyboard.press("Control+z")
    expect(page.get_by_alt_text("disc.png, cutout")).to_be_visible()
    assert pixels(page)[0, 0, 3] == 0

    page.keyboard.press("Control+y")
    page.keyboard.press("Control+Shift+z")
    assert np.array_equal(pixels(page), without_shadow)


def test_a_slider_that_is_dragged_is_one_step(page):
    tool(page, "Shadow")
    box = page.get_by_label("Opacity").bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    page.mouse.down()
    for share in (0.2, 0.4, 0.6):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
    page.mouse.up()
    edited(page)

    page.keyboard.press("Control+z")

    expect(page.get_by_label("Opacity")).to_have_value("0")
    expect(page.get_by_alt_text("disc.png, cutout")).to_be_visible()


def test_undo_keeps_the_format(page):
    tool(page, "Background")
    page.get_by_label("Black").check()
    tool(page, "Format")
    page.get_by_role("radio", name="JPEG").check()

    page.keyboard.press("Control+z")

    expect(page.locator("[name=background][value=none]")).to_be_checked()
    assert saved(page)[0] == "disc-cutout.jpg"


def test_another_try_keeps_the_edits_and_the_steps_before_it(page):
    paint(page, (0.4, 0.5), (0.6, 0.5))
    tool(page, "Background")
    page.get_by_label("Black").check()
    tool(page, "Another try")
    page.get_by_label("Edges").select_option("off")

    with page.expect_response("**/v1.0/removebg"):
        page.get_by_role("button", name="Run again").click()

    edited(page)
    expect(page.locator(".editor")).not_to_have_attribute("inert", "")
    after = pixels(page)
    assert tuple(after[45, 60]) == tuple(after[0, 0]) == (0, 0, 0, 255)
    assert tuple(after[25, 60]) == (*RED, 255)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(page.get_by_alt_text("disc.png, cutout")).to_be_visible()
    assert tuple(pixels(page)[45, 60]) == (*RED, 255)


def test_undo_without_strokes_changes_nothing(page):
    paint(page, (0.4, 0.5), (0.6, 0.5))

    page.evaluate(
        """() => {
          const undo = document.querySelector(".undo");
          for (let count = 0; count < 5; count++) undo.click();
        }"""
    )

    expect(page.get_by_role("button", name="Redo")).to_be_enabled()
    assert pixels(page)[45, 60, 3] == 255


def test_leaving_a_photo_while_its_edge_moves_leaves_the_next_photo_usable(page, photo):
    tool(page, "Edge")
    page.evaluate(
        """() => {
          const shift = document.querySelector("[name=shift]");
          shift.value = 12;
          shift.dispatchEvent(new Event("input", { bubbles: true }));
        }"""
    )
    choose(page, file("other.png", photo))

    expect(page.get_by_alt_text("other.png, cutout")).to_be_visible()
    expect(page.locator(".editor")).not_to_have_attribute("inert", "")


def test_another_quality_can_be_chosen_and_chosen_back(page):
    tool(page, "Another try")
    expect(page.get_by_label("Quality")).to_have_value("standard")
    expect(page.get_by_label("Quality")).to_have_accessible_description(re.compile("as long"))

    for quality in ("best", "standard"):
        page.get_by_label("Quality").select_option(quality)
        with page.expect_response("**/v1.0/removebg") as answered:
            page.get_by_role("button", name="Run again").click()
        expect(page.locator(".editor")).not_to_have_attribute("inert", "")

        sent = answered.value.request.post_data_json
        assert (answered.value.status, sent["quality"], sent["edges"]) == (200, quality, "")


def test_the_status_says_that_there_was_no_time_for_the_second_look(page):
    def hurry(route):
        response = route.fetch()
        headers = response.headers | {"x-cutout-looks-skipped": "1"}
        route.fulfill(response=response, headers=headers)

    page.route("**/v1.0/removebg", hurry)
    tool(page, "Another try")
    page.get_by_label("Quality").select_option("best")
    page.get_by_role("button", name="Run again").click()

    expect(page.get_by_role("status")).to_have_text(
        re.compile("^Done.* no time for the second look")
    )


def test_a_photo_that_the_browser_cannot_decode_can_be_edited(page, red_disc):
    choose(page, file("disc.tiff", encoded(red_disc[0], "TIFF"), "image/tiff"))
    expect(page.get_by_role("status")).to_contain_text("cannot show the photo itself")
    expect(page.locator(".editor")).not_to_have_attribute("inert", "")

    paint(page, (0.4, 0.5), (0.6, 0.5))

    after = pixels(page)
    assert after[45, 60, 3] == 0
    assert tuple(after[25, 60]) == (*RED, 255)


def test_after_an_invalid_background_the_brush_is_unavailable(page):
    tool(page, "Background")
    page.get_by_label("Which picture").set_input_files([file("b.png", b"words")])
    expect(page.get_by_role("alert")).to_contain_text("cannot be read")

    tool(page, "Brush")

    expect(page.get_by_role("application", name="Brush.")).to_be_hidden()
    expect(page.get_by_role("alert")).to_contain_text("cannot be read")


def test_a_failed_or_cancelled_second_run_keeps_the_first_result(page, provoked):
    provoked.append("/v1.0/removebg")
    paint(page, (0.4, 0.5), (0.6, 0.5))
    tool(page, "Another try")
    page.route("**/v1.0/removebg", lambda route: route.abort())
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")

    page.get_by_role("button", name="Back to the cutout").click()

    edited(page)
    assert pixels(page)[45, 60, 3] == 0
    page.unroute("**/v1.0/removebg")
    page.route("**/v1.0/removebg", lambda route: None)
    page.get_by_role("button", name="Run again").click()
    page.get_by_role("button", name="Cancel").click()
    edited(page)
    assert pixels(page)[45, 60, 3] == 0


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_the_blurred_photo_has_the_orientation_of_the_photo(page, orientation):
    turned = np.zeros((60, 90, 3), np.uint8)
    turned[:, :45] = (0, 0, 200)
    turned[20:40, 35:55] = RED
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(Image.fromarray(turned), "JPEG", quality=95, exif=exif)
    choose(page, file("turned.jpg", data, "image/jpeg"))
    expect(page.get_by_alt_text("turned.jpg, cutout")).to_be_visible()
    expect(page.locator(".editor")).not_to_have_attribute("inert", "")

    tool(page, "Background")
    page.get_by_label("The photo, blurred").check()
    edited(page)

    upright = ImageOps.exif_transpose(opened(data)).convert("RGB")
    after = saved(page)[1].convert("RGB")
    assert after.size == upright.size
    for x, y in ((0.05, 0.05), (0.95, 0.05), (0.05, 0.95), (0.95, 0.95)):
        at = round(x * (after.width - 1)), round(y * (after.height - 1))
        assert np.abs(np.subtract(after.getpixel(at), upright.getpixel(at))).max() < 60
