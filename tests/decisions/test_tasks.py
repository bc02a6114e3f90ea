"""Tasks: opened once, whose they are, done, dropped, handed over; comments; and what becomes of all when somebody leaves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from decisions.models import Comment, Delegation, Task
from decisions.selectors import inbox
from decisions.services import Settled, add_comment, complete_task, hand_over_task
from decisions.services.approvals import delegate, end_delegation
from organization.history import lines
from organization.models import AuditEntry, Person, Responsibility
from organization.services import Refused
from organization.services.leaving import deactivate_person
from tests.decisions.plans import PLAN, WEDNESDAY, task
from tests.people import ada, alice, bob, charlie, mallory, node, person, scope

pytestmark = pytest.mark.django_db


def responsible(whom: Person, area: str) -> None:
    Responsibility.objects.create(scope=scope(area), person=whom, first_day=date(2026, 1, 1))


def tasks_of(whom: Person) -> list[str]:
    return [row.task.scope.key for row in inbox(whom, as_of=WEDNESDAY).tasks]


def test_a_task_is_opened_once_for_what_it_is_for() -> None:
    first = task()
    assert task().pk == first.pk
    complete_task(task=first, person=None, as_of=WEDNESDAY)
    assert task().pk == first.pk
    assert Task.objects.get().state == "done"
    assert AuditEntry.objects.filter(action="task.open").count() == 1


def test_a_task_without_a_name_is_whoevers_area_it_is_and_the_nearest_one() -> None:
    lead, near = alice(), person("Nora", "lead", "region:华东/上海")
    responsible(lead, "region:华东")
    responsible(near, "region:华东/上海")
    for area in ("region:华东/上海", "region:华东/杭州", "region:华北"):
        task(area, opened_for=area)
    assert tasks_of(lead) == ["region:华东/杭州"]
    assert tasks_of(near) == ["region:华东/上海"]
    assert tasks_of(bob()) == []


def test_a_task_of_a_teams_area_is_the_teams_peoples() -> None:
    lead = person("Tess", "lead", "company")
    team = node("team:live")
    Responsibility.objects.create(scope=scope("channel:live"), team=team, first_day=date(2026, 1, 1))
    responsible(lead, "team:live")
    task("channel:live")
    assert tasks_of(lead) == ["channel:live"]


def test_a_responsibility_that_is_over_brings_no_task() -> None:
    lead = alice()
    Responsibility.objects.create(
        scope=scope("region:华东"), person=lead, first_day=date(2026, 1, 1), last_day=date(2026, 11, 17)
    )
    task()
    assert tasks_of(lead) == []


def test_a_task_by_name_is_hers_alone_and_only_where_she_sees_the_area() -> None:
    task(whose=charlie(), opened_for="one")
    task(whose=mallory(), opened_for="other")
    assert tasks_of(charlie()) == ["region:华东"]
    assert tasks_of(mallory()) == []


def test_tasks_are_finished_by_whose_they_are_and_by_who_leads_the_area() -> None:
    for who, opened_for in ((charlie(), "hers"), (alice(), "leads"), (bob(), "manages")):
        one = task(whose=charlie(), opened_for=opened_for)
        done = complete_task(task=one, person=who, note="Looked.", as_of=WEDNESDAY)
        assert (done.state, done.done_by, done.note) == ("done", who, "Looked.")
    with pytest.raises(PermissionDenied):
        complete_task(task=task(opened_for="x"), person=charlie(), as_of=WEDNESDAY)
    with pytest.raises(PermissionDenied):
        complete_task(task=task(whose=mallory(), opened_for="y"), person=mallory(), as_of=WEDNESDAY)


def test_a_task_goes_to_somebody_who_sees_the_area() -> None:
    one = task(whose=alice())
    with pytest.raises(Refused, match="Mallory cannot see"):
        hand_over_task(task=one, to=mallory(), person=alice(), as_of=WEDNESDAY)
    assert hand_over_task(task=one, to=charlie(), person=alice(), as_of=WEDNESDAY).assigned_to == charlie()
    complete_task(task=one, person=charlie(), dropped=True, as_of=WEDNESDAY)
    with pytest.raises(Settled):
        hand_over_task(task=one, to=bob(), person=alice(), as_of=WEDNESDAY)


def test_who_only_looks_says_nothing_and_nothing_is_no_comment() -> None:
    place = scope("region:华东")
    common = {"kind": PLAN, "subject_id": place.pk, "scope": place}
    add_comment(**common, text=" Well done. ", person=alice())  # type: ignore[arg-type]
    with pytest.raises(PermissionDenied):
        add_comment(**common, text="Hm.", person=charlie())  # type: ignore[arg-type]
    with pytest.raises(Refused, match="Write something"):
        add_comment(**common, text=" \n", person=alice())  # type: ignore[arg-type]
    assert Comment.objects.get().text == "Well done."


def test_when_somebody_leaves_her_tasks_go_to_another_and_nobody_is_decided_for_by_her() -> None:
    admin, leaver, taker = ada(), alice(), charlie()
    task(whose=leaver)
    today = timezone.localdate()
    Delegation.objects.create(
        from_person=bob(),
        to_person=leaver,
        first_day=today - timedelta(days=3),
        last_day=today + timedelta(days=3),
    )
    deactivate_person(
        whom=leaver, to={"tasks": taker, "stand_ins": None}, person=admin, now=datetime.now(UTC)
    )
    assert Task.objects.get().assigned_to == taker
    assert Delegation.objects.get().last_day == today - timedelta(days=1)


def test_what_she_leaves_to_nobody_becomes_the_areas_task_again() -> None:
    task(whose=alice())
    deactivate_person(whom=alice(), to={"tasks": None}, person=ada(), now=datetime.now(UTC))
    assert Task.objects.get().assigned_to is None


@pytest.mark.parametrize(
    ("days", "said"),
    [((0, -1), "before the first"), ((-3, -1), "over already"), ((0, 400), "At most a year")],
)
def test_standing_in_has_days_that_make_sense(days: tuple[int, int], said: str) -> None:
    first, last = (WEDNESDAY.date() + timedelta(days=day) for day in days)
    with pytest.raises(Refused, match=said):
        delegate(to=charlie(), first_day=first, last_day=last, scope=None, person=bob(), as_of=WEDNESDAY)
    with pytest.raises(Refused, match="somebody else"):
        delegate(
            to=bob(), first_day=WEDNESDAY.date(), last_day=WEDNESDAY.date(), scope=None, person=bob(),
            as_of=WEDNESDAY,
        )  # fmt: skip


def test_standing_in_ends_at_once() -> None:
    manager, today = bob(), WEDNESDAY.date()
    for first in (today - timedelta(days=2), today, today + timedelta(days=2)):
        made = delegate(
            to=charlie(), first_day=first, last_day=today + timedelta(days=9), scope=None, person=manager,
            as_of=WEDNESDAY,
        )  # fmt: skip
        end_delegation(delegation=made, person=manager, as_of=WEDNESDAY)
    assert not Delegation.objects.filter(last_day__gte=today).exists()
    assert AuditEntry.objects.filter(action="delegation.end").count() == 3


def test_the_history_names_the_subject_and_the_task() -> None:
    complete_task(task=task(), person=alice(), as_of=WEDNESDAY)
    line = lines(AuditEntry.objects.filter(action="task.done"))[0]
    assert (line.subject, line.action) == ("Plan: Plan of 华东", "Task · finished")
    assert ("Task", "Look at the plan") in line.details
