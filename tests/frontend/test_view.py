"""The comparison slider, zooming and panning."""

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.conftest import encoded
from tests.frontend.conftest import choose, colour_at, file

BLUE = (0, 0, 200)  # the ground of the photo


@pytest.fixture
def page(page, photo):
    choose(page, file("disc.png", photo))
    expect(page.get_by_alt_text("disc.png, cutout")).to_be_visible()
    return page


def pane(page):
    return page.get_by_role("group", name="Picture.")


def zoom(page):
    return float(pane(page).evaluate("(pane) => pane.zoom"))


def offset(page):
    return pane(page).evaluate(
        """({ style }) =>
          ["--pan-x", "--pan-y"].map((name) => parseFloat(style.getPropertyValue(name)))"""
    )


def test_the_keyboard_moves_the_comparison_slider(page):
    slider = page.get_by_role("slider", name="How much of the photo is shown")
    expect(slider).to_have_value("0")
    assert colour_at(page, 0.02, 0.1) != BLUE

    slider.press("End")
    assert colour_at(page, 0.02, 0.1) == colour_at(page, 0.95, 0.1) == BLUE

    slider.fill("50")
    assert colour_at(page, 0.02, 0.1) == BLUE
    assert colour_at(page, 0.95, 0.1) != BLUE


def test_the_box_surrounds_the_subject(page):
    page.get_by_label("Subject's box").check()

    scene = page.locator(".world").bounding_box()
    box = page.locator(".subject").bounding_box()
    assert box["x"] - scene["x"] == pytest.approx(
        scene["width"] * 31 / 120, abs=scene["width"] / 60
    )
    assert box["width"] == pytest.approx(scene["width"] * 59 / 120, abs=scene["width"] / 60)
    assert box["height"] == pytest.approx(scene["height"] * 59 / 90, abs=scene["height"] / 45)


def test_the_wheel_zooms_at_the_pointer(page):
    box = page.locator(".world").bounding_box()
    x, y = box["x"] + 0.25 * box["width"], box["y"] + 0.25 * box["height"]
    page.mouse.move(x, y)

    page.mouse.wheel(0, -400)

    expect(pane(page)).to_have_attribute("data-zoomed", "")
    after = page.locator(".world").bounding_box()
    assert (x - after["x"]) / after["width"] == pytest.approx(0.25, abs=0.01)
    assert (y - after["y"]) / after["height"] == pytest.approx(0.25, abs=0.01)


def test_the_keyboard_zooms_pans_and_fits(page):
    pane(page).focus()

    page.keyboard.press("+")
    page.keyboard.press("+")
    assert zoom(page) == pytest.approx(1.25**2)
    page.keyboard.press("ArrowRight")
    assert offset(page) == [-40, 0]
    page.keyboard.press("-")
    assert zoom(page) == pytest.approx(1.25)
    page.keyboard.press("0")
    assert (zoom(page), offset(page)) == (1, [0, 0])


def test_a_zoomed_picture_can_be_dragged_but_not_out_of_sight(page):
    pane(page).focus()
    page.keyboard.press("+")
    box = pane(page).bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 30, middle[1] + 20)
    page.mouse.up()
    assert offset(page) == [30, 20]

    page.mouse.down()
    page.mouse.move(middle[0] + 5_000, middle[1])
    page.mouse.up()
    assert offset(page)[0] == pytest.approx(box["width"] * 0.25 / 2, abs=1)


def test_pinching_zooms(page):
    box = pane(page).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)

    def fingers(kind, *apart):
        points = [{"x": x + side, "y": y, "id": at} for at, side in enumerate(apart)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", -20, 20)
    for apart in (30, 40, 50, 60):
        fingers("touchMove", -apart, apart)
    fingers("touchEnd")

    expect(pane(page)).to_have_attribute("data-zoomed", "")
    assert zoom(page) == pytest.approx(3, rel=0.2)


def test_at_1_to_1_a_photo_pixel_is_a_screen_pixel(page):
    large = Image.new("RGB", (3000, 2000), BLUE)
    large.paste((250, 10, 10), (1000, 500, 2000, 1500))
    choose(page, file("large.png", encoded(large, "PNG", compress_level=1)))
    expect(page.get_by_alt_text("large.png, cutout")).to_be_visible()

    page.get_by_role("button", name="1:1").click()

    assert page.locator(".world").bounding_box()["width"] == pytest.approx(3000, rel=0.002)
    expect(page.locator(".share-of")).to_have_text("100%")


def test_1_to_1_goes_to_100_percent_from_above_it_too(page):
    fitted = page.locator(".world").bounding_box()["width"]
    assert fitted > 2 * 120

    page.get_by_role("button", name="1:1").click()

    world, frame = page.locator(".world").bounding_box(), pane(page).bounding_box()
    assert world["width"] == pytest.approx(120, abs=1)
    assert world["x"] + 60 == pytest.approx(frame["x"] + frame["width"] / 2, abs=1)
    expect(page.locator(".share-of")).to_have_text("100%")
    page.get_by_role("button", name="Zoom out").click()
    expect(page.locator(".share-of")).to_have_text("100%")
    page.get_by_role("button", name="Zoom in").click()
    expect(page.locator(".share-of")).to_have_text("125%")
    page.get_by_role("button", name="Fit").click()
    assert page.locator(".world").bounding_box()["width"] == pytest.approx(fitted, abs=1)


def test_the_shown_percentage_refers_to_the_photos_own_size(page):
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Fit").click()
    assert zoom(page) == 1
    width = page.locator(".world").bounding_box()["width"]
    shown = int(page.locator(".share-of").text_content().rstrip("%"))
    assert shown == pytest.approx(100 * width / 120, abs=1)
