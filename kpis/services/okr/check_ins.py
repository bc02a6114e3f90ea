"""Weekly check-ins, and milestones that are reached."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kpis import okr
from kpis.models.okr import CheckIn, How, KeyResult, Milestone, ObjectiveState
from kpis.selectors.okr.stands import gather, stand_of
from kpis.services.okr.checks import check_amount, check_running
from kpis.services.okr.errors import ObjectiveRefused
from kpis.services.okr.key_results import PLACES, held
from kpis.services.okr.todo import finish_asking
from organization.models import Person
from organization.services import record

LONGEST_NOTE = 1000


@transaction.atomic
def check_in(
    *,
    key_result: KeyResult,
    value: Decimal | None,
    confidence: int,
    note: str,
    person: Person | None,
    today: date,
    now: datetime,
) -> CheckIn:
    """What she says of this week. A second one of the week replaces the first, which is kept; the same again is none.

    `value` counts for what is checked in by hand; a figure and milestones say their own. Raises ObjectiveRefused.
    """
    key_result = held(key_result)
    _check_open(key_result, today)
    if not 0 <= confidence <= 10:
        raise ObjectiveRefused(_("Confidence goes from 0 to 10."), "confidence")
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise ObjectiveRefused(_("At most %(n)s characters.") % {"n": LONGEST_NOTE}, "note")
    if key_result.how == How.MANUAL:
        if value is None:
            raise ObjectiveRefused(_("Say where it stands now."), "value")
        check_amount(value, "value")
        value = round(value, PLACES)
    else:
        value = stand_of(key_result, gather([key_result]), today=today).value
    week = okr.week_of(today)
    before = CheckIn.objects.filter(key_result=key_result, week=week, superseded_at__isnull=True).first()
    if before is not None and (before.value, before.confidence, before.note) == (value, confidence, note):
        return before
    if before is not None:
        before.superseded_at = now
        before.save(update_fields=["superseded_at"])
    made = CheckIn.objects.create(
        key_result=key_result,
        week=week,
        version=before.version + 1 if before is not None else 1,
        value=value,
        confidence=confidence,
        note=note,
        by=person,
        at=now,
    )
    finish_asking(key_result=key_result, now=now)
    record(
        action="key_result.check_in",
        subject=key_result.title,
        person=person,
        old=_described(before) if before is not None else {},
        new=_described(made),
    )
    return made


@transaction.atomic
def tick_milestone(
    *, milestone: Milestone, done: bool, person: Person | None, today: date, now: datetime
) -> Milestone:
    """It is reached, or it is not after all. Twice is once. Raises ObjectiveRefused."""
    key_result = held(milestone.key_result)
    _check_open(key_result, today)
    milestone = Milestone.objects.select_for_update(no_key=True).get(pk=milestone.pk)
    if (milestone.done_at is not None) == done:
        return milestone
    milestone.done_at = now if done else None
    milestone.done_by = person if done else None
    milestone.save(update_fields=["done_at", "done_by"])
    record(
        action="milestone.reach" if done else "milestone.undo",
        subject=f"{key_result.title}: {milestone.title}",
        person=person,
    )
    return milestone


def _check_open(key_result: KeyResult, today: date) -> None:
    """Raises ObjectiveRefused where nothing can be said of it now."""
    objective = key_result.objective
    check_running(objective, today=today)
    if key_result.removed_at is not None:
        raise ObjectiveRefused(_("This key result was removed meanwhile."))
    if objective.state == ObjectiveState.DRAFT:
        raise ObjectiveRefused(_("The objective is still a draft. Begin it first."))
    if today < objective.start:
        raise ObjectiveRefused(_("Its quarter has not begun yet."))


def _described(one: CheckIn) -> dict[str, Any]:
    value = None if one.value is None else f"{Decimal(one.value).normalize():f}"
    return {"value": value, "confidence": one.confidence, "note": one.note}
