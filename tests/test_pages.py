"""Links between the pages of the docs, and the length of the README."""

import re

import pytest

from cutout.config import LAMBDA_RESULT_BYTES
from tools.sections import ROOT, pages

PAGES = [*pages(), *(ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors(page):
    """Return the anchors that GitHub makes of a page's headings."""
    headings = HEADING.findall(page.read_text())
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_link_of_a_page_leads_to_a_file_and_heading_of_the_project(page):
    for link in ("".join(found) for found in LINK.findall(page.read_text())):
        if not link.startswith("https://"):
            path, _, anchor = link.partition("#")
            target = page.parent / path if path else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def test_every_page_but_the_first_of_the_site_is_linked_from_another():
    linked = {
        (page.parent / path.partition("#")[0]).resolve()
        for page in PAGES
        for path, _ in LINK.findall(page.read_text())
    }

    assert set(pages()) - linked == {ROOT / "README.md", ROOT / "docs" / "index.md"}


def test_the_readme_has_at_most_150_lines():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_page_names_the_same_limit_of_lambda(page):
    limit = f"{LAMBDA_RESULT_BYTES / 1e6:.1f} MB"

    assert set(re.findall(r"\b4\.\d MB", page.read_text())) <= {limit}
