"""The clock of a step: it starts when the step's turn comes, stands still while the author is asked, and goes on."""

from __future__ import annotations

from datetime import datetime, timedelta

from decisions.clocks import Clock
from decisions.models import Step, StepState
from decisions.selectors.rights import company_zone
from organization.selectors import exceptions_between

ALL = 2  # reminders of a step: at half its time, and when it is over
AHEAD = timedelta(days=800)  # farther than any clock runs


def begin(*, step: Step, as_of: datetime) -> None:
    """Its turn has come."""
    span = timedelta(hours=step.hours)
    clock = clock_of(step, as_of)
    step.state = StepState.WAITING
    step.due_at = clock.after(as_of, span)
    step.remind_at = clock.after(as_of, span / 2)
    step.save(update_fields=["state", "due_at", "remind_at"])


def go_on(*, step: Step, as_of: datetime) -> None:
    """The time that was left when the question was asked is left now, or none."""
    assert step.asked_at is not None
    assert step.due_at is not None
    clock = clock_of(step, min(step.asked_at, step.due_at))
    left = clock.between(step.asked_at, step.due_at)
    step.state, step.asked_at = StepState.WAITING, None
    if left > timedelta(0):
        step.due_at = clock.after(as_of, left)
        step.remind_at = clock.after(as_of, left / 2) if step.reminders == 0 else step.due_at
    elif step.reminders < ALL:  # it was over before: that alone is left to say
        step.remind_at, step.reminders = as_of, ALL - 1
    step.save(update_fields=["state", "asked_at", "due_at", "remind_at", "reminders"])


def clock_of(step: Step, since: datetime) -> Clock:
    """The clock by which the step runs; knows the calendar from `since` on."""
    zone = company_zone()
    first = since.astimezone(zone).date() - timedelta(days=1)
    return Clock(zone, exceptions_between(first, first + AHEAD), step.proposal.urgent)
