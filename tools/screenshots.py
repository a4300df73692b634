"""Draw the pictures of docs/page.md: python -m tools.screenshots

Chromium opens the page of `make serve` with one of its samples, as a desktop and as a phone.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

from tools.speed.page import CHROMIUM, served

DOCS = Path(__file__).parents[1] / "docs"
MOST_BYTES = 150_000
WAIT_MS = 60_000
DESKTOP = {"width": 1100, "height": 800}
PHONE = {"width": 390, "height": 844}


def main() -> int:
    if not CHROMIUM:
        print("screenshots: there is no Chromium on this machine", file=sys.stderr)
        return 1
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with _page(browser, address, DESKTOP) as page:
            _cut_out(page, "An astronaut")
            _set_background(page)
            save(page.screenshot(), DOCS / "page-desktop.webp")
        with _page(browser, address, PHONE) as page:
            _cut_out(page, "A cat")
            save(page.screenshot(), DOCS / "page-phone.webp")
        with _page(browser, address, PHONE) as page:
            _send_a_wall(page)
            save(page.screenshot(), DOCS / "page-error.webp")
        browser.close()
    return 0


@contextmanager
def _page(browser: Browser, address: str, size: dict[str, int]) -> Iterator[Page]:
    options = {"viewport": size, "locale": "en-GB", "color_scheme": "light"}
    with browser.new_context(**options) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(address)
        yield page


def _cut_out(page: Page, sample: str) -> None:
    page.get_by_role("link", name=sample).click()
    page.locator("body[data-state=done] .editor:not([inert])").wait_for(timeout=WAIT_MS)


def _set_background(page: Page) -> None:
    """Open the group of backgrounds, and show half of the photo beside the cutout."""
    page.locator("summary", has_text="Background").click()
    page.locator("input.split").fill("50")
    page.wait_for_timeout(500)  # until transitions have ended


def _send_a_wall(page: Page) -> None:
    """Send a photo without a subject, and wait for the error."""
    buffer = BytesIO()
    Image.linear_gradient("L").resize((600, 400)).convert("RGB").save(buffer, "JPEG")
    wall: FilePayload = {"name": "wall.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}
    page.locator(".picker input").first.set_input_files([wall])
    page.get_by_role("button", name="Draw a box").wait_for(timeout=WAIT_MS)


def save(png: bytes, path: Path) -> None:
    """Write a screenshot as WebP. Raises ValueError if it is over 150 kB."""
    buffer = BytesIO()
    Image.open(BytesIO(png)).convert("RGB").save(buffer, "WEBP", quality=85, method=6)
    if len(buffer.getvalue()) > MOST_BYTES:
        raise ValueError(f"{path.name} would have {len(buffer.getvalue())} bytes")
    path.write_bytes(buffer.getvalue())
    print(f"{path.name}: {len(buffer.getvalue()) // 1000} kB")


if __name__ == "__main__":
    sys.exit(main())
