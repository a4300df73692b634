"""What a person has made, when the page is reloaded, left, closed or opened twice."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.frontend.conftest import choose, file, saved, tool
from tools.time_limits import wait_until

BLACK, RED = (0, 0, 0, 255), (250, 10, 10, 255)

KEPT = """() => new Promise((resolve) => {
  const request = indexedDB.open("cutout", 1);
  request.onsuccess = () => {
    const database = request.result;
    const read = (name) => database.transaction(name).objectStore(name).getAll();
    const photos = read("photos"), pictures = read("pictures");
    pictures.transaction.oncomplete = () => {
      database.close();
      resolve([photos.result.map(({ state, since, history }) =>
        ({ state, since, strokes: history.present.strokes.length, steps: history.past.length })),
        pictures.result.length]);
    };
  };
})"""

CHANGE_SINCE = """(change) => new Promise((resolve) => {
  const request = indexedDB.open("cutout", 1);
  request.onsuccess = () => {
    const photos = request.result.transaction("photos", "readwrite").objectStore("photos");
    photos.getAll().onsuccess = ({ target: { result: [photo] } }) => {
      photos.put({ ...photo, since: photo.since + change });
    };
    photos.transaction.oncomplete = () => resolve(request.result.close());
  };
})"""


def ready(page):
    expect(page.locator(".editor")).not_to_have_attribute("inert", "")


def kept(page):
    """Return what the browser has stored of each photo, and how many pictures."""
    return page.evaluate(KEPT)


def edit(page):
    """Put a disc on black and erase its middle, in two steps."""
    tool(page, "Background")
    page.get_by_label("Black").check()
    tool(page, "Brush")
    page.get_by_role("application", name="Brush.").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    wait_until(lambda: [one["steps"] for one in kept(page)[0]] == [2], "the copy of the edits")


def is_edited(page):
    expect(page.get_by_role("img", name="as you have edited it")).to_be_visible()
    picture = saved(page)[1]
    return [picture.getpixel(at) for at in ((0, 0), (60, 45), (60, 25))] == [BLACK, BLACK, RED]


@pytest.fixture
def shown(page, photo):
    choose(page, file("disc.png", photo))
    ready(page)
    wait_until(lambda: [one["state"] for one in kept(page)[0]] == ["done"], "the copy")
    return page


def test_a_reload_keeps_photo_edits_and_cutout_without_another_call(shown):
    edit(shown)
    asked = []
    shown.on("request", lambda request: asked.append(request.url))

    shown.reload()

    ready(shown)
    expect(shown.get_by_role("status")).to_contain_text("Your photos and edits are back.")
    assert is_edited(shown)
    assert [url for url in asked if "/v1.0/" in url] == []
    shown.keyboard.press("Control+z")
    shown.keyboard.press("Control+z")
    expect(shown.get_by_alt_text("disc.png, cutout")).to_be_visible()
    assert saved(shown)[1].getpixel((0, 0))[3] == 0


def test_a_background_picture_outlasts_a_reload(shown, photo):
    tool(shown, "Background")
    shown.get_by_label("Which picture").set_input_files([file("b.png", photo)])
    expect(shown.get_by_role("img", name="as you have edited it")).to_be_visible()
    before = np.asarray(saved(shown)[1])
    wait_until(lambda: kept(shown)[1] == 3, "the copies of photo, cutout and background")

    shown.reload()

    ready(shown)
    assert np.array_equal(np.asarray(saved(shown)[1]), before)


def test_the_next_page_shows_what_a_page_had_that_ended_without_unloading(shown, site):
    edit(shown)
    context = shown.context
    other = context.new_page()
    shown.close()

    other.goto(site.url)

    ready(other)
    assert is_edited(other)


def test_the_back_button_leads_back_to_the_edited_photo(shown):
    edit(shown)

    shown.goto("about:blank")
    shown.go_back()

    ready(shown)
    assert is_edited(shown)


def test_a_photo_in_progress_goes_on_after_a_reload(page, photo, provoked):
    provoked.extend(["/v1.0/removebg", ".js"])  # what is still on its way then
    page.route("**/v1.0/removebg", lambda route: None)
    choose(page, file("disc.png", photo))
    expect(page.get_by_role("status")).to_contain_text("Finding the subject")
    wait_until(lambda: [one["state"] for one in kept(page)[0]] == ["working"], "the copy")
    page.unroute("**/v1.0/removebg")

    page.reload()

    ready(page)
    expect(page.get_by_alt_text("disc.png, cutout")).to_be_visible()


def test_two_open_pages_have_photos_of_their_own(shown, site, photo):
    edit(shown)
    other = shown.context.new_page()
    other.goto(site.url)
    expect(other.get_by_role("button", name="Fetch")).to_be_visible()
    choose(other, file("second.png", photo))
    ready(other)
    wait_until(lambda: len(kept(other)[0]) == 2, "the copies of both")

    other.get_by_role("button", name="Delete now").click()

    expect(other.get_by_role("status")).to_have_text("Photo and cutout are deleted.")
    shown.reload()
    ready(shown)
    assert is_edited(shown)


def test_a_deleted_photo_leaves_no_copy(shown, site):
    shown.get_by_role("button", name="Delete now").click()

    expect(shown.get_by_role("status")).to_have_text("Photo and cutout are deleted.")
    wait_until(lambda: kept(shown) == [[], 0], "the deletion of the copy")
    assert list(site.bucket.files("")) == []
    shown.reload()
    expect(shown.get_by_role("button", name="Fetch")).to_be_visible()


def test_an_edited_photo_is_deleted_after_a_question_alone(shown):
    edit(shown)
    shown.get_by_role("button", name="Delete now").click()

    shown.get_by_role("dialog").get_by_role("button", name="Keep it").click()
    assert is_edited(shown)
    shown.get_by_role("button", name="Delete now").click()
    shown.keyboard.press("Escape")
    assert is_edited(shown)

    shown.get_by_role("button", name="Delete now").click()
    shown.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(shown.get_by_role("status")).to_have_text("Photo and cutout are deleted.")
    wait_until(lambda: kept(shown) == [[], 0], "the deletion of the copy")


def test_after_an_hour_the_copy_is_deleted_and_the_open_page_can_run_the_photo_again(page, photo):
    page.clock.install()
    choose(page, file("disc.png", photo))
    ready(page)
    edit(page)

    page.clock.fast_forward("02:00:00")

    expect(page.get_by_role("status")).to_contain_text("has deleted this photo after an hour")
    wait_until(lambda: kept(page) == [[], 0], "the deletion of the copy")
    assert is_edited(page)
    tool(page, "Another try")
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_role("status")).to_have_text("Done.")
    wait_until(lambda: [one["steps"] for one in kept(page)[0]] == [2], "another copy")
    assert is_edited(page)


def test_a_page_that_opens_deletes_copies_that_are_past_their_hour(shown):
    shown.evaluate(CHANGE_SINCE, -61 * 60 * 1000)

    shown.reload()

    wait_until(lambda: kept(shown) == [[], 0], "the deletion of the copy")
    expect(shown.get_by_role("button", name="Fetch")).to_be_visible()


def test_a_clock_that_is_set_back_loses_nothing_and_keeps_nothing_for_longer(shown):
    before = kept(shown)[0][0]["since"]
    shown.evaluate(CHANGE_SINCE, 24 * 60 * 60 * 1000)

    shown.reload()

    ready(shown)
    wait_until(lambda: abs(kept(shown)[0][0]["since"] - before) < 5 * 60 * 1000, "the new time")


@pytest.mark.parametrize("trouble", ["forbidden", "full"])
def test_where_the_browser_keeps_nothing_the_page_works_and_says_so(page, site, photo, trouble):
    if trouble == "full":
        quota = {"origin": site.url, "quotaSize": 100}
        page.context.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", quota)
    else:
        page.evaluate("""() => {
          indexedDB.open = () => { throw new DOMException("not let", "SecurityError"); };
        }""")
    choose(page, file("disc.png", photo))
    ready(page)

    expect(page.get_by_text("if the page is closed or reloaded, they are lost")).to_be_visible()
    tool(page, "Background")
    page.get_by_label("Black").check()
    expect(page.get_by_role("img", name="as you have edited it")).to_be_visible()
    assert saved(page)[1].getpixel((0, 0)) == BLACK
