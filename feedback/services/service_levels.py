"""By which hours and terms complaints are answered, and from which score answers become complaints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from common.queueing import enqueue
from feedback.models import FeedbackSettings, ServiceLevel, Severity
from organization.gate import Action, can
from organization.models import Person
from organization.services import Refused, record

TASK = "feedback.tasks.look_at_complaints"
# How high each may go; all are at least 1, but for the score.
MOST = {
    "warn_percent": 99, "follow_up_days": 365, "repeat_days": 730, "complaint_up_to": 10,
    "answer_minutes": 60 * 24 * 10, "answer_hours_at_most": 24 * 60, "solve_minutes": 60 * 24 * 90,
}  # fmt: skip
LEVEL = ("answer_minutes", "answer_hours_at_most", "solve_minutes")
PLAIN = (
    "opens", "closes", "warn_percent", "follow_up_days", "repeat_days", "complaints_from_answers",
    "complaint_up_to",
)  # fmt: skip


@dataclass(frozen=True)
class LevelDraft:
    """Working minutes, and hours by the calendar."""

    answer_minutes: int
    answer_hours_at_most: int
    solve_minutes: int


@dataclass(frozen=True)
class ServiceDraft:
    opens: time
    closes: time
    warn_percent: int
    follow_up_days: int
    repeat_days: int
    complaints_from_answers: bool
    complaint_up_to: int
    levels: Mapping[int, LevelDraft]


class ServiceMoved(Refused):
    """Somebody else saved them first; nothing was written."""


@transaction.atomic
def set_service(*, draft: ServiceDraft, based_on: int, person: Person) -> FeedbackSettings:
    """Saves them; the clocks of all open complaints follow a moment later.

    `based_on` is the revision that was on screen. Raises Refused before anything is written, ServiceMoved where
    somebody else saved meanwhile, PermissionDenied where she may not.
    """
    if not can(person, Action.KEEP_SURVEYS):
        raise PermissionDenied
    _check(draft)
    row = FeedbackSettings.objects.select_for_update().get(pk=1)
    levels = ServiceLevel.objects.select_for_update().in_bulk()
    before = {name: getattr(row, name) for name in PLAIN} | {
        f"{Severity(pk).name.lower()} {name}": getattr(level, name)
        for pk, level in levels.items()
        for name in LEVEL
    }
    wanted = {name: getattr(draft, name) for name in PLAIN} | {
        f"{Severity(pk).name.lower()} {name}": getattr(level, name)
        for pk, level in draft.levels.items()
        for name in LEVEL
    }
    changed = [name for name in wanted if before.get(name) != wanted[name]]
    if not changed:
        return row
    if row.revision != based_on:
        raise ServiceMoved(
            _("Somebody has saved other service levels meanwhile. Look at them, and save yours again.")
        )
    for name in PLAIN:
        setattr(row, name, getattr(draft, name))
    row.revision += 1
    row.save(update_fields=[*PLAIN, "revision"])
    for pk, level in draft.levels.items():
        ServiceLevel.objects.update_or_create(
            severity=pk, defaults={name: getattr(level, name) for name in LEVEL}
        )
    record(
        action="feedback.service", subject="", person=person,
        before={name: str(before.get(name)) for name in changed},
        after={name: str(wanted[name]) for name in changed},
    )  # fmt: skip
    enqueue(TASK)
    return row


def _check(draft: ServiceDraft) -> None:
    if draft.opens >= draft.closes:
        raise Refused(_("The working day ends after it begins."))
    for name in ("warn_percent", "follow_up_days", "repeat_days"):
        if not 1 <= getattr(draft, name) <= MOST[name]:
            raise Refused(_("A number lies outside of what can be."))
    if not 0 <= draft.complaint_up_to <= MOST["complaint_up_to"]:
        raise Refused(_("A score is 0 to 10."))
    if set(draft.levels) != set(Severity.values):
        raise Refused(_("Say how soon, for every severity."))
    for level in draft.levels.values():
        if any(not 1 <= getattr(level, name) <= MOST[name] for name in LEVEL):
            raise Refused(_("A time lies outside of what can be."))
