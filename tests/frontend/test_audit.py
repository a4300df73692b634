"""Accessibility: Deque's axe-core in every state, widths, keyboard and motion."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.frontend.conftest import choose, file, tool


# Neither colour scheme nor width changes what the other does, so two of the four pairs have both
# of each; the other two run by night.
@pytest.fixture(
    params=[
        ("light", 360),
        ("dark", 1440),
        pytest.param(("light", 1440), marks=pytest.mark.nightly),
        pytest.param(("dark", 360), marks=pytest.mark.nightly),
    ],
    ids=lambda pair: f"{pair[0]}-{pair[1]}",
)
def screen(request):
    scheme, width = request.param
    size = {"width": width, "height": 900}
    rest = {"reduced_motion": "reduce", "bypass_csp": True}  # axe-core writes styles of its own
    return {"color_scheme": scheme, "viewport": size} | rest


def violations(page):
    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


def ready(page):
    expect(page.locator(".editor")).not_to_have_attribute("inert", "")


def test_empty(page):
    assert violations(page) == []


def test_working(page, photo, provoked):
    provoked.append("/v1.0/removebg")
    page.route("**/v1.0/removebg", lambda route: None)
    choose(page, file("disc.png", photo))
    expect(page.get_by_role("status")).to_contain_text("Finding the subject")

    assert violations(page) == []


def test_done_with_each_group_of_controls(page, photo):
    choose(page, file("disc.png", photo))
    ready(page)
    assert violations(page) == []

    for summary in page.locator("summary").all():
        summary.click()
        assert violations(page) == []


def test_editing(page, photo):
    choose(page, file("disc.png", photo))
    ready(page)
    tool(page, "Brush")
    page.get_by_role("application", name="Brush.").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("img", name="The subject as you have edited it")).to_be_visible()

    assert violations(page) == []
    page.get_by_role("button", name="Delete now").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []


def test_queue(page, photo):
    choose(page, file("a.png", photo), file("b.png", photo), file("c.png", b"words"))
    expect(page.get_by_role("button", name="Download all 2 (ZIP)")).to_be_enabled()
    ready(page)

    assert violations(page) == []


def test_failed_and_drawing_a_box(page, plain, provoked):
    provoked.append("/v1.0/removebg")
    choose(page, file("plain.png", plain))
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []

    page.get_by_role("button", name="Draw a box around the subject").click()

    assert violations(page) == []


@pytest.mark.parametrize("language", ["zh", "ar"])
def test_other_languages(page, photo, language):
    page.get_by_role("combobox").select_option(language)
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.locator(".picker input").first.set_input_files([file("disc.png", photo)])
    ready(page)

    assert violations(page) == []


class TestWidths:
    @pytest.fixture(params=[320, 768, 3840])
    def screen(self, request):
        return {"viewport": {"width": request.param, "height": 900}, "reduced_motion": "reduce"}

    def test_no_element_is_wider_than_the_screen(self, page, photo):
        def overhang():
            return page.evaluate("document.documentElement.scrollWidth - innerWidth")

        assert overhang() <= 0
        choose(page, *[file(f"{index}.png", photo) for index in range(8)])
        expect(page.get_by_role("button", name="Download all 8 (ZIP)")).to_be_enabled()
        ready(page)
        for summary in page.locator("summary").all():
            summary.click()
            assert overhang() <= 0


class TestKeyboard:
    @pytest.fixture
    def screen(self):
        return {}

    def focused(self, page):
        return page.evaluate(
            """() => {
              const { activeElement: { ariaLabel, labels, textContent } } = document;
              return ariaLabel || labels?.[0]?.textContent.trim() || textContent.trim();
            }"""
        )

    def tabbed(self, page, last):
        names = []
        while not names or names[-1] != last:
            page.keyboard.press("Tab")
            names.append(self.focused(page))
            assert len(names) < 40
        return names

    def test_focus_follows_the_order_of_the_empty_page(self, page):
        names = self.tabbed(page, "A cup of coffee")

        assert names[0].startswith("Language")
        assert names[1:] == [
            "Choose photos", "or drop them here, paste one, or enter its address", "Fetch",
            "An astronaut", "A cat", "A cup of coffee",
        ]  # fmt: skip

    def test_focus_goes_from_the_picture_to_its_controls(self, page, photo):
        choose(page, file("disc.png", photo))
        ready(page)
        page.get_by_label("Choose photos").focus()

        names = self.tabbed(page, "Delete now")

        assert names[0].startswith("Picture.")
        assert names[1:] == [
            "Before: how much of the photo is shown",
            "Zoom out", "Zoom in", "Fit", "1:1", "Subject's box",
            "Download PNG", "Copy", "Format", "Background", "Brush", "Edge", "Crop", "Shadow",
            "Another try", "Delete now",
        ]  # fmt: skip

    def test_progress_is_announced_politely_and_failures_assertively(self, page):
        expect(page.get_by_role("status")).to_have_count(1)
        assert page.locator("[role=alert]").count() == 1


class TestMotion:
    @pytest.fixture
    def screen(self):
        return {"reduced_motion": "reduce"}

    def test_reduced_motion_turns_animations_off(self, page, photo, provoked):
        provoked.append("/v1.0/removebg")
        page.route("**/v1.0/removebg", lambda route: None)
        choose(page, file("disc.png", photo))
        expect(page.get_by_role("status")).to_contain_text("Finding the subject")

        assert page.evaluate("document.getAnimations().length") == 0
