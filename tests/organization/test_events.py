"""Ada keeps the events of the calendar: added, given other days, taken out."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from organization.models import AuditEntry, CalendarEvent, EventKind
from organization.selectors import calendar_year, calendar_years
from organization.services import Refused, load_events
from organization.services.events import EventDraft, EventMoved, add_event, change_event, remove_event
from tests.people import ada, bob, charlie


def draft(first: str, last: str, *, code: str = "", name: str = "Autumn sale") -> EventDraft:
    return EventDraft(name, EventKind.PROMOTION, date.fromisoformat(first), date.fromisoformat(last), code)


def browser(who: object) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    return client


def shown(year: int) -> list[tuple[str, date, date]]:
    return [(one.name, one.first_day, one.last_day) for one in calendar_year(year).events]


@pytest.mark.django_db
def test_ada_adds_an_event_and_gives_the_same_one_days_in_another_year() -> None:
    client = browser(ada())
    form = {
        "code": "",
        "name": "秋季大促",
        "kind": "promotion",
        "first_day": "2026-09-10",
        "last_day": "2026-09-12",
    }
    answer = client.post(reverse("organization:event_new"), form)
    assert answer.headers["Location"].endswith("?year=2026")
    assert CalendarEvent.objects.get().code == "秋季大促"
    assert '<option value="秋季大促">' in client.get(reverse("organization:event_new")).content.decode()
    client.post(
        reverse("organization:event_new"),
        {"code": "秋季大促", "first_day": "2025-09-08", "last_day": "2025-09-10"},
    )
    assert set(CalendarEvent.objects.values_list("code", "name", "first_day__year")) == {
        ("秋季大促", "秋季大促", 2025), ("秋季大促", "秋季大促", 2026),
    }  # fmt: skip
    assert calendar_years() == [2025, 2026]
    page = client.get(reverse("organization:calendar"), {"year": "2026"}).content.decode()
    assert "秋季大促" in page
    assert "learnt from the calendar as it stood" in page
    entry = AuditEntry.objects.filter(action="event.add").latest("pk")
    assert (entry.person and entry.person.username, entry.details["after"]) == (
        "ada", "2025-09-08 – 2025-09-10",
    )  # fmt: skip


@pytest.mark.django_db
def test_ada_gives_an_event_other_days_and_loading_the_calendar_leaves_them() -> None:
    load_events(2026)
    event = CalendarEvent.objects.get(code="double-11")
    client, address = browser(ada()), reverse("organization:event_edit", args=[event.pk])
    assert 'value="2026-11-01"' in client.get(address).content.decode()
    client.post(
        address,
        {
            "name": event.name,
            "kind": "promotion",
            "first_day": "2026-10-20",
            "last_day": "2026-11-11",
            "revision": 1,
        },
    )
    load_events(2026)
    event.refresh_from_db()
    assert (event.first_day, event.revision, CalendarEvent.objects.count()) == (date(2026, 10, 20), 2, 3)
    change = AuditEntry.objects.get(action="event.change").details
    assert (change["before"], change["after"]) == ("2026-11-01 – 2026-11-11", "2026-10-20 – 2026-11-11")


@pytest.mark.django_db
def test_what_was_taken_out_stays_out_and_may_be_added_again() -> None:
    load_events(2026)
    event = CalendarEvent.objects.get(code="618")
    client = browser(ada())
    for _twice in range(2):
        client.post(reverse("organization:event_remove", args=[event.pk]))
    load_events(2026)
    assert [name for name, _first, _last in shown(2026)] == ["Spring Festival", "11.11 shopping festival"]
    assert AuditEntry.objects.filter(action="event.remove").count() == 1
    assert client.get(reverse("organization:event_edit", args=[event.pk])).status_code == 404
    add_event(draft=draft("2026-06-01", "2026-06-20", code="618", name=event.name), person=ada())
    assert len(shown(2026)) == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "last", "why"),
    [
        ("2026-09-12", "2026-09-10", "before the first"),
        ("2026-09-01", "2026-11-02", "at most 62 days"),
        ("1999-09-01", "1999-09-02", "between 2000 and 2100"),
        ("2026-06-20", "2026-06-25", "overlap"),
        ("2026-05-20", "2026-07-01", "overlap"),
    ],
)
def test_days_that_cannot_be_are_refused_with_the_reason_and_nothing_is_kept(
    first: str, last: str, why: str
) -> None:
    load_events(2026)
    with pytest.raises(Refused, match=why):
        add_event(draft=draft(first, last, code="618"), person=ada())
    assert CalendarEvent.objects.count() == 3
    said = browser(ada()).post(
        reverse("organization:event_new"), {"code": "618", "first_day": first, "last_day": last}
    )
    assert why in said.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "form",
    [
        {"code": "", "name": " ", "first_day": "2026-09-10", "last_day": "2026-09-12"},
        {"code": "no-such-event", "first_day": "2026-09-10", "last_day": "2026-09-12"},
        {"code": "", "name": "Sale", "kind": "feast", "first_day": "2026-09-10", "last_day": "2026-09-12"},
        {"code": "", "name": "Sale", "first_day": "10.9.", "last_day": "2026-09-12"},
        {"code": "", "name": "!!!", "first_day": "2026-09-10", "last_day": "2026-09-12"},
    ],
)
def test_a_form_that_says_too_little_or_nonsense_keeps_what_was_typed(form: dict[str, str]) -> None:
    answer = browser(ada()).post(reverse("organization:event_new"), form).content.decode()
    assert "field-error" in answer or "form-errors" in answer or "letter or a digit" in answer
    assert form["last_day"] in answer
    assert not CalendarEvent.objects.exists()


@pytest.mark.django_db
def test_a_new_event_is_not_mixed_up_with_one_of_the_same_name() -> None:
    add_event(draft=draft("2026-09-10", "2026-09-12"), person=ada())
    with pytest.raises(Refused, match="Choose it from the list"):
        add_event(draft=draft("2025-09-10", "2025-09-12", name="autumn SALE"), person=ada())


@pytest.mark.django_db
def test_of_two_who_change_an_event_at_once_the_later_one_is_told() -> None:
    event = add_event(draft=draft("2026-09-10", "2026-09-12"), person=ada())
    change_event(event=event, draft=draft("2026-09-11", "2026-09-13"), based_on=1, person=ada())
    with pytest.raises(EventMoved):
        change_event(event=event, draft=draft("2026-09-01", "2026-09-02"), based_on=1, person=ada())
    said = browser(ada()).post(
        reverse("organization:event_edit", args=[event.pk]),
        {
            "name": "Sale",
            "kind": "promotion",
            "first_day": "2026-09-01",
            "last_day": "2026-09-02",
            "revision": 1,
        },
    )
    assert "from 2026-09-11 to 2026-09-13" in said.content.decode()
    remove_event(event=event, person=ada())
    with pytest.raises(EventMoved):
        change_event(event=event, draft=draft("2026-09-01", "2026-09-02"), based_on=2, person=ada())


@pytest.mark.django_db(transaction=True)
def test_two_admins_at_once_do_not_add_days_that_overlap() -> None:
    add_event(draft=draft("2020-09-10", "2020-09-12"), person=None)
    start, told = threading.Barrier(2, timeout=60), []

    def adding(first: str, last: str) -> None:
        start.wait()
        try:
            add_event(draft=draft(first, last, code="autumn-sale"), person=None)
        except Refused as refused:
            told.append(str(refused))
        connection.close()

    hands = [
        threading.Thread(target=adding, args=days)
        for days in (("2026-09-10", "2026-09-12"), ("2026-09-12", "2026-09-14"))
    ]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert (len(told), CalendarEvent.objects.filter(first_day__year=2026).count()) == (1, 1)


@pytest.mark.django_db
def test_only_administrators_change_the_calendar_and_everybody_reads_it() -> None:
    event = add_event(draft=draft("2026-09-10", "2026-09-12"), person=None)
    for who in (bob(), charlie()):
        client = browser(who)
        assert client.get(reverse("organization:event_new")).status_code == 403
        assert client.post(reverse("organization:event_edit", args=[event.pk])).status_code == 403
        assert client.post(reverse("organization:event_remove", args=[event.pk])).status_code == 403
        page = client.get(reverse("organization:calendar"), {"year": "2026"}).content.decode()
        assert "Autumn sale" in page
        assert reverse("organization:event_new") not in page
    assert CalendarEvent.objects.filter(pk=event.pk).exists()


@pytest.mark.django_db
def test_the_database_itself_keeps_an_event_from_beginning_twice_on_a_day() -> None:
    CalendarEvent.objects.create(code="a", name="A", first_day=date(2026, 9, 1), last_day=date(2026, 9, 1))
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarEvent.objects.create(
            code="a", name="A", first_day=date(2026, 9, 1), last_day=date(2026, 9, 2)
        )
