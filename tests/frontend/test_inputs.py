"""Photos from file dialogs, drops, pastes, samples, addresses and cameras."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from cutout.errors import ImageDownloadFailed
from tests.conftest import encoded, opened
from tests.frontend.conftest import choose, file, saved, send

ADDRESS = "https://pictures.example/folder/disc.png?size=large"


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_photo_can_be_dropped_anywhere_or_pasted(page, photo, event):
    send(page, event, file("disc.png", photo))

    expect(page.get_by_alt_text("disc.png, cutout")).to_be_visible()


def test_dragging_a_file_over_the_page_highlights_it(page, photo):
    zone = page.get_by_text("Drop it anywhere")
    expect(zone).to_be_hidden()

    send(page, "dragenter", file("disc.png", photo))
    send(page, "dragenter", file("disc.png", photo))
    send(page, "dragleave", file("disc.png", photo))
    expect(zone).to_be_visible()

    send(page, "dragleave", file("disc.png", photo))
    expect(zone).to_be_hidden()


@pytest.mark.parametrize("way", ["dragenter", "click"])
def test_the_service_is_warmed_up_before_a_photo_is_chosen(page, photo, way):
    with page.expect_request("**/healthz"):
        if way == "click":
            page.get_by_label("Choose photos").click()
        else:
            send(page, way, file("disc.png", photo))


def test_a_sample_is_processed_with_one_click(page):
    page.get_by_role("link", name="A cat").click()

    expect(page.get_by_alt_text("cat.jpg, original")).to_be_visible()
    assert page.url.endswith("/")


@pytest.mark.parametrize("name", ["astronaut", "cat", "coffee"])
def test_every_sample_is_a_jpeg_on_this_site(page, site, name):
    response = page.request.get(f"{site.url}/samples/{name}.jpg")

    assert opened(response.body()).format == "JPEG"


class TestAddress:
    @pytest.fixture
    def fetch(self, photo):
        def fetch(url, deadline):
            if "gone" in urlsplit(url).path:
                raise ImageDownloadFailed("the host says 404")
            return photo

        return fetch

    def test_the_service_fetches_a_photo_by_its_address(self, page, site, photo):
        page.get_by_label("enter its address").fill(ADDRESS)
        page.get_by_role("button", name="Fetch").click()

        expect(page.get_by_alt_text("disc.png, cutout")).to_be_visible()
        name, cutout = saved(page)
        assert name == "disc-cutout.png"
        assert cutout.getpixel((60, 45)) == (250, 10, 10, 255)

    @pytest.mark.parametrize("event", ["drop", "paste"])
    def test_an_address_can_be_dropped_or_pasted(self, page, event):
        send(page, event, text=ADDRESS)

        expect(page.get_by_alt_text("disc.png, cutout")).to_be_visible()

    def test_pasted_text_that_is_no_address_is_ignored(self, page):
        send(page, "paste", text="a word, and nothing else")

        expect(page.get_by_role("button", name="Fetch")).to_be_visible()

    def test_a_failed_fetch_is_reported_and_another_address_can_follow(self, page, photo, provoked):
        provoked.append("/v1.0/uploads")
        send(page, "paste", text="https://pictures.example/gone.png")
        expect(page.get_by_role("alert")).to_contain_text("could not be fetched")

        choose(page, file("disc.png", photo))

        expect(page.get_by_alt_text("disc.png, cutout")).to_be_visible()


class TestPhone:
    @pytest.fixture
    def screen(self):
        return {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}

    def test_a_phone_has_a_camera_button(self, page, photo):
        camera = page.get_by_label("Take a photo")
        expect(camera).to_have_attribute("capture", "environment")
        expect(page.get_by_text("Take a photo")).to_be_visible()

        camera.set_input_files([file("image.jpg", photo)])

        expect(page.get_by_alt_text("image.jpg, cutout")).to_be_visible()


def test_a_desktop_has_no_camera_button(page):
    expect(page.get_by_text("Take a photo")).to_be_hidden()


def test_a_photo_that_the_browser_cannot_decode_is_processed_with_a_note(page, red_disc):
    choose(page, file("disc.tiff", encoded(red_disc[0], "TIFF"), "image/tiff"))

    expect(page.get_by_role("status")).to_contain_text("cannot show the photo itself")
    expect(page.get_by_alt_text(re.compile("original"))).to_be_hidden()
    assert saved(page)[1].getpixel((60, 45)) == (250, 10, 10, 255)
