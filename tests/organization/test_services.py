"""What is written about people, areas and the company: the change and its entry in the history, together."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from organization import selectors, services
from organization.gate import Action, can
from organization.models import AuditEntry, Duty, Grant, NodeAlias, Person, Responsibility
from organization.selectors import AuditFilter, duty_holders, responsible_people
from organization.services import Refused
from tests.people import ada, alice, bob, charlie, dana, node, person, scope

pytestmark = pytest.mark.django_db

TODAY = date(2025, 9, 15)


def history() -> list[tuple[str, str]]:
    return list(
        AuditEntry.objects.exclude(action="node.make").order_by("pk").values_list("action", "subject")
    )


# -- People and roles


def test_ada_adds_a_colleague_who_can_log_in() -> None:
    made = services.make_person(
        username="erin",
        display_name="Erin",
        email="erin@example.com",
        password="plumb-lines-tell",
        person=ada(),
    )
    assert made.check_password("plumb-lines-tell")
    assert history() == [("person.make", "erin")]
    assert "plumb-lines-tell" not in str(AuditEntry.objects.get(action="person.make").details)


def test_somebody_without_a_password_only_hears() -> None:
    made = services.make_person(username="shop-7", email="shop7@example.com", person=ada())
    assert not made.has_usable_password()


def test_two_people_without_an_address_are_no_conflict() -> None:
    services.make_person(username="one", email="", person=None)
    services.make_person(username="two", email=None, person=None)


@pytest.mark.parametrize("taken", [{"username": "ALICE"}, {"username": "x", "email": "Alice@Example.com"}])
def test_a_name_or_address_that_is_taken_is_refused(taken: dict[str, Any]) -> None:
    alice()
    with pytest.raises(Refused):
        services.make_person(**taken, person=None)


def test_a_weak_first_password_is_refused_and_nobody_is_added() -> None:
    with pytest.raises(ValidationError):
        services.make_person(username="erin", password="12345", person=ada())
    assert not Person.objects.filter(username="erin").exists()


def test_a_role_granted_twice_is_granted_once_and_told_once() -> None:
    lead, there = person("Alice"), scope("region:华东")
    first = services.grant_role(whom=lead, role="lead", scope=there, person=ada())
    assert services.grant_role(whom=lead, role="lead", scope=there, person=ada()) == first
    assert can(lead, Action.SET_TARGETS, there)
    assert history() == [("grant.make", "alice")]


def test_a_role_taken_away_is_gone_at_once() -> None:
    lead = alice()
    services.revoke_grant(grant=lead.grants.get(), person=ada())
    assert not can(lead, Action.VIEW, scope("region:华东"))
    assert history() == [("grant.revoke", "alice")]


def test_the_last_administrator_cannot_be_taken_away_but_the_last_but_one_can() -> None:
    last = ada()
    with pytest.raises(Refused):
        services.revoke_grant(grant=last.grants.get(), person=last)
    assert can(last, Action.ADMINISTER)
    with pytest.raises(Refused):
        change(last, is_active=False)
    assert history() == []
    person("Bob", "admin")
    services.revoke_grant(grant=last.grants.get(), person=last)
    assert not can(last, Action.ADMINISTER)


def change(whom: Person, **values: Any) -> Person:
    known = {
        name: getattr(whom, name)
        for name in ("display_name", "email", "phone", "language", "time_zone", "is_active")
    }
    return services.change_person(whom=whom, person=whom, **{**known, **values})


def test_only_what_changed_is_told_and_no_address_is_copied_into_the_history() -> None:
    who = charlie()
    change(who, email="new@example.com", language="zh-hans")
    entry = AuditEntry.objects.get()
    assert entry.details == {"fields": ["email", "language"]}
    change(Person.objects.get(pk=who.pk))
    assert AuditEntry.objects.count() == 1


# -- Whose a figure is


def responsible(text: str, on: date = TODAY) -> list[str]:
    return [one.label for one in responsible_people(scope(text), on)]


def test_the_nearest_above_is_responsible_where_nobody_is_named() -> None:
    services.assign_responsibility(scope=scope("company"), whose=bob(), first_day=TODAY, person=None)
    services.assign_responsibility(scope=scope("region:华东"), whose=alice(), first_day=TODAY, person=None)
    assert responsible("region:华东/上海/徐汇店") == ["Alice"]
    assert responsible("region:华东+channel:x") == ["Alice"]
    assert responsible("region:华北") == ["Bob"]
    assert responsible("company") == ["Bob"]


def test_what_crosses_a_region_and_a_channel_is_both_leads_unless_the_crossing_has_its_own() -> None:
    services.assign_responsibility(scope=scope("region:华东"), whose=alice(), first_day=TODAY, person=None)
    services.assign_responsibility(scope=scope("channel:x"), whose=bob(), first_day=TODAY, person=None)
    assert responsible("region:华东+channel:x") == ["Alice", "Bob"]
    services.assign_responsibility(
        scope=scope("region:华东+channel:x"), whose=dana(), first_day=TODAY, person=None
    )
    assert responsible("region:华东+channel:x") == ["Dana"]


def test_a_responsibility_begins_and_ends_on_its_days() -> None:
    services.assign_responsibility(
        scope=scope("region:华东"),
        whose=alice(),
        first_day=date(2025, 9, 1),
        last_day=date(2025, 9, 30),
        person=None,
    )
    assert responsible("region:华东", date(2025, 8, 31)) == []
    assert responsible("region:华东", date(2025, 9, 1)) == ["Alice"]
    assert responsible("region:华东", date(2025, 9, 30)) == ["Alice"]
    assert responsible("region:华东", date(2025, 10, 1)) == []
    services.end_responsibility(
        responsibility=Responsibility.objects.get(), last_day=date(2025, 9, 10), person=None
    )
    assert responsible("region:华东", TODAY) == []


def test_a_team_stands_for_its_people_without_those_who_left() -> None:
    for one in (alice(), charlie()):
        services.assign_responsibility(scope=scope("team:growth"), whose=one, first_day=TODAY, person=None)
    services.assign_responsibility(
        scope=scope("channel:x"), team=node("team:growth"), first_day=TODAY, person=None
    )
    assert responsible("channel:x/summer") == ["Alice", "Charlie"]
    change(charlie(), is_active=False)
    assert responsible("channel:x/summer") == ["Alice"]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"both": True},
        {"team": "region:华东"},
        {"whose": True, "last_day": date(2025, 9, 1)},
    ],
)
def test_a_responsibility_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    who = alice() if wrong.get("whose") or wrong.get("both") else None
    team = node("team:growth") if wrong.get("both") else node(wrong["team"]) if "team" in wrong else None
    with pytest.raises(Refused):
        services.assign_responsibility(
            scope=scope("channel:x"),
            whose=who,
            team=team,
            first_day=TODAY,
            last_day=wrong.get("last_day"),
            person=None,
        )
    assert not Responsibility.objects.exists()


def test_a_duty_is_found_by_its_name_nearest_first_and_grants_nothing() -> None:
    signer = person("Cora")
    services.assign_duty(name="CFO", scope=scope("company"), whom=signer, person=ada())
    services.assign_duty(name=" CFO ", scope=scope("company"), whom=signer, person=ada())
    assert Duty.objects.count() == 1
    assert duty_holders("cfo", scope("region:华东/上海")) == [signer]
    assert not can(signer, Action.VIEW)
    services.assign_duty(name="CFO", scope=scope("region:华东"), whom=bob(), person=ada())
    assert duty_holders("CFO", scope("region:华东/上海")) == [bob()]
    assert duty_holders("CFO", scope("region:华北")) == [signer]
    services.remove_duty(duty=Duty.objects.get(person=bob()), person=ada())
    assert duty_holders("CFO", scope("region:华东/上海")) == [signer]


# -- Areas


def test_a_renamed_area_keeps_its_code_and_files_may_say_either_name() -> None:
    shop = services.make_node(dimension="channel", name="douyin", needs_review=True)
    renamed = services.rename_node(node=shop, name="Douyin live", name_zh="抖音直播", person=bob())
    assert (renamed.code, renamed.name, renamed.name_zh) == ("channel:douyin", "Douyin live", "抖音直播")
    assert not renamed.needs_review
    assert NodeAlias.objects.get(slug="douyin-live").node == shop
    assert history() == [("node.rename", "channel:douyin")]


@pytest.mark.parametrize("name", ["Kuaishou", "KUAISHOU", "!!!", "  "])
def test_a_name_that_a_sibling_has_or_that_says_nothing_is_refused(name: str) -> None:
    node("channel:Kuaishou")
    with pytest.raises(Refused):
        services.rename_node(node=node("channel:douyin"), name=name, person=bob())


def test_looking_at_a_new_area_twice_is_told_once() -> None:
    shop = services.make_node(dimension="channel", name="douyin", needs_review=True)
    services.mark_node_reviewed(node=shop, person=bob())
    services.mark_node_reviewed(node=shop, person=bob())
    assert history() == [("node.review", "channel:douyin")]


def test_what_is_put_away_takes_all_below_with_it_and_comes_back() -> None:
    shanghai, store = node("region:华东/上海"), node("region:华东/上海/徐汇店")
    other = node("region:华东2")
    services.archive_node(node=node("region:华东"), person=bob())
    for one in (shanghai, store, other):
        one.refresh_from_db()
    assert shanghai.archived_at
    assert store.archived_at
    assert not other.archived_at
    with pytest.raises(Refused):
        services.restore_node(node=shanghai, person=bob())
    services.restore_node(node=node("region:华东"), person=bob())
    store.refresh_from_db()
    assert not store.archived_at
    assert [action for action, _subject in history()] == ["node.archive", "node.restore"]


# -- The company and the history


def settle(**values: Any) -> None:
    known = {
        "name": "Plumbline",
        "name_zh": "",
        "currency": "CNY",
        "fiscal_year_start": 1,
        "close_after_working_days": 5,
    }
    services.update_company(**{**known, **values}, person=ada())


def test_settings_tell_what_they_were_and_what_they_are() -> None:
    settle(currency="eur", fiscal_year_start=4)
    assert selectors.company().currency == "EUR"
    assert AuditEntry.objects.get().details == {
        "old": {"currency": "CNY", "fiscal_year_start": 1},
        "new": {"currency": "EUR", "fiscal_year_start": 4},
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"currency": "YUAN"},
        {"currency": "12Y"},
        {"fiscal_year_start": 13},
        {"close_after_working_days": 0},
        {"calibration_threshold": Decimal(0)},
        {"calibration_threshold": Decimal("1.1")},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        settle(**wrong)
    assert not AuditEntry.objects.exists()


def test_a_change_that_fails_leaves_no_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("organization.services.people.record", broken)
    with pytest.raises(RuntimeError):
        services.grant_role(whom=person("Alice"), role="lead", scope=scope("company"), person=None)
    assert not Grant.objects.exists()


def test_the_history_is_found_by_person_action_text_and_day() -> None:
    boss = ada()
    services.record(action="a.b", subject="region:华东", person=boss)
    services.record(action="a.c", subject="region:华北", person=None)

    def subjects(**wanted: Any) -> list[str]:
        return [entry.subject for entry in selectors.audit_entries(AuditFilter(**wanted)).entries]

    assert subjects() == ["region:华北", "region:华东"]
    assert subjects(person=boss) == ["region:华东"]
    assert subjects(action="a.c") == ["region:华北"]
    assert subjects(text="华东") == ["region:华东"]
    today = AuditEntry.objects.latest("at").at.astimezone().date()
    assert len(subjects(first_day=today.replace(year=today.year - 1))) == 2
    assert subjects(last_day=date(2020, 1, 1)) == []


def test_a_long_history_comes_in_pages_without_gap_or_repeat() -> None:
    for number in range(7):
        services.record(action="a.b", subject=str(number), person=None)
    seen: list[str] = []
    before = None
    while True:
        page = selectors.audit_entries(AuditFilter(before=before), page=3)
        seen += [entry.subject for entry in page.entries]
        if page.older is None:
            break
        before = page.older
    assert seen == list("6543210")
