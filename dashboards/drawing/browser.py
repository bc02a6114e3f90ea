"""One picture by one Chromium, in a process of its own: `python -m dashboards.drawing.browser`. Knows neither Django nor a network.

It speaks JSON, a line each: in, the order (`Order` as a dictionary); out, `{"done": file}` or `{"failed": why}`. When its
input ends, because whoever ordered is gone or waits no longer, it takes its Chromium with it.
"""

from __future__ import annotations

import contextlib
import json
import mimetypes
import os
import shutil
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

MARGIN = 16  # px around a part of a page
TABLET, WIDEST = 768, 2_000  # px; from the one on, pages are widened to the other for what does not fit
SHARP = 8_000  # px: up to this height two dots a pixel; Chromium draws no more than 16,384 dots
HIGHEST = 16_000  # px; what is below is left out, and the picture says so
PAPER = {True: 1123 - 76, False: 794 - 76}  # px of A4 between margins of 10 mm, lying and standing
MARGINS = {"top": "10mm", "left": "10mm", "right": "10mm", "bottom": "14mm"}
# Without Chromium's own sandbox, which containers without rights have no room for: it opens nothing but our own pages.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'"


@dataclass(frozen=True)
class Order:
    """`roots`: folders that files below `static` lie in. `width` px: of the page; of a PDF, from 1200 it lies."""

    chromium: str
    folder: str  # for everything that is written; whoever ordered removes it
    url: str
    html: str
    status: int
    static: str
    roots: tuple[str, ...]
    form: str
    theme: str
    width: int
    panel: str = ""
    foot: str = ""  # of each page of a PDF
    seconds: float = 30  # for each step; whoever ordered ends it all after as many


def main() -> None:
    order = Order(**json.loads(sys.stdin.readline()))

    def listen() -> None:
        sys.stdin.read()
        end(order.folder)

    threading.Thread(target=listen, daemon=True).start()
    with contextlib.suppress(OSError):  # nobody listens any more
        try:
            say(draw(order))
        except Exception as error:
            from playwright.sync_api import TimeoutError as TookTooLong

            why = "slow" if isinstance(error, TookTooLong) else "broken"
            say({"failed": why, "said": str(error)[:2000]})
    threading.Event().wait()  # until the input ends


def say(words: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def end(folder: str) -> NoReturn:
    """At once, with all that was started: a Chromium that hangs does not notice that nobody listens any more."""
    for pid in descendants(os.getpid()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for _n in range(20):  # what was killed writes on for a moment
        if not os.path.exists(folder):
            break
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.1)
    os._exit(0)


def descendants(pid: int) -> list[int]:
    """From Linux's /proc; elsewhere none, and Chromium ends by itself when its pipe does."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            after_name = stat.read_text(errors="replace").rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(after_name[1])
    found, look = [], [pid]
    while look:
        children = [one for one, parent in parents.items() if parent in look]
        found += children
        look = children
    return found


def draw(order: Order) -> dict[str, Any]:
    from playwright.sync_api import Route, sync_playwright

    site = urlsplit(order.url)

    def answer(route: Route) -> None:
        """All that the page asks for is answered here; nothing leaves this process."""
        request = route.request
        asked = urlsplit(request.url)
        if request.method != "GET" or (asked.scheme, asked.netloc) != (site.scheme, site.netloc):
            route.abort()
        elif request.is_navigation_request():
            if request.url == order.url and request.frame.parent_frame is None:
                headers = {
                    "Content-Type": "text/html; charset=utf-8",
                    "Content-Security-Policy": POLICY,
                }
                route.fulfill(status=order.status, body=order.html, headers=headers)
            else:
                route.abort()
        elif asked.path.startswith(order.static):
            file = file_of(unquote(asked.path[len(order.static) :]), order.roots)
            if file is None:
                route.fulfill(status=404)
            elif file.suffix == ".css":
                # A page on a slow line goes without its font; a picture waits for it.
                styles = file.read_text().replace("font-display: optional", "font-display: block")
                route.fulfill(body=styles, content_type="text/css; charset=utf-8")
            else:
                kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
                route.fulfill(path=file, content_type=kind)
        else:
            route.abort()

    printed = order.form == "pdf"
    lies = order.width >= 1200
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=order.chromium,
            args=list(ARGUMENTS),
            timeout=order.seconds * 1000,
        )
        context = browser.new_context(
            viewport={"width": order.width, "height": 900},
            device_scale_factor=1 if printed else 2,
            color_scheme="dark" if order.theme == "dark" else "light",
            reduced_motion="reduce",
            service_workers="block",
            accept_downloads=False,
        )
        context.set_default_timeout(order.seconds * 1000)
        context.route("**/*", answer)
        page = context.new_page()
        if printed:
            page.emulate_media(media="print")
        page.goto(order.url, wait_until="load")
        page.evaluate(UNFOLD)
        if order.panel and not page.evaluate(ALONE, order.panel):
            return {"failed": "panel"}
        width = order.width
        # A picture cannot be scrolled sideways; a phone's page would become another one.
        while width >= TABLET and (more := int(page.evaluate(BESIDE))) > 0 and width < WIDEST:
            width = min(width + more, WIDEST)
            page.set_viewport_size({"width": width, "height": 900})
        # As high as the page, so that charts farther down are in view, and drawn.
        height = min(int(page.evaluate("() => document.documentElement.scrollHeight")), HIGHEST)
        page.set_viewport_size({"width": width, "height": max(height, 300)})
        page.wait_for_function(DRAWN)
        page.evaluate("() => document.fonts.ready.then(() => true)")
        file = Path(order.folder) / f"picture.{order.form}"
        if printed:
            page.pdf(
                path=file,
                format="A4",
                landscape=lies,
                scale=max(0.1, min(1.0, PAPER[lies] / width)),
                margin=MARGINS,  # type: ignore[arg-type]
                print_background=True,
                display_header_footer=True,
                header_template="<span></span>",
                footer_template=order.foot,
                outline=True,
                tagged=True,
            )
        else:
            box = page.evaluate(FRAME, [MARGIN, HIGHEST])
            page.set_viewport_size({"width": width, "height": int(box["y"] + box["height"]) + 1})
            sharp = box["height"] <= SHARP
            page.screenshot(path=file, clip=box, animations="disabled", scale="device" if sharp else "css")
        return {"done": str(file)}


def file_of(name: str, roots: tuple[str, ...] | list[str]) -> Path | None:
    for root in roots:
        folder = Path(root).resolve()
        file = (folder / name).resolve()
        if file.is_relative_to(folder) and file.is_file():
            return file
    return None


# Leaves one element of the page, and the foot. Nothing is moved, so that it looks as it does on its page.
ALONE = """(id) => {
  const wanted = document.getElementById(id);
  if (!wanted || wanted.contains(document.querySelector(".picture-foot"))) return false;
  for (let at = wanted; at !== document.body; at = at.parentElement) {
    if (at.tagName === "DETAILS") at.open = true;
    for (const other of at.parentElement.children) {
      if (other !== at && !other.matches("script, .picture-foot")) other.style.setProperty("display", "none", "important");
    }
  }
  wanted.dataset.pictured = "alone";
  return true;
}"""

# What is behind "more" on a phone: a picture has nothing to press.
UNFOLD = """() => {
  for (const one of document.querySelectorAll("details.fold, details.show-all")) one.open = true;
}"""

# By how much the widest table is wider than its place.
BESIDE = """() => Math.max(0, ...[...document.querySelectorAll("main *")].filter((one) => one.scrollWidth > one.clientWidth + 1
  && ["auto", "scroll"].includes(getComputedStyle(one).overflowX) && one.checkVisibility()).map((one) => one.scrollWidth - one.clientWidth))"""

DRAWN = """() => ![...document.querySelectorAll(".chart-canvas[data-state=waiting]")].some((one) => one.clientWidth)"""

# What is photographed: the page as high as it is, or the part and the foot below it.
FRAME = """([margin, highest]) => {
  const foot = document.querySelector(".picture-foot"), wanted = document.querySelector("[data-pictured=alone]");
  const page = document.documentElement;
  let left = 0, top = 0, width = page.clientWidth;
  if (wanted) {
    const box = wanted.getBoundingClientRect();
    left = Math.max(0, box.left - margin);
    top = Math.max(0, box.top - margin);
    width = Math.min(Math.max(box.width + 2 * margin, 320), page.clientWidth - left);
    foot?.style.setProperty("position", "absolute");
    foot?.style.setProperty("left", `${left}px`);
    foot?.style.setProperty("top", `${box.bottom + scrollY}px`);
    foot?.style.setProperty("width", `${width}px`);
  }
  let end = foot ? foot.getBoundingClientRect().bottom : page.scrollHeight;
  if (end - top > highest) {
    end = top + highest;
    if (foot) {
      foot.classList.add("picture-cut");
      foot.style.setProperty("position", "absolute");
      foot.style.setProperty("left", `${left}px`);
      foot.style.setProperty("width", `${width}px`);
      foot.style.setProperty("top", `${end - foot.offsetHeight}px`);
    }
  }
  return { x: left, y: top, width, height: Math.ceil(end - top) };
}"""

if __name__ == "__main__":
    main()
