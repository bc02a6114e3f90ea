"""Asking, and what is told."""

from __future__ import annotations

import html
import re
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.db import transaction
from django.test import Client

from tests.foreign.asks import Ask
from tests.foreign.worlds import (
    MEMBERS,
    Company,
    Member,
)

# Each person asks one part of the plain addresses in 2 and of all else in so many; together they ask everything.
SHARES = 12
EVERYBODY_KNOWS = [member for member in MEMBERS if member.grants == (("admin", "company"),)]
RESTRICTED = [member for member in MEMBERS if member not in EVERYBODY_KNOWS]


@dataclass(frozen=True)
class Told:
    ask: Ask
    status: int
    text: str


@dataclass
class Walk:
    """What one person was told, and what of it was not hers to know."""

    member: Member
    closed: frozenset[str]
    leaks: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    statuses: Counter[int] = field(default_factory=Counter)
    asked: int = 0
    broken: list[str] = field(default_factory=list)

    def hear(self, told: Told, secrets: frozenset[str]) -> None:
        self.asked += 1
        self.statuses[told.status] += 1
        if told.status >= 500 and told.ask.pattern != "healthz":  # which says 503 where no beat runs
            self.broken.append(f"{told.ask.method} {told.ask.url} {told.status}")
        words = said_of(secrets, told.text)
        for word in words & self.closed:
            if word not in told.ask.typed:
                self.leaks[told.ask.pattern, word].append(f"{told.ask.method} {told.ask.url} {told.status}")

    def report(self) -> str:
        return "\n".join(
            f"  {pattern}: {word!r} in {len(places)} answers, such as {unquote_plus(places[0])}"
            for (pattern, word), places in sorted(self.leaks.items())
        )


_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


def text_of(response: Any) -> str:
    """All that reaches her: the body as she reads it, the headers, the cookies."""
    body = b"".join(response) if response.streaming else response.content
    if body[:2] == b"PK":
        body = b"xlsx" + body
    plain = html.unescape(_ESCAPED.sub(lambda hit: chr(int(hit[1], 16)), body.decode("utf-8", "replace")))
    said = [f"{key}: {unquote_plus(value)}" for key, value in response.items()]
    cookies = [
        f"{key}={cookie.value}" for key, cookie in response.cookies.items() if key not in _PLAIN_COOKIES
    ]
    told = "\n".join([unquote_plus(plain) if "%" in plain else plain, *said, *cookies])
    # Drawn by lot, so that now and then it says any six digits.
    drawn = response.headers.get("X-Request-ID", "")
    return told.replace(drawn, "") if drawn else told


_PLAIN_COOKIES = {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}


class Nothing(Exception):
    """Takes back whatever a request has written."""


def client_of(made: Company, member: Member, language: str = "en") -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(made.people[member.label], backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = language
    return client


def answer(client: Client, ask: Ask) -> list[Told]:
    """The answer, and the page that it leads to, with its messages. Whatever was written is taken back."""
    headers = {key.replace("_", "-"): value for key, value in ask.headers}
    told: list[Told] = []
    cookies: Any = client.cookies.copy()
    try:
        with transaction.atomic():
            if ask.kind:
                response: Any = client.generic(
                    ask.method, ask.url, ask.body, content_type=ask.kind, headers=headers
                )
            elif ask.method == "POST":
                response = client.post(ask.url, ask.body or {}, headers=headers)
            else:
                response = client.generic(ask.method, ask.url, headers=headers)
            told.append(Told(ask, response.status_code, text_of(response)))
            if ask.method == "POST" and response.status_code in (302, 303):
                page = client.get(response["Location"])
                told.append(Told(ask, page.status_code, text_of(page)))
            if ask.method != "GET":
                raise Nothing
    except Nothing:
        client.cookies = cookies
    return told


def said_of(secrets: frozenset[str], text: str) -> set[str]:
    """Which of the words a text says: where one begins with another, the longer; no part of a number."""
    return set(pattern_of(secrets).findall(text))


@lru_cache(maxsize=64)
def pattern_of(words: frozenset[str]) -> re.Pattern[str]:
    """One look at each letter, however many words there are: those that begin alike share their beginning."""
    numbers = {word for word in words if word.replace(",", "").isdigit()}
    either = [_any_of(words - numbers), rf"(?<![\d.,]){_any_of(numbers)}(?!\d)"]
    return re.compile("|".join(either))


def _any_of(words: Collection[str]) -> str:
    """The longest of them that fits."""
    by_letter: dict[str, list[str]] = defaultdict(list)
    for word in words:
        if word:
            by_letter[word[0]].append(word[1:])
    if not by_letter:
        return "" if words else "(?!)"
    goes_on = "|".join(re.escape(letter) + _any_of(ends) for letter, ends in sorted(by_letter.items()))
    return f"(?:{goes_on}){'?' if '' in words else ''}"


def walk(made: Company, member: Member, todo: list[Ask]) -> Walk:
    """Her share of all that can be asked, every other time in Chinese."""
    done = Walk(member, made.closed_to(member))
    clients = [client_of(made, member, language) for language in ("en", "zh-hans")]
    place = MEMBERS.index(member)
    for number, ask in enumerate(todo):
        if (number + place) % (2 if ask.plain else SHARES):
            continue
        for told in answer(clients[number % 2], ask):
            done.hear(told, made.words)
    return done


def strangers_words(company: Company, label: str, text: str) -> set[str]:
    member = next(one for one in MEMBERS if one.label == label)
    return said_of(company.words, text) & company.closed_to(member)
