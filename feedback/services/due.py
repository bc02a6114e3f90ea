"""The clocks of complaints: by which terms they run, and when somebody must look next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from decisions.clocks import Clock
from decisions.selectors.rights import company_zone
from decisions.services.timing import AHEAD
from feedback import sla
from feedback.models import Complaint, FeedbackSettings, Pause, ServiceLevel, State
from feedback.selectors.settings import feedback_settings
from organization.selectors import exceptions_between

UNHEARD = timedelta(days=14)  # after she was asked whether it stayed solved
# What `set_clocks` may change.
CLOCKS = (
    "answer_warn_at", "answer_due_at", "answer_warned_at", "answer_breached_at",
    "solve_warn_at", "solve_due_at", "solve_warned_at", "solve_breached_at", "look_at",
)  # fmt: skip


@dataclass(slots=True)
class Timed:
    """What clocks need of a complaint, for whoever looks at thousands."""

    pk: int
    state: str
    severity: int
    level: int
    received_at: datetime
    reopened_at: datetime | None
    answered_at: datetime | None
    followed_up_at: datetime | None
    follow_up_at: datetime | None
    answer_warn_at: datetime | None
    answer_due_at: datetime | None
    answer_warned_at: datetime | None
    answer_breached_at: datetime | None
    solve_warn_at: datetime | None
    solve_due_at: datetime | None
    solve_warned_at: datetime | None
    solve_breached_at: datetime | None
    look_at: datetime | None


@dataclass(frozen=True)
class Terms:
    """What was agreed, read once for any number of complaints."""

    settings: FeedbackSettings
    levels: Mapping[int, ServiceLevel]
    hours: Clock

    @property
    def warn(self) -> float:
        return self.settings.warn_percent / 100


def terms(*, since: datetime, now: datetime) -> Terms:
    """Knows the calendar from `since` on. Four queries."""
    settings = feedback_settings()
    zone = company_zone()
    first = since.astimezone(zone).date() - timedelta(days=1)
    exceptions = exceptions_between(first, now.astimezone(zone).date() + AHEAD)
    hours = Clock(zone, exceptions, day_and_night=False, opens=settings.opens, closes=settings.closes)
    return Terms(settings, ServiceLevel.objects.in_bulk(), hours)


def pauses_of(complaint: Complaint) -> list[sla.Stretch]:
    return stretches(Pause.objects.filter(complaint=complaint))


def stretches(pauses: Iterable[Pause]) -> list[sla.Stretch]:
    return [sla.Stretch(pause.began_at, pause.ended_at) for pause in pauses]


def set_clocks(complaint: Complaint | Timed, pauses: Sequence[sla.Stretch], agreed: Terms) -> None:
    """Sets the clocks that run, and when to look next, on the row in hand; it is not saved.

    A clock that was moved beyond a warning or a breach warns or breaches again when its new time comes.
    """
    level = agreed.levels[complaint.severity]
    if complaint.state in Complaint.OPEN:
        if complaint.answered_at is None:
            due = sla.first_answer(
                complaint.received_at, timedelta(minutes=level.answer_minutes),
                timedelta(hours=level.answer_hours_at_most), agreed.warn, agreed.hours,
            )  # fmt: skip
            _set(complaint, "answer", due)
        begun = complaint.reopened_at or complaint.received_at
        due = sla.solution(begun, timedelta(minutes=level.solve_minutes), pauses, agreed.warn, agreed.hours)
        _set(complaint, "solve", due)
    complaint.look_at = next_look(complaint)


def _set(complaint: Complaint | Timed, clock: str, due: sla.Due) -> None:
    for at, done, moment in (
        ("warn_at", "warned_at", due.warn_at),
        ("due_at", "breached_at", due.due_at),
    ):
        setattr(complaint, f"{clock}_{at}", moment)
        was = getattr(complaint, f"{clock}_{done}")
        if was is not None and (moment is None or moment > was):
            setattr(complaint, f"{clock}_{done}", None)


def next_look(complaint: Complaint | Timed) -> datetime | None:
    """The next warning or breach, following up, or giving up to hear of it; None where nothing is left to wait for."""
    if complaint.state == State.SOLVED:
        if complaint.followed_up_at is None:
            return complaint.follow_up_at
        return complaint.followed_up_at + UNHEARD
    if complaint.state == State.CLOSED:
        return None
    steps = []
    if complaint.answered_at is None:
        steps += _steps(complaint, "answer")
    steps += _steps(complaint, "solve")
    return min(steps, default=None)


def _steps(complaint: Complaint | Timed, clock: str) -> list[datetime]:
    if getattr(complaint, f"{clock}_breached_at") is not None:
        return []
    warned = getattr(complaint, f"{clock}_warned_at") is not None
    found = [
        None if warned else getattr(complaint, f"{clock}_warn_at"),
        getattr(complaint, f"{clock}_due_at"),
    ]
    return [moment for moment in found if moment is not None]


def stop_answer(complaint: Complaint, agreed: Terms, now: datetime) -> bool:
    """The first answer was given. True where that was too late and nobody has noticed yet."""
    complaint.answered_at = now
    complaint.answer_minutes_taken = _minutes(agreed.hours.between(complaint.received_at, now))
    return _late(complaint, "answer", now)


def stop_solve(complaint: Complaint, pauses: Iterable[sla.Stretch], agreed: Terms, now: datetime) -> bool:
    """It was solved; no pause runs any more. True where that was too late and nobody has noticed yet."""
    complaint.solved_at = now
    begun = complaint.reopened_at or complaint.received_at
    complaint.solve_minutes_taken = _minutes(sla.elapsed(begun, now, pauses, agreed.hours))
    return _late(complaint, "solve", now)


def _minutes(span: timedelta) -> int:
    return max(0, span // timedelta(minutes=1))


def _late(complaint: Complaint, clock: str, now: datetime) -> bool:
    due = getattr(complaint, f"{clock}_due_at")
    if due is None or due >= now or getattr(complaint, f"{clock}_breached_at") is not None:
        return False
    setattr(complaint, f"{clock}_breached_at", now)
    return True
