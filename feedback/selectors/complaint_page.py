"""One complaint with all that is shown beside it. A bounded number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from customers.selectors.people import MaskedContact, masked_contacts
from feedback import sla
from feedback.due_words import Left, clock_left
from feedback.models import Cause, Complaint, ComplaintEvent, State
from feedback.selectors.complaints import WITH_SCOPE, handled_by
from feedback.services.due import Terms, pauses_of, terms
from organization.gate import Action, roles_for
from organization.models import Grant, Person, Scope
from organization.selectors import at_or_above

REPEATS = 5


@dataclass(frozen=True)
class ClockBar:
    """`used` is the share of the time that is over, of 1; more where it took too long. `paused` stands still."""

    name: str
    used: float
    warn: float
    spent: int  # working minutes
    of: int
    left: Left
    done_at: datetime | None
    paused: bool
    late: bool


@dataclass(frozen=True)
class ComplaintPage:
    complaint: Complaint
    clocks: tuple[ClockBar, ...]
    contact: MaskedContact | None
    others: tuple[Complaint, ...]  # of the same customer, the newest first
    events: tuple[ComplaintEvent, ...]
    path: tuple[Cause, ...]  # from the first why to the last

    @property
    def is_open(self) -> bool:
        return self.complaint.state in Complaint.OPEN


def complaint_page(person: Person, complaint: Complaint, *, now: datetime) -> ComplaintPage:
    contact: MaskedContact | None = None
    others: tuple[Complaint, ...] = ()
    if complaint.customer_id is not None:
        contact = masked_contacts([complaint.customer_id]).get(complaint.customer_id)
        same = handled_by(person).filter(customer=complaint.customer_id).exclude(pk=complaint.pk)
        others = tuple(same.select_related("category", *WITH_SCOPE).order_by("-received_at", "-pk")[:REPEATS])
    events = ComplaintEvent.objects.filter(complaint=complaint).select_related("person").order_by("pk")
    agreed = terms(since=complaint.received_at, now=now)
    return ComplaintPage(
        complaint=complaint,
        clocks=(_answer(complaint, agreed, now), _solution(complaint, agreed, now)),
        contact=contact,
        others=others,
        events=tuple(events),
        path=path_of(complaint.cause),
    )


def path_of(cause: Cause | None) -> tuple[Cause, ...]:
    """At most one query a level."""
    found: list[Cause] = []
    while cause is not None:
        found.insert(0, cause)
        cause = cause.parent
    return tuple(found)


def who_handles(scope: Scope) -> list[Person]:
    """Whom a complaint of this area may be given to. One query."""
    granted = Grant.objects.filter(at_or_above(scope), role__in=roles_for(Action.HANDLE_COMPLAINTS))
    able = Q(pk__in=granted.values("person")) | Q(is_superuser=True)
    return list(Person.objects.filter(able, is_active=True).order_by("display_name", "username"))


def _answer(complaint: Complaint, agreed: Terms, now: datetime) -> ClockBar:
    """By working time, and by the calendar where that is over first."""
    level = agreed.levels[complaint.severity]
    until = complaint.answered_at or now
    spent = sla.elapsed(complaint.received_at, until, (), agreed.hours)
    used = max(
        spent / timedelta(minutes=level.answer_minutes),
        (until - complaint.received_at) / timedelta(hours=level.answer_hours_at_most),
    )
    due, warn = complaint.answer_due_at, complaint.answer_warn_at
    name = _("First answer")
    return ClockBar(
        name=name,
        used=used,
        warn=agreed.warn,
        spent=spent // timedelta(minutes=1),
        of=level.answer_minutes,
        left=clock_left(due, warn, name, now=until) if due is not None else Left("grey", _("No clock runs")),
        done_at=complaint.answered_at,
        paused=False,
        late=complaint.answer_breached_at is not None,
    )


def _solution(complaint: Complaint, agreed: Terms, now: datetime) -> ClockBar:
    level = agreed.levels[complaint.severity]
    until = complaint.solved_at or now
    begun = complaint.reopened_at or complaint.received_at
    stretches: Sequence[sla.Stretch] = pauses_of(complaint)
    spent = sla.elapsed(begun, until, stretches, agreed.hours)
    due, warn = complaint.solve_due_at, complaint.solve_warn_at
    waiting = complaint.state == State.WAITING
    name = _("Solution")
    if waiting:
        left = Left("grey", _("Stands still: the customer is waited for"), name)
    elif due is not None:
        left = clock_left(due, warn, name, now=until)
    else:
        left = Left("grey", _("No clock runs"))
    return ClockBar(
        name=name,
        used=spent / timedelta(minutes=level.solve_minutes),
        warn=agreed.warn,
        spent=spent // timedelta(minutes=1),
        of=level.solve_minutes,
        left=left,
        done_at=complaint.solved_at,
        paused=waiting,
        late=complaint.solve_breached_at is not None,
    )
