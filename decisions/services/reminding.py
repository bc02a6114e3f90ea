"""Reminding who lets something wait: once when half of the time is over, once when all of it is. Then it goes up as well:
those of the next band may decide from then on.

Each reminder is claimed by a conditional update together with its mails, so that any number of beats and workers sends it
once.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Q

from decisions.kinds import kinds
from decisions.models import Step, StepState
from decisions.models.proposals import UNDECIDED
from decisions.selectors.rights import deciders_of, pending_steps, today_of
from decisions.services.telling import tell_deciders
from decisions.services.timing import ALL
from organization.services import record

log = structlog.get_logger(__name__)
BATCH = 50


def remind_next(*, now: datetime, limit: int = BATCH) -> int:
    """Reminds of some steps whose moment has come; returns how many it claimed. Call it until nothing is left."""
    due = pending_steps().filter(_known(), state=StepState.WAITING, remind_at__lte=now)
    claimed = 0
    for step in due.order_by("remind_at", "pk")[:limit]:
        try:
            claimed += _remind(step, now)
        except Exception:  # a fault of ours about one must not keep the others waiting
            log.exception("reminder_broke", step=step.pk)
    return claimed


def reminders_due(*, now: datetime) -> bool:
    return Step.objects.filter(
        _known(), remind_at__lte=now, state=StepState.WAITING, proposal__state__in=UNDECIDED
    ).exists()


def _known() -> Q:
    return Q(proposal__kind__in=[kind.code for kind in kinds()])


@transaction.atomic
def _remind(step: Step, now: datetime) -> bool:
    """False where another was quicker. After long silence only the last reminder goes out: it says all."""
    late = step.due_at is not None and step.due_at <= now
    done = ALL if late else step.reminders + 1
    claimed = Step.objects.filter(
        pk=step.pk, state=StepState.WAITING, remind_at=step.remind_at, reminders=step.reminders
    ).update(reminders=done, remind_at=None if done >= ALL else step.due_at)
    if claimed:
        tell_deciders(step=step, why="overdue" if late else "half", as_of=now)
        if late:
            _raise(step, now)
    return bool(claimed)


def _raise(step: Step, now: datetime) -> None:
    """Once; where the next band has nobody, it stays where it is."""
    told = deciders_of(step, today_of(now), raised=True)
    if step.raised_at is not None or not told:
        return
    Step.objects.filter(pk=step.pk).update(raised_at=now)
    proposal = step.proposal
    record(
        action="proposal.raise", subject=proposal.scope.key, person=None, kind=proposal.kind,
        subject_id=proposal.subject_id, proposal=proposal.pk, to=step.up_duty or step.up_role,
    )  # fmt: skip
    tell_deciders(step=step, why="raised", as_of=now)
