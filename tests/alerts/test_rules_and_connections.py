"""Rules that tell groups and programs: who may choose them, what goes there, what does not and why."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from alerts import services
from alerts.models import Connection, Message, Notice, Recipient, Rule
from alerts.rule_data import as_data
from alerts.services import connections
from organization.models import Person
from tests.alerts.builders import browser, episode, figure, look, rule
from tests.alerts.connections import made
from tests.alerts.test_pages import written
from tests.people import ada, alice, bob, node, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]
EAST = "region:华东"


def ready(kind: str = "wecom", **more: Any) -> Connection:
    connection = made(kind, by=ada(), **more)
    Connection.objects.filter(pk=connection.pk).update(confirmed_at=timezone.now())
    connection.refresh_from_db()
    return connection


def telling(connection: Connection, *people: Person, **more: Any) -> Rule:
    named = [services.RecipientDraft(person) for person in people]
    return rule(recipients=[*named, services.RecipientDraft(None, connection=connection)], **more)


def went_out() -> list[Message]:
    return list(Message.objects.filter(connection__isnull=False).order_by("pk"))


def test_a_group_hears_of_an_alert_from_its_beginning_to_its_end_with_the_figures_of_its_area() -> None:
    figure(scope(EAST), "0.6")
    telling(ready(figures={"region": node(EAST)}), alice())
    (first,) = went_out()
    assert (first.way, first.state) == ("chat", "queued")
    assert "华东" in first.text
    assert "60%" in first.text
    figure(scope(EAST), "1.2")
    look()
    assert [one.template for one in went_out()] == ["alert-first", "alert-recovered"]
    assert Notice.objects.filter(person=alice()).count() == 2


@pytest.mark.parametrize("figures", [None, "region:华北"])
def test_of_areas_that_are_not_its_own_it_hears_no_figure(figures: str | None) -> None:
    figure(scope(EAST), "0.6")
    area = {} if figures is None else {"figures": {"region": node(figures)}}
    telling(ready("webhook", **area))
    (message,) = went_out()
    body = json.loads(message.text)
    assert (body["event"], body["area"], body["figures"], body["condition"]) == (
        "alert.first",
        None,
        None,
        None,
    )
    assert Notice.objects.get().figures is False


@pytest.mark.parametrize("state", ["not confirmed", "switched off"])
def test_what_is_not_ready_hears_nothing_and_the_alert_says_so(state: str) -> None:
    connection = ready()
    if state == "not confirmed":
        Connection.objects.update(confirmed_at=None)
    else:
        Connection.objects.update(switched_off_at=timezone.now())
    figure(scope(EAST), "0.6")
    telling(Connection.objects.get())
    assert went_out() == []
    notice = Notice.objects.get()
    assert (notice.decision, notice.reason, notice.connection) == ("suppressed", "not-ready", connection)
    page = browser(ada()).get(reverse("alerts:episode", args=[episode().pk])).content.decode()
    assert connection.name in page
    assert "not confirmed, or switched off" in page


def test_the_same_figures_imported_again_tell_a_group_nothing_twice() -> None:
    telling(ready())
    for _ in range(3):
        figure(scope(EAST), "0.6")
        look()
    assert len(went_out()) == 1


def test_a_removed_connection_leaves_what_was_told_and_is_told_no_more() -> None:
    figure(scope(EAST), "0.6")
    connection = ready()
    telling(connection, alice())
    connections.remove(connection=connection, person=ada())
    assert not Recipient.objects.filter(person=None).exists()
    assert Notice.objects.filter(person=None, connection=None, decision="due").exists()
    page = browser(ada()).get(reverse("alerts:episode", args=[episode().pk])).content.decode()
    assert "A connection that was removed" in page


def chosen(who: Person, connection: Connection) -> Any:
    more = {"people-0-person": "", "people-0-connection": connection.pk, "people-0-figures_granted": ""}
    return browser(who).post(reverse("alerts:rule_new"), written(**more))


def test_its_owner_and_administrators_choose_a_connection_and_nobody_else_sees_it() -> None:
    scope(EAST)
    lead = alice(EAST)
    mine, other = ready(owner=lead, name="My group"), ready("slack", name="Other group")
    page = browser(lead).get(reverse("alerts:rule_new")).content.decode()
    assert "My group" in page
    assert "Other group" not in page
    assert chosen(lead, other).status_code == 200
    assert not Rule.objects.exists()
    assert chosen(lead, mine).status_code == 302
    assert Recipient.objects.get().connection == mine
    assert chosen(ada(), other).status_code == 302
    # Who edits the rule of another leaves in it what she could not have chosen.
    mine.owner = bob()
    mine.save()
    made = Rule.objects.order_by("pk").first()
    assert made is not None
    kept = browser(lead).get(reverse("alerts:rule_edit", args=[made.pk])).content.decode()
    assert "My group" in kept


def test_a_line_names_a_person_or_a_connection_and_each_once() -> None:
    scope(EAST)
    mine = ready(owner=alice())
    both = written(**{"people-0-connection": mine.pk})
    answer = browser(alice()).post(reverse("alerts:rule_new"), both)
    assert "not both in one line" in answer.content.decode()
    twice = written(**{f"people-{n}-connection": mine.pk for n in (0, 1)}, **{"people-0-person": ""})
    assert (
        "Each connection is named once"
        in browser(alice()).post(reverse("alerts:rule_new"), twice).content.decode()
    )


def test_programs_and_files_name_connections_by_their_names() -> None:
    scope(EAST)
    lead = alice(EAST)
    mine, other = ready(owner=lead, name="My group"), ready("slack", name="Other group")
    body = {
        "name": "Return", "metric": "revenue", "scope": EAST,
        "levels": [{"level": "watch", "condition": {"kind": "attainment", "below": "1"}}],
    }  # fmt: skip
    client = browser(lead)
    wrong = client.post(
        "/api/v1/rules/",
        {**body, "connections": [{"connection": other.name}]},
        content_type="application/json",
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "#/connections/0/connection")
    good = client.post(
        "/api/v1/rules/", {**body, "connections": [{"connection": mine.name, "from_level": "critical"}]},
        content_type="application/json",
    )  # fmt: skip
    assert good.status_code == 201
    assert good.json()["connections"] == [{"connection": "My group", "from_level": "critical"}]
    assert as_data(Rule.objects.get())["people"] == []
