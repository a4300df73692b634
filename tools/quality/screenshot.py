"""Make docs/report.png of the last evaluation's report: python -m tools.quality.screenshot

It shows the head of build/evaluation/report.html down to its first table, and so no photograph of
the data set, whose licence may not allow that.
"""

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tools.contenders.catalogue import BUILD, ROOT
from tools.speed.page import CHROMIUM

WIDTH = 1280  # px
MARGIN = 16  # px below the table


def main() -> int:
    report = BUILD / "evaluation" / "report.html"
    if not report.exists():
        print(f"screenshot: there is no {report}; `make evaluate DATA=...` makes it",
              file=sys.stderr)  # fmt: skip
        return 1
    if not CHROMIUM:
        print("screenshot: there is no Chromium on this machine", file=sys.stderr)
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        take(browser.new_page(color_scheme="light"), report, ROOT / "docs" / "report.png")
        browser.close()
    return 0


def take(page: Page, report: Path, out: Path) -> None:
    """Write a PNG of a report from its top to the end of its first table."""
    page.set_viewport_size({"width": WIDTH, "height": 800})
    page.goto(report.as_uri())
    box = page.locator("table").first.bounding_box()
    assert box, "a report has a table"
    height = box["y"] + box["height"] + MARGIN
    clip = {"x": 0.0, "y": 0.0, "width": float(WIDTH), "height": height}
    page.screenshot(path=out, full_page=True, clip=clip)  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main())
