"""All that is asked on a walk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import product
from typing import Any
from urllib.parse import unquote_plus, urlencode

from django.urls import reverse

from tests.foreign.addresses import addresses
from tests.foreign.bodies import posted
from tests.foreign.questions import FRAGMENTS, questions
from tests.foreign.worlds import (
    WORLDS,
    Company,
)


@dataclass(frozen=True)
class Ask:
    """One request. `typed` is all that it says itself, which may be said back."""

    method: str
    url: str
    body: Any = None
    kind: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    pattern: str = ""

    @property
    def plain(self) -> bool:
        return self.method == "GET" and "?" not in self.url

    @property
    def typed(self) -> str:
        body = (
            self.body
            if isinstance(self.body, str)
            else json.dumps(self.body, ensure_ascii=False, default=str)
        )
        return unquote_plus(self.url) + (body if self.body is not None else "")


NOT_WALKED = {
    "account_logout",  # ends the walk
    "organization:leave_elsewhere",
    "metrics",  # opened by a token of the machine's, not of a person
    "ingest:pull_test",  # calls an address (a POST that IMPORT guards; who may is in tests/every_url)
}


def asks(made: Company) -> list[Ask]:
    found: dict[tuple[Any, ...], Ask] = {}

    def add(method: str, url: str, body: Any = None, kind: str = "", **headers: str) -> None:
        one = Ask(method, url, body, kind, tuple(headers.items()), pattern)
        found.setdefault((method, url, repr(body), one.headers), one)

    for pattern, urls in addresses(made).items():
        for url in urls:
            add("GET", url)
            for query in questions(pattern):
                if len(urls) < 3 or len(query) > 3:
                    in_place = (
                        {"HX_Request": "true", "HX_Current_URL": "/?region=zq"}
                        if pattern in FRAGMENTS
                        else {}
                    )
                    add("GET", f"{url}?{urlencode(query)}", **in_place)
        for url in urls[:: max(1, len(urls) // 2)]:
            add("HEAD", url)
        if pattern in NOT_WALKED:
            continue
        for url in urls if len(urls) < 5 else urls[:: len(urls) // 4]:
            for body, kind in posted(made, pattern, url):
                add("POST", url, body, kind)
                if pattern in ("api:targets", "api:score_plan"):
                    add("PUT", url, body, kind)
        if pattern.startswith("api:"):
            add("DELETE", urls[0])
            add("OPTIONS", urls[0])
    for way in ("organization:node_merge", "organization:node_move"):
        pattern = way
        for one, other in product(WORLDS, WORLDS):
            for child, target in (
                ("region/store", "region"),
                ("channel/wanderer", "channel"),
                ("region", "region"),
            ):
                url = reverse(way, args=[made.nodes[child, one].pk])
                at = made.nodes[target, other].pk
                add("GET", f"{url}?into={at}&below={at}")
                add("POST", url, {"into": at, "below": at})
                add("GET", f"{url}?below=top&text=zq")
    return list(found.values())
