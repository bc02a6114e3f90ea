"""`make shots`: pictures of the menu's pages and of those behind them, of the demo company, in every width, theme and language.

    make shots                                    all of them, into var/shots, with index.html to look through
    make shots SHOTS="overview channel"           pages whose name has one of these words
    make shots SHOTS="/targets/?areas=region"    this address; --who admin: as an administrator
    make shots SHOTS="--site http://127.0.0.1:8000 overview"    of a demo that runs already
    make shots SHOTS="--unchecked overview"      pictures alone, in half the time

What the checks of `seen.js` and axe-core find on the way stands beside each picture.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config import embedded
from config.shots import looking
from config.shots.sheet import Row, Shot, write_sheet

LANGUAGES = {"en": "en", "zh": "zh-hans"}
THEMES = ("light", "dark")
# Whose menu is gone through: the second adds what only an administrator has.
PEOPLE = ("manager", "admin")
# Pages that are behind those of the menu: the first link to each is followed.
BEHIND = {
    "alerts:connection", "alerts:connection_new", "alerts:connections", "alerts:episode",
    "alerts:episode_why", "alerts:health", "alerts:listening", "alerts:message", "alerts:policies",
    "alerts:policy_edit", "alerts:policy_new", "alerts:rota", "alerts:rota_new", "alerts:rotas",
    "alerts:rule_edit", "alerts:rule_new", "alerts:rule_who", "alerts:rules", "alerts:rules_import",
    "alerts:silence", "alerts:silence_new", "alerts:silences", "alerts:told", "budgets:budget",
    "budgets:line", "budgets:questions", "budgets:transfers", "channels:allocation", "channels:attribution",
    "channels:content", "channels:profile", "channels:sides", "customers:cohorts", "customers:lifecycle",
    "customers:lifetime", "dashboards:board", "dashboards:board_edit", "dashboards:board_new",
    "dashboards:boards", "dashboards:channel", "dashboards:compare", "dashboards:customers",
    "dashboards:embed_new", "dashboards:embeds", "dashboards:first_steps", "dashboards:help",
    "dashboards:mailing", "dashboards:mailing_new", "dashboards:mailings", "dashboards:panel",
    "dashboards:panel_edit", "dashboards:panel_new", "dashboards:picture_new", "dashboards:places",
    "dashboards:screens", "dashboards:view_new", "dashboards:views", "dashboards:why", "decisions:away",
    "decisions:bands", "decisions:proposal", "decisions:task", "feedback:answers", "feedback:board",
    "feedback:causes", "feedback:complaint", "feedback:drivers", "feedback:interviews", "feedback:service",
    "feedback:survey", "feedback:surveys", "feedback:topics", "ingest:import", "ingest:source",
    "kpis:benchmarks", "kpis:break_down", "kpis:calibration", "kpis:calibrations", "kpis:check_in",
    "kpis:entered", "kpis:grid", "kpis:grid_upload", "kpis:history", "kpis:key_result_new",
    "kpis:measure_new", "kpis:metric", "kpis:metric_new", "kpis:movement", "kpis:objective",
    "kpis:objective_new", "kpis:okr", "kpis:okr_mine", "kpis:okr_tree", "kpis:plan_check",
    "kpis:scorecard_edit", "kpis:scorecard_plan", "kpis:scorecard_score", "kpis:scorecard_setup",
    "kpis:source_order", "kpis:suggest", "organization:me", "organization:node", "organization:person",
    "organization:settings",
}  # fmt: skip


@dataclass
class Found:
    """A page to take: its address's name, the address, and who opens it."""

    name: str
    url: str
    who: str


@dataclass
class Browsing:
    """One person's window of one sort, in one language."""

    page: Any
    cdp: Any
    language: str


@dataclass
class Camera:
    site: str
    browser: Any
    folder: Path
    checks: bool = True
    rows: list[Row] = field(default_factory=list)

    def log_in(self, who: str, password: str) -> list[dict[str, Any]]:
        """The cookies of somebody who has logged in."""
        window = self.browser.new_context()
        page = window.new_page()
        page.goto(f"{self.site}/accounts/login/")
        page.fill("input[name=login]", who)
        page.fill("input[name=password]", password)
        page.press("input[name=password]", "Enter")
        page.wait_for_selector("#navigation", state="attached")
        cookies: list[dict[str, Any]] = window.cookies()
        window.close()
        return cookies

    @contextmanager
    def window(self, cookies: list[dict[str, Any]], language: str) -> Iterator[Browsing]:
        window = self.browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        window.add_cookies(
            [
                *[one for one in cookies if one["name"] not in ("theme", "django_language")],
                {"name": "django_language", "value": LANGUAGES[language], "url": self.site},
                {"name": "theme", "value": "light", "url": self.site},
            ]
        )
        looking.prepare(window)
        page = window.new_page()
        page.set_default_navigation_timeout(120_000)
        try:
            yield Browsing(page, window.new_cdp_session(page), language)
        finally:
            window.close()

    def row(self, found: Found) -> Row:
        row = next((row for row in self.rows if row.name == found.name), None)
        if row is None:
            row = Row(found.name, found.url)
            self.rows.append(row)
        return row

    def take(self, window: Browsing, found: Found) -> None:
        row = self.row(found)
        for width in looking.WIDTHS:
            looking.hold(window.page, width, cdp=window.cdp)
            answer = window.page.goto(f"{self.site}{found.url}", wait_until="load")
            if answer is None or answer.status != 200:
                row.wrong.append(f"answered {answer.status if answer else 'nothing'}")
                return
            wrong = looking.settle(window.page)
            if self.checks:
                wrong += looking.layout(window.page, width)
            for theme in THEMES:
                looking.wear(window.page, theme)
                window.page.wait_for_timeout(150)  # charts are drawn anew
                if self.checks and looking.AXE.exists() and width != 820:
                    rules = None if theme == "light" else looking.COLOURS
                    wrong += [
                        f"{theme}, {width} px: {one}" for one in looking.violations(window.page, rules=rules)
                    ]
                name = f"{found.name.replace(':', '-')}-{width}-{theme}-{window.language}.png"
                looking.picture(window.page, self.folder / name)
                row.shots.append(Shot(name, width, theme, window.language))
            row.wrong += [f"{window.language}: {one}" for one in wrong]


def pages_of(window: Browsing, site: str, who: str, taken: set[str]) -> list[Found]:
    """The menu's pages and what is behind them, each name once."""
    from django.urls import Resolver404, resolve

    found: list[Found] = []

    def name_of(url: str) -> str | None:
        try:
            match = resolve(urlsplit(url).path)
        except Resolver404:
            return None
        return match.view_name

    def links(url: str, selector: str) -> list[str]:
        """As the server writes them: read without being drawn, which takes a tenth of the time."""
        answer = window.page.request.get(f"{site}{url}", timeout=120_000)
        hrefs: list[str] = window.page.evaluate(
            """([text, selector]) => {
              const read = new DOMParser().parseFromString(text, "text/html");
              return [...read.querySelectorAll(selector)].map((one) => one.getAttribute("href"));
            }""",
            [
                answer.text() if answer.headers.get("content-type", "").startswith("text/html") else "",
                selector,
            ],
        )
        return [href if not href.startswith("?") else f"{urlsplit(url).path}{href}" for href in hrefs]

    def add(url: str) -> None:
        name = name_of(url)
        if name and name not in taken:
            taken.add(name)
            found.append(Found(name, url, who))

    for url in links("/", "a.sidebar-link, a.person-name"):
        add(url)
    if who == "admin":
        add("/styleguide/")
    looked = 0
    while looked < len(found):
        here = found[looked].url
        looked += 1
        for url in links(here, "main a[href^='/'], main a[href^='?'], .page-head a[href^='/']"):
            if (name := name_of(url)) in BEHIND and name not in taken:
                add(url)
    return found


@contextmanager
def demo() -> Iterator[str]:
    """The demo company of this folder, made where there is none; its address."""
    from config.bench.running import running
    from config.demo import prepare_database

    embedded.ensure_running()
    prepare_database(company=True)
    address = os.environ.get("DATABASE_URL") or embedded.database_url()
    with (
        tempfile.TemporaryDirectory(prefix="plumbline-shots-") as folder,
        running(address, Path(folder), works=False) as site,
    ):
        yield site.address


def main(argv: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    parser = argparse.ArgumentParser(prog="python -m config.shots")
    parser.add_argument(
        "words", nargs="*", help="only pages whose name has one of these words; /… is an address"
    )
    parser.add_argument("--site", help="of a demo that runs already")
    parser.add_argument("--who", nargs="+", choices=PEOPLE, default=PEOPLE[:1], help="who opens addresses")
    parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=list(LANGUAGES))
    parser.add_argument("--unchecked", action="store_true", help="pictures alone")
    options = parser.parse_args(argv)
    addresses = [word for word in options.words if word.startswith("/")]
    words = [word for word in options.words if not word.startswith("/")]
    import django

    django.setup()
    from playwright.sync_api import Error as PlaywrightError

    from dashboards.demo.world import PASSWORD

    folder = embedded.var_dir() / "shots"
    folder.mkdir(parents=True, exist_ok=True)
    with (
        nullcontext(options.site.rstrip("/")) if options.site else demo() as site,
        looking.chromium() as browser,
    ):
        camera = Camera(site, browser, folder, checks=not options.unchecked)
        taken: set[str] = set()
        for who in PEOPLE if words or not addresses else options.who:
            cookies = camera.log_in(who, PASSWORD)
            wanted = [Found(re.sub(r"\W+", "-", url).strip("-") or "home", url, who) for url in addresses]
            if words or not addresses:
                with camera.window(cookies, "en") as window:
                    found = pages_of(window, site, who, taken)
                wanted += [page for page in found if not words or any(word in page.name for word in words)]
            for language in options.languages:
                with camera.window(cookies, language) as window:
                    for page in wanted:
                        began = time.monotonic()
                        try:
                            camera.take(window, page)
                        except PlaywrightError as error:  # the next page may do better
                            camera.row(page).wrong.append(f"{language}: {str(error).splitlines()[0]}")
                        print(f"{language} {page.name} {time.monotonic() - began:.0f} s", flush=True)
                        write_sheet(folder / "index.html", camera.rows)
    each = len(looking.WIDTHS) * len(THEMES) * len(options.languages)
    short = [row for row in camera.rows if len(row.shots) != each]
    for row in camera.rows:
        for wrong in row.wrong:
            print(f"{row.url}: {wrong}")
    for row in short:
        print(f"{row.url}: {len(row.shots)} of {each} pictures")
    print(
        f"{sum(len(row.shots) for row in camera.rows)} pictures of {len(camera.rows)} pages: {folder / 'index.html'}"
    )
    return 1 if short or not camera.rows else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
