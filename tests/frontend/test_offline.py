"""The page without a network."""

import re

import pytest
from playwright.sync_api import expect

from tests.frontend.conftest import choose, file, saved, tool
from tools.time_limits import wait_until


def ready(page):
    expect(page.locator(".editor")).not_to_have_attribute("inert", "")


def paths(page):
    """Return the paths of all URLs in the service worker's caches."""
    return page.evaluate(
        """async () => {
          const found = [];
          for (const name of await caches.keys()) {
            found.push(...(await (await caches.open(name)).keys()));
          }
          return found.map(({ url }) => new URL(url).pathname);
        }"""
    )


@pytest.fixture
def kept(page, photo):
    """A page that has cached its files and shows a result."""
    choose(page, file("disc.png", photo))
    ready(page)
    wait_until(lambda: "/editing/worker.js" in paths(page), "the worker's script")
    return page


def test_editing_and_saving_work_offline(kept, provoked):
    provoked.append("")
    kept.context.set_offline(True)

    tool(kept, "Edge")
    kept.get_by_label("Feather").fill("6")
    tool(kept, "Background")
    kept.get_by_label("Black").check()
    expect(kept.get_by_role("img", name="The subject as you have edited it")).to_be_visible()

    assert saved(kept)[1].getpixel((0, 0)) == (0, 0, 0, 255)


def test_the_page_loads_offline_with_its_photo_and_another_waits_for_the_connection(
    kept, site, photo, provoked
):
    provoked.append("")
    kept.context.set_offline(True)

    kept.goto(site.url)

    expect(kept.get_by_alt_text("disc.png, cutout")).to_be_visible()
    choose(kept, file("second.png", photo))
    expect(kept.get_by_role("status")).to_contain_text("No connection. The photo goes on by itself")
    kept.context.set_offline(False)
    expect(kept.get_by_alt_text("second.png, cutout")).to_be_visible()
    ready(kept)


def test_an_upload_that_the_connection_broke_off_goes_on_by_itself(page, site, photo, provoked):
    provoked.append("")
    sent = []
    page.route(f"{site.aws}/**", lambda route: sent.append(route))
    choose(page, file("disc.png", photo))
    expect(page.get_by_role("status")).to_contain_text("Uploading")
    wait_until(lambda: page.title() and sent, "the upload")  # a call lets Playwright see events

    page.context.set_offline(True)
    sent[0].abort()
    page.unroute(f"{site.aws}/**")
    expect(page.get_by_role("status")).to_contain_text("No connection. The photo goes on by itself")

    page.context.set_offline(False)
    expect(page.get_by_alt_text("disc.png, cutout")).to_be_visible()
    ready(page)


def test_a_failure_before_the_browser_knew_of_the_lost_connection_is_made_good(
    page, photo, provoked
):
    provoked.append("")
    page.route("**/v1.0/removebg", lambda route: route.abort(), times=1)
    choose(page, file("disc.png", photo))
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")

    page.context.set_offline(True)
    expect(page.get_by_role("status")).to_contain_text("No connection.")
    page.context.set_offline(False)

    expect(page.get_by_alt_text("disc.png, cutout")).to_be_visible()


def test_a_first_visit_without_a_photo_is_enough_to_load_the_page_offline(page, site, provoked):
    provoked.append("")
    wait_until(lambda: "/" in paths(page), "the copy of the page")
    page.context.set_offline(True)

    page.reload()

    expect(page.get_by_label("Choose photos")).to_be_enabled()
    page.get_by_role("combobox", name="Language").select_option("English")
    expect(page.get_by_role("heading", name="Cutout")).to_be_visible()


def test_the_cache_holds_no_photo_and_no_api_response(kept):
    assert "/" in paths(kept)
    assert [path for path in paths(kept) if re.search("v1.0|health|upload", path)] == []


def test_the_page_can_be_installed(page, site):
    manifest = page.request.get(f"{site.url}/manifest.webmanifest").json()

    assert manifest["display"] == "standalone"
    assert manifest["start_url"] == "/"
    icon = page.request.get(f"{site.url}/{manifest['icons'][0]['src']}")
    assert icon.headers["content-type"] == "image/svg+xml"
    errors = page.context.new_cdp_session(page).send("Page.getInstallabilityErrors")
    ids = [error["errorId"] for error in errors["installabilityErrors"]]
    assert [name for name in ids if name != "in-incognito"] == []  # as a test's browser is
