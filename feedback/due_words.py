"""How much time a complaint has left, as a light and in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import formats
from feedback.models import Complaint, State


@dataclass(frozen=True)
class Left:
    """`light`: green in time, yellow warned of, red over, grey where no clock runs. `what` names the clock."""

    light: str
    words: str
    what: str = ""
    due_at: datetime | None = None


def language() -> str:
    return get_language() or "en"


def time_left(complaint: Complaint, *, now: datetime) -> Left:
    """Of the clock that is over first. By the calendar, as everybody reads a wall clock."""
    if complaint.state == State.CLOSED:
        return Left("grey", _("Confirmed"))
    if complaint.state == State.SOLVED:
        return Left("grey", _("Solved"))
    answer = complaint.answer_due_at if complaint.answered_at is None else None
    solve = complaint.solve_due_at
    if answer is not None and (solve is None or answer <= solve):
        return clock_left(answer, complaint.answer_warn_at, _("First answer"), now=now)
    if solve is not None:
        return clock_left(solve, complaint.solve_warn_at, _("Solution"), now=now)
    if complaint.solve_breached_at is not None:
        return Left("red", _("Out of time"), _("Solution"))
    if complaint.state == State.WAITING:
        return Left("grey", _("Waits for the customer"))
    return Left("grey", _("No clock runs"))


def clock_left(due: datetime, warn: datetime | None, what: str, *, now: datetime) -> Left:
    if due <= now:
        over = formats.rough(int((now - due).total_seconds()), language())
        return Left("red", _("%(time)s over") % {"time": over}, what, due)
    left = formats.rough(int((due - now).total_seconds()), language())
    light = "yellow" if warn is not None and warn <= now else "green"
    return Left(light, _("%(time)s left") % {"time": left}, what, due)


def working(minutes: float | None) -> str:
    """Working minutes: 45 min, 3 h 20 min, 21 h."""
    if minutes is None:
        return formats.NO_VALUE
    return formats.rough(round(minutes) * 60, language(), days=False)
