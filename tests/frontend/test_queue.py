"""Several photos at once."""

import re
from zipfile import ZipFile

import numpy as np
from PIL import Image
from playwright.sync_api import expect

from tests.conftest import encoded, opened
from tests.frontend.conftest import choose, file, send, tool
from tools.time_limits import limit_s


def disc(index):
    """Return a PNG with a red disc at a position of its own."""
    y, x = np.mgrid[:90, :120]
    photo = np.zeros((90, 120, 3), np.uint8)
    photo[..., 2] = 200
    photo[np.hypot(x - 25 - 3 * index, y - 45) < 20] = (250, 10, 10)
    return encoded(Image.fromarray(photo), "PNG")


def downloaded(page):
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("ZIP")).click()
    return ZipFile(download.value.path())


def entries(page):
    return page.get_by_role("navigation", name="Photos").get_by_role("listitem")


def test_twenty_photos_keep_their_order_and_an_invalid_one_stops_no_other(page):
    files = [file(f"{index:02}.png", disc(index)) for index in range(20)]
    files[7] = file("07.png", b"words")

    send(page, "drop", *files)

    expect(page.get_by_role("button", name="Download all 19 (ZIP)")).to_be_enabled(
        timeout=1000 * limit_s(60)
    )
    names = [
        button.get_attribute("aria-label") for button in entries(page).get_by_role("button").all()
    ]
    assert names == [f"{at:02}.png: {'failed' if at == 7 else 'done'}" for at in range(20)]
    archive = downloaded(page)
    expect(page.get_by_role("status")).to_have_text(
        re.compile("^Saved as cutouts.zip. Not in it: 07.png. This file is not a supported photo.")
    )
    assert archive.testzip() is None
    done = [index for index in range(20) if index != 7]
    assert archive.namelist() == [f"{index:02}-cutout.png" for index in done]
    for index in done:
        left, _, right, _ = opened(archive.read(f"{index:02}-cutout.png")).getbbox()
        assert abs((left + right) / 2 - (25 + 3 * index)) < 3


def test_one_of_several_photos_is_shown_and_the_others_are_one_click_away(page):
    choose(page, file("a.png", disc(0)), file("b.png", disc(9)))
    expect(page.get_by_role("button", name="Download all 2 (ZIP)")).to_be_enabled()
    expect(page.get_by_alt_text("a.png, cutout")).to_be_visible()

    page.get_by_role("button", name="b.png: done").click()

    expect(page.get_by_alt_text("b.png, cutout")).to_be_visible()
    expect(page.get_by_role("button", name="b.png: done")).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("status")).to_contain_text("2 of 2 done.")


def test_photos_of_the_same_name_get_different_names_in_the_archive(page):
    choose(page, *[file("photo.png", disc(index)) for index in range(3)])
    expect(page.get_by_role("button", name="Download all 3 (ZIP)")).to_be_enabled()

    names = downloaded(page).namelist()

    assert names == ["photo-cutout.png", "photo-cutout-2.png", "photo-cutout-3.png"]


def test_the_archive_contains_the_edits_of_each_photo(page):
    choose(page, file("a.png", disc(0)), file("b.png", disc(9)))
    expect(page.get_by_role("button", name="Download all 2 (ZIP)")).to_be_enabled()
    tool(page, "Background")
    page.get_by_label("Black").check()
    expect(page.get_by_role("img", name="as you have edited it")).to_be_visible()

    page.get_by_role("button", name="b.png: done").click()
    expect(page.get_by_alt_text("b.png, cutout")).to_be_visible()
    archive = downloaded(page)

    assert opened(archive.read("a-cutout.png")).getpixel((0, 0)) == (0, 0, 0, 255)
    assert opened(archive.read("b-cutout.png")).getpixel((0, 0))[3] == 0


def test_a_failed_photo_can_be_retried_alone(page, provoked):
    provoked.append("/v1.0/removebg")
    page.route("**/v1.0/removebg", lambda route: route.abort(), times=1)
    choose(page, file("a.png", disc(0)), file("b.png", disc(9)))
    expect(page.get_by_role("button", name=re.compile("done$"))).to_have_count(1)
    page.get_by_role("button", name=re.compile("failed$")).click()

    page.get_by_role("button", name="Try again").click()

    expect(page.get_by_role("button", name="Download all 2 (ZIP)")).to_be_enabled()


def test_a_removed_photo_is_deleted_from_the_bucket_and_the_next_is_shown(page, site):
    choose(page, file("a.png", disc(0)), file("b.png", disc(9)))
    expect(page.get_by_role("button", name="Download all 2 (ZIP)")).to_be_enabled()
    before = {one.name.split("/")[1] for one in site.bucket.files("uploads/")}

    page.get_by_role("button", name="Delete now").click()

    expect(page.get_by_alt_text("b.png, cutout")).to_be_visible()
    expect(page.get_by_role("navigation", name="Photos")).to_be_hidden()
    after = {one.name.split("/")[1] for one in site.bucket.files("uploads/")}
    assert len(before) == 2
    assert len(after) == 1


def test_a_used_up_allowance_is_reported_for_all_waiting_photos(page, provoked):
    provoked.append("/v1.0/uploads")
    body = '{"errors": [{"title": "t", "code": "allowance_used_up", "detail": "d"}]}'
    asked = []

    def refuse(route):
        asked.append(route.request)
        route.fulfill(status=429, body=body)

    page.route("**/v1.0/uploads", refuse)

    choose(page, *[file(f"{index}.png", disc(index)) for index in range(9)])

    expect(page.get_by_role("button", name=re.compile("failed$"))).to_have_count(9)
    expect(page.get_by_role("alert")).to_contain_text("daily limit")
    assert len(asked) <= 2


def test_the_archive_is_offered_though_the_shown_photo_failed(page):
    choose(page, file("a.png", b"words"), file("b.png", disc(9)), file("c.png", disc(3)))
    expect(page.get_by_role("button", name="Download all 2 (ZIP)")).to_be_enabled()

    assert downloaded(page).namelist() == ["b-cutout.png", "c-cutout.png"]


def test_a_removed_waiting_photo_is_never_uploaded(page, site, provoked):
    provoked.append("")
    held = []
    page.route("**/v1.0/removebg", lambda route: held.append(route))
    choose(page, *[file(f"{index}.png", disc(index)) for index in range(3)])
    page.get_by_role("button", name="2.png").click()
    expect(page.get_by_role("status")).to_contain_text("Waiting for its turn")

    page.get_by_role("button", name="Cancel").click()

    expect(entries(page)).to_have_count(2)
    page.route("**/v1.0/removebg", lambda route: route.continue_())
    for route in held:
        route.continue_()
    expect(page.get_by_role("button", name="Download all 2 (ZIP)")).to_be_enabled()
    assert len({one.name.split("/")[1] for one in site.bucket.files("uploads/")}) == 2


def test_an_unreadable_file_is_reported_and_stops_no_other(page, photo):
    page.evaluate(
        """() => {
          File.prototype.slice = function () {
            const slice = Blob.prototype.slice.apply(this, arguments);
            const gone = () => Promise.reject(new DOMException("gone"));
            return this.name === "folder" ? Object.assign(slice, { arrayBuffer: gone }) : slice;
          };
        }"""
    )
    send(page, "drop", file("folder", b"anything"), file("a.png", disc(0)))

    expect(page.get_by_role("button", name="folder: failed")).to_be_visible()
    expect(page.get_by_role("button", name="a.png: done")).to_be_visible()


def test_no_size_of_another_photo_is_shown_at_the_formats(page):
    noise = np.random.default_rng(1).integers(0, 256, (90, 120, 3), np.uint8)
    noise[20:70, 30:90] = (250, 10, 10)
    heavy = encoded(Image.fromarray(noise), "PNG")
    choose(page, file("heavy.png", heavy), file("light.png", disc(0)))
    expect(page.get_by_role("button", name="Download all 2 (ZIP)")).to_be_enabled()
    tool(page, "Format")
    sizes = page.locator(".formats .bytes")
    expect(page.locator(".formats .bytes", has_text="kB")).to_have_count(4)
    heavy_sizes = sizes.all_text_contents()
    tool(page, "Format")

    page.get_by_role("button", name="light.png: done").click()
    expect(page.get_by_alt_text("light.png, cutout")).to_be_visible()

    assert set(sizes.all_text_contents()) == {""}
    tool(page, "Format")
    expect(page.locator(".formats .bytes", has_text="kB")).to_have_count(4)
    assert sizes.all_text_contents()[0] != heavy_sizes[0]
