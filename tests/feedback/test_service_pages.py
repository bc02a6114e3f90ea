"""Service levels, rules for who gets a complaint, and categories: looked at by those who handle them, kept by managers."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from feedback.models import AssignmentRule, Category, FeedbackSettings, ServiceLevel, Severity
from organization.models import AuditEntry, Duty, Person
from tests.feedback.made import came_in
from tests.people import ada, alice, bob, charlie, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]


def seen(client: Client, who: Person, url: str = "service", **query: Any) -> Any:
    client.force_login(who)
    return client.get(reverse(f"feedback:{url}"), query)


def sent(client: Client, who: Person, url: str, *args: object, **values: Any) -> Any:
    client.force_login(who)
    return client.post(reverse(f"feedback:{url}", args=args), values)


def levels(**change: Any) -> dict[str, Any]:
    """The form as it stands, but for what is changed."""
    row = FeedbackSettings.objects.get()
    values: dict[str, Any] = {
        "revision": row.revision, "opens": "09:00", "closes": "17:00", "warn_percent": 75, "repeat_days": 90,
        "follow_up_days": 30, "complaint_up_to": 6, "complaints_from_answers": "on",
    }  # fmt: skip
    for level in ServiceLevel.objects.all():
        values |= {
            f"answer_{level.severity}": level.answer_minutes,
            f"at_most_{level.severity}": level.answer_hours_at_most,
            f"solve_{level.severity}": level.solve_minutes / 60,
        }
    return values | change


def test_alice_sees_what_was_agreed_and_cannot_change_it(client: Client) -> None:
    page = seen(client, alice())
    text = page.content.decode()
    assert "Working hours are 09:00 to 17:00" in text
    assert "within 1 working hour and solved within 24 working hours" in text
    assert 'type="submit">Save' not in text
    assert sent(client, alice(), "service", **levels(opens="08:00")).status_code == 403
    assert seen(client, charlie()).status_code == 403


def test_bob_changes_hours_levels_and_from_which_score(client: Client) -> None:
    answer = sent(
        client, bob(), "service",
        **levels(opens="08:30", answer_4=15, at_most_4=6, solve_4="4.5", complaint_up_to=4, warn_percent=80),
    )  # fmt: skip
    assert answer.status_code == 302
    row, level = FeedbackSettings.objects.get(), ServiceLevel.objects.get(severity=Severity.CRITICAL)
    assert (row.opens, row.complaint_up_to, row.warn_percent, row.revision) == (time(8, 30), 4, 80, 2)
    assert (level.answer_minutes, level.answer_hours_at_most, level.solve_minutes) == (15, 6, 270)
    entry = AuditEntry.objects.get(action="feedback.service")
    assert entry.details["after"]["critical solve_minutes"] == "270"


def test_nothing_changed_is_no_change(client: Client) -> None:
    sent(client, bob(), "service", **levels())
    assert FeedbackSettings.objects.get().revision == 1
    assert not AuditEntry.objects.filter(action="feedback.service").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"opens": "18:00"}, "ends after it begins"),
        ({"warn_percent": 100}, "less than or equal to 99"),
        ({"complaint_up_to": 11}, "less than or equal to 10"),
        ({"answer_2": 0}, "greater than or equal to 1"),
        ({"solve_2": "0"}, "greater than or equal to 0.1"),
        ({"solve_2": "x"}, "Enter a number"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_where_it_stands(client: Client, change: dict[str, Any], said: str) -> None:
    page = sent(client, bob(), "service", **levels(**change))
    assert page.status_code == 422
    assert said in page.content.decode()
    assert FeedbackSettings.objects.get().revision == 1


def test_somebody_else_was_quicker(client: Client) -> None:
    old = levels(opens="08:00")
    FeedbackSettings.objects.update(revision=5, warn_percent=60)
    page = sent(client, bob(), "service", **old)
    assert page.status_code == 422
    assert "meanwhile" in page.content.decode()
    assert FeedbackSettings.objects.get().opens == time(9)
    again = sent(client, bob(), "service", **old | {"revision": 5})
    assert again.status_code == 302
    assert FeedbackSettings.objects.get().opens == time(8)


# -- Rules ------------------------------------------------------------------------------------------


def rule_form(**change: Any) -> dict[str, Any]:
    return {"name": "East", "area": "region:华东", "least_severity": 1, "duty": "service"} | change


def test_bob_adds_a_rule_and_it_gives_the_next_complaint(client: Client) -> None:
    lead = alice()
    Duty.objects.create(name="Service", scope=scope("region:华东"), person=lead)
    assert sent(client, bob(), "assignment_new", **rule_form()).status_code == 302
    assert came_in().assigned_to == lead
    page = seen(client, bob(), area="region:华东", category=Category.objects.get(code="price").pk, severity=2)
    text = page.content.decode()
    assert "Duty: service" in text
    assert "<b>Alice</b>" in text
    assert "Rule: East." in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "required"),
        ({"duty": ""}, "one of the two"),
        ({"area": "region:nowhere"}, "no area called"),
        ({"area": "team:a"}, "not to a team"),
        ({"name": "taken"}, "another rule called"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_refused(client: Client, change: dict[str, Any], said: str) -> None:
    scope("region:华东")
    scope("team:a")
    AssignmentRule.objects.create(name="Taken", scope=scope("company"), assigns_by="duty", duty="x")
    page = sent(client, bob(), "assignment_new", **rule_form(**change))
    assert page.status_code == 422
    assert said in page.content.decode()
    assert AssignmentRule.objects.count() == 1


def test_a_rule_is_changed_moved_and_removed(client: Client) -> None:
    manager, lead = bob(), alice()
    for name in ("One", "Two", "Three"):
        sent(client, manager, "assignment_new", **rule_form(name=name))
    three = AssignmentRule.objects.get(name="Three")
    sent(client, manager, "assignment", three.pk, act="up")
    assert list(AssignmentRule.objects.values_list("name", flat=True)) == ["One", "Three", "Two"]
    sent(client, manager, "assignment", three.pk, act="up")
    sent(client, manager, "assignment", three.pk, act="up")
    assert list(AssignmentRule.objects.values_list("name", flat=True)) == ["Three", "One", "Two"]
    change = rule_form(name="Three", duty="", people=[lead.pk], revision=1)
    assert sent(client, manager, "assignment", three.pk, **change).status_code == 302
    three.refresh_from_db()
    assert (three.assigns_by, three.duty, list(three.people.all())) == ("people", "", [lead])
    stale = sent(client, manager, "assignment", three.pk, **change)
    assert stale.status_code == 422
    assert "meanwhile" in stale.content.decode()
    sent(client, manager, "assignment", three.pk, act="drop")
    assert list(AssignmentRule.objects.values_list("name", flat=True)) == ["One", "Two"]
    assert sent(client, manager, "assignment", three.pk, act="drop").status_code == 404


def test_rules_are_for_those_who_keep_the_company(client: Client) -> None:
    made = AssignmentRule.objects.create(name="One", scope=scope("company"), assigns_by="duty", duty="x")
    for who in (alice(), bob("region:华东"), charlie()):
        assert sent(client, who, "assignment", made.pk, act="drop").status_code == 403
        assert sent(client, who, "assignment_new", **rule_form()).status_code == 403
        assert sent(client, who, "categories", act="add", name="x").status_code == 403
    assert AssignmentRule.objects.count() == 1


def test_nobody_is_said_where_nobody_would_get_one(client: Client) -> None:
    manager = bob("region:华北")
    category = Category.objects.get(code="price")
    text = seen(client, manager, area="region:华东", category=category.pk, severity=2).content.decode()
    assert "There is no area" in text or "Nobody" in text


def test_a_page_of_many_rules_asks_as_much_as_one_of_few(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for n in range(20):
        AssignmentRule.objects.create(
            name=f"Rule {n}", scope=scope(f"region:r{n}"), assigns_by="duty", duty="x", position=n
        )
    client.force_login(ada())
    with django_assert_max_num_queries(14):
        assert client.get(reverse("feedback:service")).status_code == 200


# -- Categories -------------------------------------------------------------------------------------


def test_categories_are_added_named_put_away_and_brought_back(client: Client) -> None:
    manager = bob()
    sent(client, manager, "categories", act="add", name="After-sales visit", name_zh="上门服务")
    made = Category.objects.get(code="after-sales-visit")
    assert made.position == 7
    sent(client, manager, "categories", act="save", category=made.pk, name="Visit", name_zh="上门")
    made.refresh_from_db()
    assert (made.code, made.name, made.name_zh) == ("after-sales-visit", "Visit", "上门")
    sent(client, manager, "categories", act="away", category=made.pk)
    made.refresh_from_db()
    assert made.archived_at is not None
    sent(client, manager, "categories", act="back", category=made.pk)
    made.refresh_from_db()
    assert made.archived_at is None


def test_the_last_category_and_a_name_that_is_taken_are_refused(client: Client) -> None:
    manager = bob()
    page = sent(client, manager, "categories", act="add", name="delivery")
    assert page.status_code == 422
    assert "another category called" in page.content.decode()
    last = Category.objects.get(code="other")
    for one in Category.objects.exclude(pk=last.pk):
        sent(client, manager, "categories", act="away", category=one.pk)
    page = sent(client, manager, "categories", act="away", category=last.pk)
    assert page.status_code == 422
    assert "stays in use" in page.content.decode()
    assert sent(client, manager, "categories", act="away", category="9" * 30).status_code == 404
