"""The page in English, Chinese and Arabic."""

import re

import pytest
from playwright.sync_api import expect

from tests.frontend.conftest import choose, file
from tools.serve import FRONTEND

KEYS = """async (language) => {
  const { default: messages } = await import(`/messages/${language}.js`);
  return Object.entries(messages).map(([key, value]) => [key, typeof value, value.length > 0]);
}"""


def keys(page, language):
    entries = page.evaluate(KEYS, language)
    assert all(length or kind == "function" for _, kind, length in entries)
    return {key: kind for key, kind, _ in entries}


def test_every_language_has_every_message(page):
    html = (FRONTEND / "index.html").read_text()
    written = set(re.findall(r'data-(?:text|label)="(\w+)"', html))
    scripts = keys(page, "en")

    assert written & scripts.keys() == set()
    wanted = scripts | dict.fromkeys(written, "string")
    for path in (FRONTEND / "messages").iterdir():
        if path.stem != "en":
            assert (path.stem, keys(page, path.stem)) == (path.stem, wanted)


def test_every_language_is_offered():
    languages = {path.stem for path in (FRONTEND / "messages").iterdir()}

    offered = re.findall(r'<option value="(\w+)" lang=', (FRONTEND / "index.html").read_text())
    assert set(offered) == languages
    assert all(f"{name}:" in (FRONTEND / "language.js").read_text() for name in languages)


def test_each_message_key_has_one_text_in_the_html():
    html = (FRONTEND / "index.html").read_text()
    found = re.findall(r'data-text="(\w+)"[^>]*>([^<]*)<', html)
    found += re.findall(r'data-label="(\w+)"[^>]*? aria-label="([^"]*)"', html)

    assert len(dict(found)) == len(set(found))


@pytest.mark.parametrize(
    ("name", "language", "direction", "choice"),
    [("中文", "zh", "ltr", "选择照片"), ("العربية", "ar", "rtl", "اختر صورًا")],
)
def test_the_whole_page_is_in_the_chosen_language(page, photo, name, language, direction, choice):
    page.get_by_role("combobox", name="Language").select_option(name)

    expect(page.get_by_label(choice)).to_be_visible()
    root = page.locator("html")
    expect(root).to_have_attribute("lang", language)
    expect(root).to_have_attribute("dir", direction)
    page.get_by_label(choice).set_input_files([file("disc.png", photo)])
    expect(page.locator(".editor")).not_to_have_attribute("inert", "")
    latin = re.findall("[A-Za-z]{3,}", page.locator("main").inner_text())
    assert set(latin) <= {"PNG", "WebP", "JPEG", "Net", "Netp", "disc", "png"}


def test_the_chosen_language_is_stored_and_can_be_changed_back(page):
    page.get_by_role("combobox").select_option("中文")
    expect(page.get_by_label("选择照片")).to_be_visible()

    page.reload()
    expect(page.get_by_label("选择照片")).to_be_visible()

    page.get_by_role("combobox").select_option("English")
    expect(page.get_by_label("Choose photos")).to_be_visible()


class TestOfTheBrowser:
    @pytest.fixture
    def screen(self):
        return {"locale": "zh-CN"}

    def test_the_page_starts_in_the_language_of_the_browser(self, page):
        expect(page.get_by_label("选择照片")).to_be_visible()


def test_changing_the_language_translates_a_shown_error(page):
    choose(page, file("notes.png", b"words"))
    expect(page.get_by_role("alert")).to_contain_text("not a supported photo")

    page.get_by_role("combobox").select_option("中文")

    expect(page.get_by_role("alert")).to_contain_text("这不是可读取的照片")
