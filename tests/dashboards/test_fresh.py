"""New figures without a reload, and nothing sent that a browser has: whose they are is never mixed up."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from dashboards.shareable import SHAREABLE
from organization.models import Person
from tests.dashboards.figures import TODAY, keep
from tests.people import alice, bob, charlie, person

pytestmark = pytest.mark.django_db
FRESH = "/fresh/"


@pytest.fixture(autouse=True)
def a_company(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda at=None, zone=None: at.date() if at else TODAY)
    keep("company", "revenue", "987654", expected="2400")
    keep("region:华东", "revenue", "123456", expected="2400")


def browser(who: Person) -> Client:
    client = Client()
    client.force_login(who)
    return client


def pages() -> list[str]:
    """Those without arguments that stand today."""
    found = []
    for name in sorted(SHAREABLE):
        try:
            found.append(reverse(name))
        except NoReverseMatch:
            continue
    return [page for page in found if page != "/channels/one/"]


def test_the_version_changes_with_what_is_committed_and_with_nothing_else() -> None:
    client = browser(bob())
    first = client.get(FRESH)
    assert first["Cache-Control"] == "private, no-cache"
    assert client.get(FRESH, headers={"if-none-match": first["ETag"]}).status_code == 304
    keep("company", "revenue", "987655", expected="2400")
    again = client.get(FRESH, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 200
    assert again.json()["version"] != first.json()["version"]


def test_a_question_every_few_seconds_is_a_cheap_one(django_assert_num_queries: Any) -> None:
    """Session, person, standing, bell, version."""
    client = browser(bob())
    client.get(FRESH)
    with django_assert_num_queries(5):
        answer = client.get(FRESH)
    assert len(answer.content) < 120


def test_a_page_knows_the_version_from_before_it_was_read_and_its_own_tag() -> None:
    client = browser(bob())
    page = client.get("/")
    (version, tag) = re.findall(r'data-version="(\w+)" data-tag="(\w+)"', page.content.decode())[0]
    assert version == client.get(FRESH).json()["version"]
    assert client.get("/", headers={"if-none-match": f'"{tag}"'}).status_code == 304


def test_a_change_elsewhere_leaves_a_page_as_it_is() -> None:
    client = browser(alice())
    etag = client.get("/")["ETag"]
    keep("company", "revenue", "5", expected="2400")
    assert client.get("/", headers={"if-none-match": etag}).status_code == 304


@pytest.mark.parametrize("page", pages())
def test_every_page_that_only_reads_is_sent_once_and_to_one(page: str) -> None:
    client = browser(bob())
    first = client.get(page)
    assert first.status_code == 200
    assert first["Cache-Control"] == "private, no-cache"
    assert "Cookie" in first["Vary"]
    again = client.get(page, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    for other in (alice(), charlie(), person("Boris", "manager")):
        assert browser(other).get(page, headers={"if-none-match": first["ETag"]}).status_code != 304


def test_a_page_that_does_more_than_read_asks_for_the_bell_alone() -> None:
    page = browser(bob()).get(reverse("dashboards:views")).content.decode()
    assert 'data-fresh="/fresh/"' in page
    assert "data-version" not in page
    assert "data-fresh" not in Client().get("/accounts/login/").content.decode()
