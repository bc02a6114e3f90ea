"""One person's page: roles, what they would show, duties, responsibilities; and choosing areas by name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kpis.models import Metric, Reading
from organization.area_picker import find_areas, nodes_of
from organization.gate import can
from organization.models import AuditEntry, Duty, Grant, Person, Responsibility, Scope
from organization.services import archive_node, grant_role
from tests.people import ada, alice, bob, charlie, node, person, scope

pytestmark = pytest.mark.django_db


def browser(who: Person) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def save(whom: Person, *rows: tuple[str, str], **more: Any) -> Any:
    form = {"role": [role for role, _area in rows], "area": [area for _role, area in rows], **more}
    return browser(ada()).post(reverse("organization:roles_save", args=[whom.pk]), form)


def would_see(whom: Person, *rows: tuple[str, str]) -> str:
    form = {"role": [role for role, _area in rows], "area": [area for _role, area in rows]}
    answer = browser(ada()).post(reverse("organization:would_see", args=[whom.pk]), form)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def granted(whom: Person) -> set[tuple[str, str]]:
    return set(whom.grants.values_list("role", "scope__key"))


# -- Roles


def test_ada_edits_all_roles_at_once_by_the_names_of_areas() -> None:
    node("region:华东")
    node("channel:x", name_zh="抖音直播")
    whom = person("Erin", "viewer")
    save(whom, ("lead", "华东 × 抖音直播"), ("viewer", "region:华东"), ("", "company"))
    assert granted(whom) == {("lead", "region:华东+channel:x"), ("viewer", "region:华东")}
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"grant.make", "grant.revoke"}


def test_saving_what_stands_changes_nothing_and_is_not_history() -> None:
    whom = charlie()
    first = whom.grants.get().pk
    save(whom, ("viewer", "company"))
    assert whom.grants.get().pk == first
    assert not AuditEntry.objects.filter(action__startswith="grant.").exists()


def test_the_last_administrator_stays_and_all_else_in_the_form_waits() -> None:
    boss = ada()
    answer = save(boss, ("viewer", "company"))
    assert "without an administrator" in answer.content.decode()
    assert granted(boss) == {("admin", "company")}


@pytest.mark.parametrize(
    ("area", "said"),
    [
        ("Atlantis", "There is no area called Atlantis"),
        ("上海", "Several areas are called 上海"),
        ("华东 × 华北", "of one kind"),
    ],
)
def test_an_area_that_is_not_clear_is_told_in_its_row_and_nothing_is_saved(area: str, said: str) -> None:
    for code in ("region:华东/上海", "region:华北/上海", "region:华东"):
        node(code)
    whom = charlie()
    answer = save(whom, ("lead", area))
    assert said in answer.content.decode()
    assert granted(whom) == {("viewer", "company")}


def test_without_script_a_row_is_taken_out_by_its_button_and_not_saved_yet() -> None:
    whom = charlie()
    answer = save(whom, ("viewer", "company"), ("lead", "company"), drop="0")
    assert "Not saved yet" in answer.content.decode()
    assert granted(whom) == {("viewer", "company")}


# -- What would be seen


def test_the_preview_says_areas_pages_and_figures_and_saves_nothing() -> None:
    for code in ("region:华东/上海", "region:华北", "channel:x"):
        node(code)
    month, place = date(2025, 3, 1), scope("region:华东")
    Reading.objects.create(
        scope=place, metric=Metric.objects.get(code="revenue"), grain="month", start=month, value=Decimal(1200000),
        status="grey",
    )  # fmt: skip
    whom = person("Erin")
    ada()
    before = (Grant.objects.count(), Scope.objects.count())
    page = would_see(whom, ("lead", "region:华东"))
    for words in ("Lead", "and 1 area below", "Regions: 2 of 3", "¥1.2M", "Overview", "Targets"):
        assert words in page
    assert "Imports" not in page
    assert "华北" not in page
    would_see(whom, ("lead", "华东 × x"))
    assert (Grant.objects.count(), Scope.objects.count()) == before
    assert not can(whom, "viewer", place)  # type: ignore[arg-type]


def test_the_preview_follows_the_role() -> None:
    node("region:华东")
    whom = person("Erin")
    assert "Imports" in would_see(whom, ("manager", "company"))
    assert "Imports" not in would_see(whom, ("viewer", "company"))
    assert "Nothing: there is no role" in would_see(whom)


def test_a_look_does_not_hold_anybody_up() -> None:
    """The rows that it writes and takes back are her own alone, and the lock ends with it."""
    would_see(charlie(), ("viewer", "company"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction (aborted)'")
        assert cursor.fetchone()[0] == 0
    assert granted(charlie()) == {("viewer", "company")}


# -- Duties and responsibilities


def test_a_duty_and_a_responsibility_are_given_and_ended_on_the_same_page() -> None:
    whom, client = charlie(), browser(ada())
    node("region:华东")
    client.post(
        reverse("organization:duty_add", args=[whom.pk]), {"name": " regional  director ", "area": "华东"}
    )
    duty = Duty.objects.get()
    assert (duty.name, duty.scope.key) == ("regional director", "region:华东")
    form = {"area": "region:华东", "first_day": "2025-01-01", "last_day": ""}
    client.post(reverse("organization:responsibility_add", args=[whom.pk]), form)
    held = Responsibility.objects.get()
    assert (held.person, held.last_day) == (whom, None)
    page = client.get(reverse("organization:person", args=[whom.pk])).content.decode()
    assert "regional director · 华东" in page
    client.post(
        reverse("organization:responsibility_end", args=[whom.pk, held.pk]), {"last_day": "2030-01-31"}
    )
    held.refresh_from_db()
    assert held.last_day == date(2030, 1, 31)
    client.post(reverse("organization:duty_remove", args=[whom.pk, duty.pk]))
    assert not Duty.objects.exists()


def test_a_last_day_before_the_first_is_told_beside_it() -> None:
    form = {"area": "company", "first_day": "2025-02-01", "last_day": "2025-01-01"}
    answer = browser(ada()).post(reverse("organization:responsibility_add", args=[charlie().pk]), form)
    assert "The last day lies before the first" in answer.content.decode()


def test_parts_are_found_with_their_own_person_alone() -> None:
    theirs = Duty.objects.create(name="CFO", scope=scope("company"), person=bob())
    address = reverse("organization:duty_remove", args=[charlie().pk, theirs.pk])
    assert browser(ada()).post(address).status_code == 404
    assert Duty.objects.exists()


def test_her_page_costs_the_same_for_one_role_as_for_ten(django_assert_max_num_queries: Any) -> None:
    whom, by = person("Erin"), ada()
    for number in range(10):
        grant_role(whom=whom, role="viewer", scope=scope(f"region:r{number}"), person=by)
    client = browser(by)
    with django_assert_max_num_queries(140):
        client.get(reverse("organization:person", args=[whom.pk]))


# -- Finding areas


def test_alice_finds_by_name_what_she_may_see_and_nothing_else() -> None:
    for code in ("region:华东/上海", "region:华北/上海"):
        node(code)
    found = (
        browser(alice("region:华东")).get(reverse("organization:area_find"), {"q": "上海"}).json()["areas"]
    )
    assert [one["code"] for one in found] == ["region:华东/上海"]
    assert found[0]["where"].endswith("华东")
    assert {one.code for one in find_areas(bob(), "上海")} == {"region:华东/上海", "region:华北/上海"}


def test_what_begins_with_the_text_comes_first_and_what_is_put_away_not_at_all() -> None:
    for code in ("channel:a-live", "channel:live", "channel:live-old"):
        node(code)
    archive_node(node=node("channel:live-old"), person=None)
    assert [one.code for one in find_areas(bob(), "live")] == ["channel:live", "channel:a-live"]


@pytest.mark.parametrize("text", ["", "company", "Company", "公司", "  "])
def test_the_company_has_several_names(text: str) -> None:
    assert nodes_of(text) == {}


def test_her_last_login_and_how_she_gets_in_are_told() -> None:
    whom = charlie()
    Person.objects.filter(pk=whom.pk).update(last_login=timezone.now())
    page = browser(ada()).get(reverse("organization:person", args=[whom.pk])).content.decode()
    assert "With a password" in page
    assert "No second factor" in page
