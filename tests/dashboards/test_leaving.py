"""Somebody leaves, and what she made of pages goes to others or stays; and a figure that pages show is put away."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from dashboards.models import Board, SavedView, Screen
from dashboards.services.boards import PanelDraft, add_panel, make_board
from dashboards.services.keeping import keep_view
from dashboards.shareable import address_of
from kpis.models import Metric
from organization.models import Person
from organization.services.leaving import deactivate_person
from tests.people import ada, alice, bob, charlie, node, person

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def browser(who: Person) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def a_page(whose: Person, name: str, team: str = "") -> Board:
    made = make_board(name=name, template="", team=node(team) if team else None, person=whose, now=NOW)
    draft = PanelDraft(chart="number", metric=Metric.objects.get(code="revenue"))
    add_panel(board=made, draft=draft, person=whose, now=NOW)
    return made


def what_bob_made() -> None:
    for name, team in (("Morning", "team:Retail"), ("Drafts", "")):
        a_page(bob(), name, team)
    for name, shared in (("East", True), ("Only mine", False)):
        keep_view(name=name, address=address_of("/channels/"), shared=shared, start=False, person=bob())
    Screen.objects.create(person=bob(), name="Hall", secret_hash="x", paired_at=NOW)


def leaves(to: Person | None) -> dict[str, int]:
    takes = dict.fromkeys(("team_pages", "own_pages", "shared_views"), to)
    return deactivate_person(whom=bob(), to={**takes, "screens": None}, person=ada(), now=NOW)


def test_who_takes_over_has_the_pages_under_names_that_are_free() -> None:
    what_bob_made()
    a_page(alice(), "Morning")
    keep_view(name="East", address=address_of("/"), shared=False, start=False, person=alice())
    page = browser(ada()).get(f"/organization/people/{bob().pk}/leave/").content.decode()
    assert all(name in page for name in ("Morning", "Drafts", "East", "Hall"))
    assert "Only mine" not in page
    assert leaves(alice()) == {"team_pages": 1, "own_pages": 1, "shared_views": 1, "screens": 1}
    assert set(Board.objects.filter(owner=alice()).values_list("name", "team__path")) == {
        ("Morning", None), ("Morning (2)", "retail"), ("Drafts", None),
    }  # fmt: skip
    assert set(SavedView.objects.filter(owner=alice()).values_list("name", "shared")) == {
        ("East", False), ("East (2)", True),
    }  # fmt: skip
    assert "East (2)" in browser(charlie()).get("/views/").content.decode()


def test_what_nobody_takes_over_stays_with_its_team_and_is_there_when_he_comes_back() -> None:
    what_bob_made()
    leaves(None)
    assert Board.objects.filter(owner=bob()).count() == 2
    assert Screen.objects.get().revoked_at == NOW
    lead = person("Lea", "lead", "team:Retail")
    listed = browser(lead).get("/pages/").content.decode()
    assert "Morning" in listed
    assert "Drafts" not in listed
    board = Board.objects.get(name="Morning")
    assert browser(lead).get(f"/pages/{board.pk}/change/").status_code == 200
    assert "East" not in browser(charlie()).get("/views/").content.decode()


def test_who_puts_a_figure_away_is_told_which_pages_show_it() -> None:
    Metric.objects.filter(code="revenue").update(shipped=False)
    metric = Metric.objects.get(code="revenue")
    page = a_page(alice(), "Morning", "team:Retail")
    a_page(bob(), "Secret plans")
    client = browser(ada())
    for url in (f"/figures/{metric.pk}/", f"/figures/{metric.pk}/put-away/"):
        said = client.get(url).content.decode()
        assert "“Morning”, a page of Retail, shows it" in said
        assert f'href="/pages/{page.pk}/"' in said
        assert "1 page of somebody&#x27;s own shows it" in said
        assert "Secret plans" not in said
    client.post(f"/figures/{metric.pk}/put-away/")
    metric.refresh_from_db()
    assert metric.archived_at is None  # it asks first
