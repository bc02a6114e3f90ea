"""Kept views and start pages: found again, shared, and never more than somebody may see."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboards.models import SavedView, StartPage
from organization.models import AuditEntry, Person
from tests.dashboards.figures import TODAY, keep
from tests.people import alice, bob, charlie, mallory, node

pytestmark = pytest.mark.django_db
EAST = "/?region=华东&period=2026-11"


@pytest.fixture(autouse=True)
def a_company(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda at=None, zone=None: at.date() if at else TODAY)
    keep("company", "revenue", "987654", expected="2400")
    keep("region:华东", "revenue", "123456", expected="2400")
    node("region:华北")


def browser(who: Person) -> Client:
    client = Client()
    client.force_login(who)
    return client


def kept(who: Person, name: str, address: str = EAST, **said: str) -> Any:
    return browser(who).post(
        f"{reverse('dashboards:view_new')}?page={quote(address, safe='')}", {"name": name} | said
    )


def listed(who: Person) -> str:
    return browser(who).get(reverse("dashboards:views")).content.decode()


def test_alice_keeps_a_page_and_finds_it_as_she_turned_it() -> None:
    whom = alice()
    answer = kept(whom, "  My   east ")
    assert (answer.status_code, SavedView.objects.get().name) == (302, "My east")
    page = browser(whom).get(answer["Location"])
    assert page.status_code == 200
    assert "My east" in listed(whom)
    assert "My east" not in listed(bob())
    assert AuditEntry.objects.filter(action="dashboards.view_keep", person=whom).exists()


def test_a_second_view_of_the_same_name_is_refused_at_its_field() -> None:
    kept(alice(), "East")
    answer = kept(alice(), "East", "/channels/")
    assert answer.status_code == 422
    assert "You already keep a view named “East”" in answer.content.decode()
    assert kept(bob(), "East").status_code == 302
    other = kept(alice(), "West", "/channels/")
    assert other.status_code == 302
    west = reverse("dashboards:view_edit", args=[SavedView.objects.get(name="West").pk])
    assert browser(alice()).post(west, {"name": "East"}).status_code == 422
    assert sorted(SavedView.objects.values_list("name", flat=True)) == ["East", "East", "West"]


@pytest.mark.parametrize("address", ["", "/people/", "https://evil.example/", "//evil.example/", "/nowhere/"])
def test_an_address_that_is_no_page_of_figures_is_not_kept(address: str) -> None:
    assert kept(bob(), "X", address).status_code == 400
    assert not SavedView.objects.exists()


def test_a_shared_view_is_found_by_all_and_shows_each_what_is_hers() -> None:
    kept(bob(), "Company", "/", shared="on")
    assert "Company" in listed(alice())
    page = browser(alice()).get(SavedView.objects.get().address).content.decode()
    assert "123K" in page
    assert "988K" not in page
    view = SavedView.objects.get()
    for name in ("view_edit", "view_remove"):
        assert (
            browser(alice()).post(reverse(f"dashboards:{name}", args=[view.pk]), {"name": "Z"}).status_code
            == 404
        )
    browser(bob()).post(reverse("dashboards:view_edit", args=[view.pk]), {"name": "Company"})
    assert "Company" not in listed(alice()).split("<main")[1].replace("Company settings", "")


def test_the_menu_of_a_page_lists_its_own_views_and_those_shared() -> None:
    kept(alice(), "East")
    kept(alice(), "Side by side", "/channels/")
    kept(bob(), "All", "/", shared="on")
    kept(bob(), "Secret", "/")
    menu = browser(alice()).get(
        reverse("dashboards:views"), {"page": "/?period=2026-10"}, headers={"hx-request": "true"}
    )
    words = menu.content.decode()
    assert words.index("East") < words.index("All")
    assert "Side by side" not in words
    assert "Secret" not in words
    assert "<main" not in words


def test_alice_starts_where_she_chose_to_and_with_the_overview_when_she_no_longer_does() -> None:
    whom = alice()
    home = reverse("dashboards:home")
    assert browser(whom).get(home)["Location"] == "/"
    kept(whom, "East", start="on")
    assert unquote(browser(whom).get(home)["Location"]) == SavedView.objects.get().address
    browser(whom).post(reverse("dashboards:start_page"))
    assert browser(whom).get(home)["Location"] == "/"
    browser(whom).post(reverse("dashboards:start_page"), {"page": "/channels/"})
    assert browser(whom).get(home)["Location"] == "/channels/"


def test_a_removed_view_is_no_start_page_any_more() -> None:
    kept(alice(), "East", start="on")
    browser(alice()).post(reverse("dashboards:view_remove", args=[SavedView.objects.get().pk]))
    assert not SavedView.objects.exists()
    assert not StartPage.objects.exists()


@pytest.mark.parametrize("address", ["/?region=华北", "/gone/", "/people/", "/home/"])
def test_a_start_page_that_is_gone_or_not_hers_leads_to_the_overview_and_says_so(address: str) -> None:
    whom = alice()
    StartPage.objects.create(person=whom, address=address)
    client = browser(whom)
    assert client.get(reverse("dashboards:home"))["Location"] == "/"
    assert "Your start page is gone" in client.get("/").content.decode()


@pytest.mark.parametrize("address", ["/people/", "https://evil.example/", "/home/"])
def test_what_is_no_page_of_figures_is_no_start_page(address: str) -> None:
    browser(bob()).post(reverse("dashboards:start_page"), {"page": address, "next": "https://evil.example/"})
    assert not StartPage.objects.exists()


def test_after_logging_in_charlie_is_where_she_starts() -> None:
    charlie()
    StartPage.objects.create(person=charlie(), address="/channels/")
    client = Client()
    client.post("/accounts/login/", {"login": "charlie", "password": "a plumb line tells"})
    assert client.get(reverse("dashboards:home"))["Location"] == "/channels/"
    assert client.post("/accounts/login/", {})["Location"] == reverse("dashboards:home")


def test_mallory_who_was_granted_nothing_gets_no_loop() -> None:
    client = browser(mallory())
    assert client.get(reverse("dashboards:home"))["Location"] == "/"
    assert client.get("/").status_code == 403


def test_a_view_of_a_page_that_is_gone_says_so_and_leads_nowhere() -> None:
    SavedView.objects.create(owner=alice(), name="Old", address="/removed/page/")
    page = listed(alice())
    assert "This page does not exist any more" in page
    assert "/removed/page/" not in page


def test_the_list_asks_the_same_however_long_it_is(django_assert_max_num_queries: Any) -> None:
    for n in range(12):
        kept(bob(), f"View {n}", "/", shared="on")
    client = browser(alice())
    with django_assert_max_num_queries(8):
        client.get(reverse("dashboards:views"))
