"""Measures what the page of `make serve` weighs and how soon it answers, in Chromium."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter

import requests
from playwright.sync_api import Browser, sync_playwright

from tools import markdown, sections
from tools.ports import free_port
from tools.time_limits import wait_until

from .photos import Photo, make

PHOTO = Photo(12)
ROUNDS = 10
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
WAIT_S = 60
LOADED = """async () => {
  const timings = ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind));
  const paint = await new Promise((resolve) => new PerformanceObserver((list) =>
    list.getEntriesByName("first-contentful-paint").forEach(resolve),
  ).observe({ type: "paint", buffered: true }));
  const bytes = timings.reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0);
  return [bytes / 1000, timings.length, paint.startTime, timings[0].domContentLoadedEventEnd];
}"""
NAMES = ("before a photo is chosen, kB", "files of that", "first contentful paint, ms",
         "until it takes a photo, ms", f"{PHOTO.name}: from choice to cutout, ms")  # fmt: skip


def table() -> str:
    if not CHROMIUM:
        raise SystemExit("page: there is no Chromium on this machine")
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        visits = [_visit(browser, address) for _ in range(ROUNDS)]
        browser.close()
    figures = [f"{median(values):,.0f}" for values in zip(*visits, strict=True)]
    head = f"{sections.here()}; Chromium, the page of `make serve`, medians of {ROUNDS} visits:"
    rows = list(zip(NAMES, figures, strict=True))
    return f"{head}\n\n{markdown.table(['', 'kB or ms'], rows)}"


def _visit(browser: Browser, address: str) -> list[float]:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(address)
        figures: list[float] = page.evaluate(LOADED)
        begun = perf_counter()
        page.locator(".picker input").first.set_input_files(make(PHOTO))
        page.locator("body[data-state=done] .editor:not([inert])").wait_for(timeout=WAIT_S * 1000)
        return [*figures, 1000 * (perf_counter() - begun)]


@contextmanager
def served() -> Iterator[str]:
    """Run `make serve` on a free port and yield its address."""
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "tools.serve", "--port", str(port)])
    address = f"http://localhost:{port}"

    def is_ready() -> bool:
        try:
            return requests.get(f"{address}/readyz", timeout=1).ok
        except (requests.ConnectionError, requests.Timeout):
            return False

    try:
        wait_until(is_ready, "`make serve` to be ready", WAIT_S)
        yield address
    finally:
        server.terminate()
        server.wait()
