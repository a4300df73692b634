"""What the page weighs and how soon it answers, in Chromium: `python -m tools.bench.page`."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from statistics import median

import requests
from playwright.sync_api import Browser, Page, sync_playwright

from tools import markdown
from tools.contenders.catalogue import BUILD
from tools.machine import machine

from .photos import Photo, make

OUT = BUILD / "page"
PHOTO = Photo(12)
ROUNDS = 10
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WAIT_S = 60
Figures = dict[str, float]

WEIGHT = """() => ["navigation", "resource"]
  .flatMap((kind) => performance.getEntriesByType(kind))
  .map(({ decodedBodySize }) => decodedBodySize)"""
PAINT = """async () => {
  const painted = await new Promise((resolve) => {
    const seen = new PerformanceObserver((list) => {
      for (const { name, startTime } of list.getEntries()) {
        if (name === "first-contentful-paint") resolve(startTime);
      }
    });
    seen.observe({ type: "paint", buffered: true });
  });
  const [navigation] = performance.getEntriesByType("navigation");
  return [painted, navigation.domContentLoadedEventEnd];
}"""
# Until the frame after the one that shows it.
SET = """async ([name, value]) => {
  const { app } = await import("/app.js");
  const { editor } = await app.loadPanel();
  const control = document.querySelector(`form.settings [name=${name}]${value.check ?? ""}`);
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  await frame();
  const start = performance.now();
  if (value.check) control.checked = true;
  else control.value = value.text;
  await editor.update();
  await frame();
  return performance.now() - start;
}"""
STROKE = """async () => {
  const { app } = await import("/app.js");
  const { editor } = await app.loadPanel();
  await editor.prepare();
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  editor.beginStroke();
  const taken = [];
  for (let step = 0; step < 20; step++) {
    await frame();
    const start = performance.now();
    const [from, to] = [{ x: 0.3 + step / 100, y: 0.5 }, { x: 0.31 + step / 100, y: 0.5 }];
    editor.paint({ from, to }, { size: 0.08, hardness: 0.7, restores: false });
    taken.push(performance.now() - start);
  }
  await editor.endStroke();
  return taken.sort((one, other) => one - other)[10];
}"""


def main() -> int:
    if not CHROMIUM:
        print("bench: there is no Chromium on this machine", file=sys.stderr)
        return 1
    photo = make(PHOTO, BUILD / "photos")
    with _served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        told = table(_loads(browser, address) | _edits(browser, address, photo))
        browser.close()
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "table.md").write_text(told)
    print(f"\n{told}\nThis is {OUT}/table.md.")
    return 0


def table(figures: Figures) -> str:
    where = f"{date.today()}, {machine()}; Chromium, the page of `make serve`"
    head = f"{where}; medians of {ROUNDS}, where it is not once:\n\n"
    rows = [[name, f"{value:,.0f}"] for name, value in figures.items()]
    return head + markdown.table(["", "kB or ms"], rows)


def _loads(browser: Browser, address: str) -> Figures:
    sizes, paints = [], []
    for _ in range(ROUNDS):
        page = browser.new_context().new_page()
        page.goto(address)
        sizes.append(page.evaluate(WEIGHT))
        paints.append(page.evaluate(PAINT))
        page.context.close()
    painted, ready = (median(one) for one in zip(*paints, strict=True))
    return {
        "before anything is chosen, uncompressed, kB": sum(sizes[0]) / 1000,
        "files of that": len(sizes[0]),
        "first contentful paint, ms": painted,
        "until it takes a photo, ms": ready,
    }


def _edits(browser: Browser, address: str, photo: Path) -> Figures:
    page = browser.new_context().new_page()
    page.goto(address)

    def cut() -> None:
        page.locator(".picker input").first.set_input_files(photo)
        page.locator("body[data-state=done] .editor:not([inert])").wait_for(timeout=WAIT_S * 1000)

    def ms(act: Callable[[], object]) -> float:
        start = time.perf_counter()
        act()
        return (time.perf_counter() - start) * 1000

    whole = ms(cut)
    first = _set(page, "background", check="[value=white]")
    others = [
        _set(page, "background", check=f"[value={background}]")
        for background in ("black", "white") * (ROUNDS // 2)
    ]
    edges = [_set(page, "shift", text=str(at % 5 + 1)) for at in range(ROUNDS)]
    _set(page, "shift", text="0")
    strokes = [page.evaluate(STROKE) for _ in range(ROUNDS)]
    page.context.close()
    return {
        f"{PHOTO.name}: from its choice to its cutout, once, ms": whole,
        "the first edit, which reads it all, once, ms": first,
        "another background, ms": median(others),
        "the edge moved, ms": median(edges),
        "a piece of a brush's stroke, ms": median(strokes),
    }


def _set(page: Page, name: str, check: str = "", text: str = "") -> float:
    value = {"check": check} if check else {"text": text}
    told: float = page.evaluate(SET, [name, value])
    return told


@contextmanager
def _served() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "tools.serve", "--port", str(port)])
    address = f"http://localhost:{port}"
    try:
        _wait(f"{address}/readyz")
        yield address
    finally:
        server.terminate()
        server.wait()


def _wait(address: str) -> None:
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        try:
            if requests.get(address, timeout=1).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.2)
    raise TimeoutError(f"{address} did not answer within {WAIT_S} s")


if __name__ == "__main__":
    sys.exit(main())
