"""Addresses edited by hand: whatever stands in them, a helpful page, never an error of ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from tests.every_url.asking import client_of, url_of
from tests.every_url.table import TABLE
from tests.every_url.told import PEOPLE
from tests.every_url.world import World

APPS = (
    "alerts", "budgets", "channels", "customers", "dashboards", "decisions", "feedback", "ingest", "kpis",
    "organization",
)  # fmt: skip
ASKED = sorted(
    {
        name
        for app in APPS
        for folder in ("views", "forms", "presenting")
        for file in (Path(settings.BASE_DIR) / app / folder).rglob("*.py")
        for name in re.findall(r"""GET(?:\.get(?:list)?\(|\[)["'](\w+)["']""", file.read_text())
    }
)
# Each stands in every place at once: what a name, a number, a month or an area may be made of by a curious hand.
ODD = {
    "emoji and NUL": "💥\x00促销🎉" * 20,
    "huge": "9" * 30,
    "markup": '2026-13"><script>alert(1)</script>',
}
PAGES = [
    name
    for name in sorted(TABLE)
    if not name.startswith("api:")
    and name != "healthz"  # 503 is what it says where no worker runs
    and dict(zip(PEOPLE, TABLE[name].get.split(), strict=True))["Ada"] not in ("405", "login")
]


def test_what_pages_ask_of_their_address_is_known() -> None:
    assert {"period", "area", "by"} <= set(ASKED)


@pytest.mark.parametrize("odd", ODD.values(), ids=list(ODD))
def test_odd_words_behind_the_question_mark_break_no_page(odd: str, world: World) -> None:
    client = client_of(world, "Ada")
    wrong = []
    for name in PAGES:
        url = url_of(name, TABLE[name].at, world)
        try:
            answer = client.get(url, dict.fromkeys(ASKED, odd))
        except Exception as error:
            wrong.append(f"{name}: {error!r}")
            continue
        if answer.status_code >= 500:
            wrong.append(f"{name}: {answer.status_code}")
        elif not answer.streaming and odd.encode() in answer.content and "<script>" in odd:
            wrong.append(f"{name}: markup as it came")
    assert not wrong, "\n".join(wrong)


def test_numbers_in_an_address_may_be_any(world: World) -> None:
    client = client_of(world, "Ada")
    wrong = []
    for name in PAGES:
        arguments = TABLE[name].at
        if arguments is None:
            continue
        kwargs = {key: 10**19 if isinstance(value, int) else value for key, value in arguments(world).items()}
        try:
            answer = client.get(reverse(name, kwargs=kwargs))
        except Exception as error:
            wrong.append(f"{name}: {error!r}")
            continue
        if answer.status_code >= 500:
            wrong.append(f"{name}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
