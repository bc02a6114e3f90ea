"""What `seen.js` and axe-core find on a page that is open in a browser."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent.parent
AXE = PROJECT / "node_modules/axe-core/axe.min.js"
WIDTHS = (390, 820, 1440)
# Of axe's rules, what depends on colours alone: all that a second theme can change.
COLOURS = ["color-contrast", "link-in-text-block"]


@contextmanager
def chromium() -> Iterator[Any]:
    """A headless Chromium of this machine, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise SystemExit("no Chromium here; `make browser` installs it (Debian, as root)")
    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-dev-shm-usage",
    ]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


def prepare(context: Any) -> None:
    """Every page of the browser's context brings the checks along. They come in as the browser's own, whatever the
    page's policy says."""
    if AXE.exists():
        context.add_init_script(path=AXE)
    context.add_init_script(path=Path(__file__).with_name("seen.js"))


def hold(page: Any, width: int, *, cdp: Any) -> None:
    """The window so wide, and a finger instead of a mouse where it is a phone's."""
    page.set_viewport_size({"width": width, "height": 844 if width < 700 else 900})
    cdp.send("Emulation.setTouchEmulationEnabled", {"enabled": width < 1000, "maxTouchPoints": 1})
    # Styles that ask for the width or for a finger follow with the next frames.
    page.evaluate(
        """async ([width, coarse]) => {
          const frame = () => new Promise(requestAnimationFrame);
          do await frame(); while (innerWidth !== width || matchMedia("(pointer: coarse)").matches !== coarse);
          await frame();
        }""",
        [width, width < 1000],
    )


def settle(page: Any, seconds: float = 60) -> list[str]:
    """Scrolls to each chart that is not folded away, as a reader would, and returns when all are drawn and all parts
    that come later are there; what was not by then."""
    waiting = """() => {
      const late = document.querySelectorAll(".htmx-request").length;
      const all = [...document.querySelectorAll(".chart-canvas[data-state=waiting]")].filter((one) => one.checkVisibility());
      all[0]?.scrollIntoView();
      return late + all.length;
    }"""
    end = time.monotonic() + seconds
    page.evaluate("() => document.fonts.ready.then(() => true)")
    while left := page.evaluate(waiting):
        if time.monotonic() > end:
            return [f"{left} charts or parts were not there in {seconds:.0f} s"]
        page.wait_for_timeout(50)
    page.evaluate("() => scrollTo(0, 0)")
    return []


def layout(page: Any, width: int) -> list[str]:
    """What sticks out, is cut, lies over something else, or is too small for a finger."""
    found = page.evaluate(
        "() => [...plumblineSeen.overflow(), ...plumblineSeen.cut(), ...plumblineSeen.overlap()]"
    )
    if width < 700:
        found += page.evaluate("() => plumblineSeen.small()")
    return [f"{width} px: {one}" for one in found]


def picture(page: Any, path: Path) -> None:
    """The whole page. Not by Playwright's `full_page`, during which Debian's Chromium has a window of 1 × 1 for a moment, so
    that charts are taken as they turn into a phone's and back."""
    size = page.viewport_size
    for _ in range(2):  # what is as high as the window grows with it
        high = page.evaluate("() => Math.max(document.documentElement.scrollHeight, innerHeight)")
        page.set_viewport_size({"width": size["width"], "height": min(high, 30_000)})
        settle(page)
    page.screenshot(path=path)
    page.set_viewport_size(size)


def wear(page: Any, theme: str) -> None:
    """Light or dark; returns when all colours have changed."""
    page.evaluate(
        """async theme => {
          document.documentElement.dataset.bsTheme = theme;
          document.dispatchEvent(new CustomEvent("themechange", { detail: { now: true } }));
          const frame = () => new Promise(requestAnimationFrame);
          await frame();
          await Promise.race([
            Promise.allSettled(document.getAnimations().map((one) => one.finished)),
            new Promise((done) => setTimeout(done, 1000)),
          ]);
          await frame();
        }""",
        theme,
    )


def violations(page: Any, *, rules: list[str] | None = None) -> list[str]:
    found: list[str] = page.evaluate("rules => plumblineSeen.violations(rules)", rules)
    return found
