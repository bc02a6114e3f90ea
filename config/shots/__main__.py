"""`make shots`: pictures of the menu's pages and of those behind them, of the demo company, in every width, theme and language.

    make shots                                    all of them, into var/shots, with index.html to look through
    make shots SHOTS="overview channel"           pages whose name has one of these words
    make shots SHOTS="--site http://127.0.0.1:8000 overview"    of a demo that runs already

What the checks of `seen.js` and axe-core find on the way stands beside each picture.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
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
    "alerts:episode", "alerts:rule_edit", "budgets:budget", "budgets:line", "budgets:transfers", "budgets:questions",
    "channels:allocation", "channels:attribution", "channels:content", "channels:profile", "channels:sides",
    "customers:cohorts", "customers:lifecycle", "customers:lifetime", "dashboards:board", "dashboards:channel",
    "dashboards:compare", "dashboards:customers", "dashboards:panel", "dashboards:views", "dashboards:why",
    "decisions:proposal", "decisions:task", "feedback:answers", "feedback:board", "feedback:causes",
    "feedback:complaint", "feedback:drivers", "feedback:interviews", "feedback:service", "feedback:survey",
    "feedback:surveys", "feedback:topics", "kpis:break_down", "kpis:calibrations", "kpis:grid", "kpis:history",
    "kpis:metric", "kpis:objective", "kpis:okr_tree", "kpis:plan_check", "kpis:scorecard_score", "kpis:suggest",
    "ingest:import", "ingest:source", "organization:me", "organization:node", "organization:person",
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

    def take(self, window: Browsing, found: Found) -> None:
        row = next((row for row in self.rows if row.name == found.name), None)
        if row is None:
            row = Row(found.name, found.url)
            self.rows.append(row)
        for width in looking.WIDTHS:
            looking.hold(window.page, width, cdp=window.cdp)
            answer = window.page.goto(f"{self.site}{found.url}", wait_until="load")
            if answer is None or answer.status != 200:
                row.wrong.append(f"answered {answer.status if answer else 'nothing'}")
                return
            wrong = [*looking.settle(window.page), *looking.layout(window.page, width)]
            for theme in THEMES:
                looking.wear(window.page, theme)
                window.page.wait_for_timeout(150)  # charts are drawn anew
                if looking.AXE.exists() and width != 820:
                    rules = None if theme == "light" else looking.COLOURS
                    wrong += [
                        f"{theme}, {width} px: {one}" for one in looking.violations(window.page, rules=rules)
                    ]
                name = f"{found.name.replace(':', '-')}-{width}-{theme}-{window.language}.png"
                window.page.screenshot(path=self.folder / name, full_page=True)
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

    def links(selector: str) -> list[str]:
        hrefs: list[str] = window.page.eval_on_selector_all(
            selector, "all => all.map(one => one.getAttribute('href'))"
        )
        here = urlsplit(window.page.url)
        return [href if not href.startswith("?") else f"{here.path}{href}" for href in hrefs]

    def add(url: str) -> None:
        name = name_of(url)
        if name and name not in taken:
            taken.add(name)
            found.append(Found(name, url, who))

    window.page.goto(f"{site}/")
    menu = links("a.sidebar-link, a.person-name")
    for url in menu:
        add(url)
    if who == "admin":
        add("/styleguide/")
    looked = 0
    while looked < len(found):
        window.page.goto(f"{site}{found[looked].url}")
        looked += 1
        for url in links("main a[href^='/'], main a[href^='?'], .page-head a[href^='/']"):
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
    parser.add_argument("words", nargs="*", help="only pages whose name has one of these words")
    parser.add_argument("--site", help="of a demo that runs already")
    parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=list(LANGUAGES))
    options = parser.parse_args(argv)
    import django

    django.setup()
    from dashboards.demo.world import PASSWORD

    folder = embedded.var_dir() / "shots"
    folder.mkdir(parents=True, exist_ok=True)
    with (
        nullcontext(options.site.rstrip("/")) if options.site else demo() as site,
        looking.chromium() as browser,
    ):
        camera = Camera(site, browser, folder)
        taken: set[str] = set()
        for who in PEOPLE:
            cookies = camera.log_in(who, PASSWORD)
            with camera.window(cookies, "en") as window:
                found = pages_of(window, site, who, taken)
            wanted = [
                page
                for page in found
                if not options.words or any(word in page.name for word in options.words)
            ]
            for language in options.languages:
                with camera.window(cookies, language) as window:
                    for page in wanted:
                        print(f"{language} {page.name}", flush=True)
                        camera.take(window, page)
                        write_sheet(folder / "index.html", camera.rows)
    for row in camera.rows:
        for wrong in row.wrong:
            print(f"{row.url}: {wrong}")
    print(
        f"{sum(len(row.shots) for row in camera.rows)} pictures of {len(camera.rows)} pages: {folder / 'index.html'}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
