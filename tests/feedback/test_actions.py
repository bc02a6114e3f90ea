from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.secrets import unseal
from decisions.models import Task, TaskState
from decisions.services import complete_task
from feedback.effect import Verdict
from feedback.models import Cause, FeedbackAction, Topic
from feedback.selectors.actions import rows_of
from feedback.services.actions import ActionRefused, begin_action, finish_action
from feedback.services.topic_counts import run_topics
from organization.jobs import Progress
from organization.models import AccountMail, AuditEntry, Job, Person
from tests.feedback.made import a_comment, a_complaint
from tests.people import ada, alice, bob, charlie, person, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]

NOW = datetime(2026, 8, 3, 8, tzinfo=UTC)
BEGUN = date(2026, 8, 3)


def browser(who: Person) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def of(name: str = "Delivery") -> Topic:
    return Topic.objects.get(name=name)


def begun(**more: Any) -> FeedbackAction:
    said: dict[str, Any] = {
        "topic": of(), "scope": scope("region:华东"), "title": "Another courier", "owner": alice(),
        "due_on": date(2026, 9, 1), "person": bob(), "now": NOW, **more,
    }  # fmt: skip
    if said.get("cause"):
        said["topic"] = None
    return begin_action(**said)


def read(now: datetime = NOW + timedelta(days=100)) -> None:
    run_topics(Job(kind="feedback.topics", started_at=now), Progress())


def test_bob_begins_an_action_and_alice_has_a_task_and_a_mail() -> None:
    made = begun()
    assert begun().pk == made.pk  # a double click
    task = Task.objects.get()
    assert (task.kind, task.subject_id, task.assigned_to, task.due_on) == (
        "feedback.action",
        made.pk,
        alice(),
        made.due_on,
    )
    mail = AccountMail.objects.get()
    assert mail.person == alice()
    said = "".join(json.loads(unseal(mail.sealed)))
    assert "Another courier" in said
    assert "Delivery" in said
    assert AuditEntry.objects.filter(action="feedback.action_begin").count() == 1
    assert "Another courier" in browser(alice()).get(reverse("decisions:inbox")).content.decode()


def test_who_owns_it_herself_gets_no_mail() -> None:
    begun(person=alice())
    assert not AccountMail.objects.exists()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"due_on": date(2026, 8, 2)}, "due_on"),
        ({"scope": "region:华北"}, "owner"),  # Alice does not see it
        ({"scope": "team:East"}, "area"),
        ({"topic": None}, ""),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_place(more: dict[str, Any], field: str) -> None:
    if isinstance(more.get("scope"), str):
        more = {**more, "scope": scope(more["scope"])}
    with pytest.raises(ActionRefused) as refused:
        begun(**more)
    assert refused.value.field == field
    assert not FeedbackAction.objects.exists()


def test_who_handles_no_complaints_there_begins_nothing() -> None:
    for who in (charlie(), alice("region:华北") and person("Lee", "lead", "region:华北")):
        with pytest.raises(PermissionDenied):
            begun(person=who)


def test_its_owner_or_who_leads_the_area_ends_it_with_a_result() -> None:
    made = begun()
    with pytest.raises(PermissionDenied):
        finish_action(action=made, result="Done.", person=charlie(), now=NOW)
    with pytest.raises(ActionRefused):
        finish_action(action=made, result=" ", person=alice(), now=NOW)
    ended = finish_action(action=made, result="A new courier drives.", person=alice(), now=NOW)
    assert (ended.ended_on, ended.result) == (BEGUN, "A new courier drives.")
    task = Task.objects.get()
    assert (task.state, task.note) == (TaskState.DONE, "A new courier drives.")
    again = finish_action(action=made, result="Otherwise.", person=bob(), now=NOW)
    assert again.result == "A new courier drives."


def test_a_task_that_was_ticked_asks_what_came_of_it() -> None:
    made = begun()
    complete_task(task=Task.objects.get(), person=alice(), as_of=NOW)
    assert rows_of([FeedbackAction.objects.get()], today=BEGUN)[0].task_done
    text = browser(alice()).get(reverse("feedback:action", args=[made.pk])).content.decode()
    assert "Say what came of it." in text


def moving_comments() -> None:
    """In 华东 from 5 to 8; in 华北, and long before, otherwise."""
    for at in range(40):
        back, on = BEGUN - timedelta(days=1 + at), BEGUN + timedelta(days=1 + at)
        a_comment("快递", 4 + at % 3, day=back, region="华东/上海")
        a_comment("物流", 7 + at % 3, day=on, region="华东")
        a_comment("快递", 0, day=on, region="华北")
    a_comment("快递", 0, day=BEGUN - timedelta(days=91), region="华东")
    a_comment("快递", 0, day=BEGUN, region="华东")
    a_comment("快递", 0, day=BEGUN + timedelta(days=91), region="华东")
    a_comment("价格", 0, day=BEGUN + timedelta(days=1), region="华东")
    a_comment("快递", None, day=BEGUN + timedelta(days=1), region="华东", csat=1)


def test_scores_before_and_since_stand_side_by_side_and_nothing_is_said_to_be_the_cause() -> None:
    made = begun()
    moving_comments()
    read()
    row = rows_of([made], today=BEGUN + timedelta(days=100))[0]
    assert row.effect.verdict == Verdict.APART
    assert (row.effect.before.count, row.effect.after.count, row.days) == (40, 40, 90)
    text = " ".join(browser(alice()).get(reverse("feedback:action", args=[made.pk])).content.decode().split())
    assert "The score moved from 5.0 (n=40) to 8.0 (n=40); the intervals do not overlap." in text
    assert "because" not in text.casefold()
    assert "The score moved from 5.0" in browser(charlie()).get(reverse("feedback:actions")).content.decode()


def test_of_few_scores_nothing_is_said() -> None:
    made = begun()
    moving_comments()
    read()
    row = rows_of([made], today=BEGUN + timedelta(days=20))[0]
    assert row.effect.verdict == Verdict.TOO_FEW
    assert row.effect.after.count == 19  # today is not over


def test_complaints_of_a_cause_and_what_lies_below_it_are_counted_to_thirty_days() -> None:
    top = Cause.objects.create(name="Courier", depth=1)
    deeper = Cause.objects.create(name="No drivers", depth=2, parent=top)
    other = Cause.objects.create(name="Box", depth=1)
    made = begun(cause=top)
    for at in range(30):
        day = BEGUN - timedelta(days=1 + at * 2)
        a_complaint(area="region:华东/上海", day=day, cause=deeper if at % 2 else top)
        a_complaint(area="region:华北", day=day, cause=top)
        a_complaint(area="region:华东", day=day, cause=other)
    for at in range(4):
        a_complaint(area="region:华东+channel:抖音", day=BEGUN + timedelta(days=1 + at), cause=deeper)
    row = rows_of([made], today=BEGUN + timedelta(days=60))[0]
    assert (row.effect.before.count, row.effect.after.count, row.days) == (30, 4, 60)
    assert row.effect.verdict == Verdict.APART
    assert row.effect.before.value == pytest.approx(10)
    assert row.effect.after.value == pytest.approx(2)
    early = rows_of([made], today=BEGUN + timedelta(days=5))[0]
    assert early.effect.verdict == Verdict.TOO_FEW
    assert rows_of([made], today=BEGUN)[0].effect.after.value is None


def test_the_list_asks_the_same_however_many_actions_there_are(django_assert_max_num_queries: Any) -> None:
    cause = Cause.objects.create(name="Courier", depth=1)
    for at in range(6):
        begun(title=f"Action {at}")
        begun(title=f"Cause {at}", cause=cause)
    client = browser(charlie())
    client.get(reverse("feedback:actions"))
    with django_assert_max_num_queries(22):
        text = client.get(reverse("feedback:actions")).content.decode()
    assert "12 actions go on." in text
    assert "Begin an action" not in text


def test_actions_of_other_areas_are_not_found() -> None:
    made = begun(scope=scope("region:华北"), owner=bob())
    asked = browser(alice())
    assert asked.get(reverse("feedback:action", args=[made.pk])).status_code == 404
    assert asked.post(reverse("feedback:action", args=[made.pk]), {"result": "x"}).status_code == 404
    assert "Another courier" not in asked.get(reverse("feedback:actions")).content.decode()
    assert (
        browser(charlie()).post(reverse("feedback:action", args=[made.pk]), {"result": "x"}).status_code
        == 403
    )


def test_alice_begins_an_action_on_the_page_of_a_topic() -> None:
    client, today = browser(alice()), timezone.localdate()
    url = reverse("feedback:action_new") + f"?topic={of().pk}&area=region:华东"
    assert client.get(url).status_code == 200
    ada()
    said = {
        "topic": of().pk,
        "title": "Call the courier",
        "area": "region:华东",
        "owner": alice().pk,
        "due_on": today,
    }
    assert client.post(url, {**said, "area": "region:华北"}).status_code == 422
    assert client.post(url, {**said, "title": ""}).status_code == 422
    done = client.post(url, said)
    made = FeedbackAction.objects.get()
    assert done["Location"] == reverse("feedback:action", args=[made.pk])
    ended = client.post(done["Location"], {"result": "Called."}, follow=True).content.decode()
    assert "Called." in ended
    assert "Call the courier" in client.get(reverse("feedback:actions"), {"shown": "over"}).content.decode()
    assert "Call the courier" in client.get(reverse("feedback:topic", args=[of().pk])).content.decode()
