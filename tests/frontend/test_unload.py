"""Uploads and state when the page is reloaded or left."""

from playwright.sync_api import expect

from tests.frontend.conftest import choose, file, tool
from tools.time_limits import wait_until


def ready(page):
    expect(page.locator(".editor")).not_to_have_attribute("inert", "")


def uploads(site):
    return {one.name.split("/")[1] for one in site.bucket.files("uploads/")}


def test_a_reloaded_page_names_the_lost_photos_and_keeps_none(page, site, photo):
    choose(page, file("disc.png", photo))
    ready(page)

    page.reload()

    expect(page.get_by_role("status")).to_contain_text("its photos were deleted: disc.png")
    expect(page.get_by_label("Choose photos")).to_be_enabled()
    expect(page.get_by_role("button", name="Fetch")).to_be_visible()
    wait_until(lambda: not list(site.bucket.files("uploads/")), "the deletion of the upload")
    page.reload()
    expect(page.get_by_role("status")).to_be_empty()


def test_after_a_reload_during_processing_another_photo_can_follow(page, photo, provoked):
    provoked.extend(["/v1.0/removebg", ".js"])  # what is still on its way then
    page.route("**/v1.0/removebg", lambda route: None)
    choose(page, file("disc.png", photo))
    expect(page.get_by_role("status")).to_contain_text("Finding the subject")

    page.reload()

    expect(page.get_by_role("status")).to_contain_text("its photos were deleted: disc.png")
    page.unroute("**/v1.0/removebg")
    choose(page, file("disc.png", photo))
    ready(page)


def test_the_back_button_leads_away_and_back(page, photo):
    choose(page, file("disc.png", photo))
    ready(page)

    page.goto("about:blank")
    page.go_back()

    expect(page.get_by_role("status")).to_contain_text("disc.png")
    choose(page, file("disc.png", photo))
    ready(page)


def test_two_tabs_do_not_affect_each_other(page, site, photo):
    choose(page, file("first.png", photo))
    ready(page)
    other = page.context.new_page()
    other.goto(site.url)
    choose(other, file("second.png", photo))
    ready(other)

    before = uploads(site)
    other.goto("about:blank")  # a closed tab's last request may be lost with its process
    tool(page, "Another try")
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_alt_text("first.png, cutout")).to_be_visible()
    assert len(before) == 2
    wait_until(lambda: len(uploads(site)) == 1, "the deletion of the other upload")
    assert uploads(site) < before  # and the first was not sent again
