"""A page as it is seen: rendered by a test's own client, within its transaction, and handed to a browser as if it came
over the network; and what `config.shots` finds on it.
"""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import DEFAULT_DB_ALIAS, connections
from django.test import Client

from config.shots import looking
from tests.every_url.asking import client_of, url_of
from tests.every_url.table import TABLE
from tests.every_url.told import PEOPLE
from tests.every_url.world import World

SITE = "http://testserver"
# Who is asked for a page, in this order: who sees most comes first.
BY_SIGHT = ("Ada", "Bob", "Dana", "Alice", "Charlie", "nobody")
MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(not looking.AXE.exists(), reason="no axe-core here; `npm ci` brings it"),
]


def who_sees(name: str) -> str | None:
    told = dict(zip(PEOPLE, TABLE[name].get.split(), strict=True))
    return next((who for who in BY_SIGHT if told[who].startswith("2")), None)


EVERY_PAGE = "EVERY_PAGE"  # in the environment: all pages are looked at (`make seen`), else those that people open daily
DAILY = (
    "account_login",
    "alerts:episodes",
    "budgets:overview",
    "dashboards:boards",
    "dashboards:channels",
    "dashboards:customers",
    "dashboards:overview",
    "dashboards:process",
    "dashboards:team",
    "decisions:inbox",
    "feedback:queue",
    "kpis:targets",
)
ALL = sorted(name for name in TABLE if who_sees(name) and not name.startswith("api:"))
PAGES = ALL if os.environ.get(EVERY_PAGE) else [name for name in ALL if name in DAILY]


@dataclass
class Look:
    """A browser's page that is fed by a test client instead of a network. `said`: what its console complains of."""

    page: Any
    cdp: Any
    client: Client | None = None
    connection: Any = None
    ready: dict[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    width: int = 0

    def hold(self, width: int) -> None:
        if width != self.width:
            looking.hold(self.page, width, cdp=self.cdp)
            self.width = width

    def answer(self, route: Any) -> None:
        request = route.request
        asked = urlsplit(request.url)
        if not request.url.startswith(SITE):
            route.abort()
        elif asked.path.startswith("/static/"):
            found = finders.find(asked.path.removeprefix("/static/"))
            if not isinstance(found, str):
                route.fulfill(status=404)
                return
            sort = mimetypes.guess_type(found)[0] or "application/octet-stream"
            route.fulfill(body=Path(found).read_bytes(), content_type=sort)
        elif request.method != "GET" or self.client is None:
            route.abort()
        else:
            answer = self.fetch(request)
            headers = {name: value for name, value in answer.items() if name.lower() != "content-encoding"}
            route.fulfill(status=answer.status_code, headers=headers, body=b"".join(answer))

    def fetch(self, request: Any) -> Any:
        """A redirect is followed here: Playwright hands over only what was asked first."""
        assert self.client is not None
        url = request.url.removeprefix(SITE)
        if url in self.ready:
            return self.ready.pop(url)
        # Playwright calls from a context of its own, which would open a second connection, outside the transaction.
        connections[DEFAULT_DB_ALIAS] = self.connection
        asks = {name: value for name, value in request.headers.items() if name.startswith(("hx-", "accept"))}
        asks.pop("accept-encoding", None)
        return self.client.get(url, follow=True, headers=asks)


@contextmanager
def looking_at(browser: Any) -> Iterator[Look]:
    browsing = browser.new_context(reduced_motion="reduce")
    looking.prepare(browsing)
    page = browsing.new_page()
    look = Look(page, browsing.new_cdp_session(page))
    page.route("**/*", look.answer)
    page.on("pageerror", lambda error: look.said.append(f"script: {error}"))
    page.on(
        "console",
        lambda told: look.said.append(f"console: {told.text}") if "Content Security" in told.text else None,
    )
    yield look
    browsing.close()


def is_page(answer: Any) -> bool:
    """Not a file, a fragment, or words for a machine; and no mail, which is written for other programs."""
    html = answer.get("Content-Type", "").startswith("text/html")
    file = "attachment" in answer.get("Content-Disposition", "")
    mail = "sandbox" in answer.get("Content-Security-Policy", "")
    return answer.status_code == 200 and html and not file and not mail and b"<html" in b"".join(answer)


def seen(look: Look, client: Client, url: str) -> list[str] | None:
    """Sentences on what is wrong with the page; None where it is none.

    In English and light axe looks at everything, in Chinese and dark at colours alone: nothing else changes.
    """
    look.client, look.connection, look.said = client, connections[DEFAULT_DB_ALIAS], []
    wrong: list[str] = []
    for language, theme, widths in (("en", "light", (390, 820, 1440)), ("zh-hans", "dark", (1440, 390))):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        client.cookies["theme"] = theme
        if language == "en":
            answer = client.get(url)
            if not is_page(answer):
                return None
            look.ready = {url: answer}
        look.hold(widths[0])
        look.page.goto(f"{SITE}{url}", wait_until="load")
        wrong += looking.settle(look.page, seconds=20)
        for width in widths:
            look.hold(width)
            found = looking.layout(look.page, width)
            if width == 1440:
                look.page.evaluate("menus => plumblineSeen.unfold(menus)", theme == "dark")
                found += looking.violations(look.page, rules=looking.COLOURS if theme == "dark" else None)
                look.page.evaluate("() => plumblineSeen.fold()")
            wrong += [f"{language}, {theme}: {one}" for one in found]
    return wrong + look.said


def look_at(name: str, world: World, look: Look) -> None:
    """Fails with what is wrong with the page of that name."""
    who = who_sees(name)
    assert who is not None
    url = url_of(name, TABLE[name].at, world)
    wrong = seen(look, client_of(world, who), url)
    assert not wrong, f"{url} as {who}:\n" + "\n".join(wrong)
