"""The queue of complaints: which ones, what is due first, and how many wait in each view.

Pages follow each other by what the last row was, not by number: a queue moves while it is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Left as Begin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.masking import mask_text
from customers.selectors.people import customer_label, masked_contacts
from feedback.due_words import Left, time_left
from feedback.models import Category, Complaint, State
from feedback.models.complaints import next_due
from feedback.selectors.complaints import SCOPE_COLUMNS, WITH_SCOPE, handled_by
from organization.gate import rows_of_area
from organization.models import Person, Scope

ON_A_PAGE = 50
BEGINNING = 200  # letters of the text
WORDS = 6
FOUND = 2000  # the newest, where words are common
CHUNK = 500


class View(StrEnum):
    MINE = "mine"
    UNASSIGNED = "unassigned"
    OPEN = "open"
    WAITING = "waiting"
    BREACHED = "breached"
    SOLVED = "solved"


VIEWS = {
    View.MINE: pgettext_lazy("complaints", "Mine"),
    View.UNASSIGNED: _("Nobody's"),
    View.OPEN: _("All open"),
    View.WAITING: _("Waiting"),
    View.BREACHED: _("Out of time"),
    View.SOLVED: _("Solved"),
}


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see. `after` is the last row of the page before, as `QueuePage.after` gave it."""

    view: View = View.MINE
    words: str = ""
    category: Category | None = None
    severity: int | None = None
    assignee: Person | None = None
    area: Scope | None = None
    cause: int | None = None
    after: str = ""

    @property
    def narrowed(self) -> bool:
        return any((self.words, self.category, self.severity, self.assignee, self.area, self.cause))


@dataclass(frozen=True)
class QueueRow:
    complaint: Complaint
    beginning: str  # of the text, numbers and addresses in it masked
    customer: str
    left: Left
    hers: bool


@dataclass(frozen=True)
class QueuePage:
    rows: tuple[QueueRow, ...]
    counts: dict[View, int]
    after: str  # "" where nothing comes after


def queue_page(person: Person, asked: Asked, *, now: datetime) -> QueuePage:
    """Seven queries at most, and one more for an area. The index finds which ones, and only these are read whole."""
    narrowed = _narrowed(handled_by(person), asked)
    found = _after(_ordered(_of_view(narrowed, asked.view, person, now), asked.view), asked)
    keys = list(found.values_list("pk", flat=True)[: ON_A_PAGE + 1])
    by_key = _whole(Complaint.objects.filter(pk__in=keys[:ON_A_PAGE])).in_bulk()
    rows = [by_key[key] for key in keys[:ON_A_PAGE] if key in by_key]
    return QueuePage(
        rows=tuple(_dressed(rows, person, now)),
        counts=_counts(narrowed, person, now),
        after=_mark(rows[-1], asked.view) if rows and len(keys) > ON_A_PAGE else "",
    )


def all_rows(person: Person, asked: Asked, *, now: datetime) -> Iterator[QueueRow]:
    """As the queue shows them, all pages: for a file. Read in parts, so that memory stays small."""
    found = _whole(
        _ordered(_of_view(_narrowed(handled_by(person), asked), asked.view, person, now), asked.view)
    )
    part: list[Complaint] = []
    for row in found.iterator(chunk_size=CHUNK):
        part.append(row)
        if len(part) == CHUNK:
            yield from _dressed(part, person, now)
            part = []
    yield from _dressed(part, person, now)


def assignees(person: Person) -> list[Person]:
    """Who has open complaints among those that she sees."""
    having = handled_by(person).filter(state__in=Complaint.OPEN, assigned_to__isnull=False)
    return list(
        Person.objects.filter(pk__in=having.values("assigned_to")).order_by("display_name", "username")
    )


def _narrowed(seen: QuerySet[Complaint], asked: Asked) -> QuerySet[Complaint]:
    if asked.category is not None:
        seen = seen.filter(category=asked.category)
    if asked.severity is not None:
        seen = seen.filter(severity=asked.severity)
    if asked.assignee is not None:
        seen = seen.filter(assigned_to=asked.assignee)
    if asked.cause is not None:
        seen = seen.filter(cause=asked.cause)
    if asked.area is not None:
        seen = seen.filter(rows_of_area(asked.area, SCOPE_COLUMNS))
    words = asked.words.split()[:WORDS]
    if not words:
        return seen
    for word in words:
        # Folding case is what takes the time, and most letters of Chinese have none.
        condition = Q(text__contains=word) if word.lower() == word.upper() else Q(text__icontains=word)
        number = word.removeprefix("#")
        if number.isascii() and number.isdigit() and len(number) < 18:
            condition |= Q(pk=int(number))
        seen = seen.filter(condition)
    # Read through once, not once for the list and twice for the counts.
    keys = list(seen.order_by("-pk").values_list("pk", flat=True)[:FOUND])
    return Complaint.objects.filter(pk__in=keys)


def _is(view: View, person: Person, now: datetime) -> Q:
    """What belongs into a view. Needs `due` (`next_due`)."""
    if view == View.SOLVED:
        return Q(solved_at__isnull=False)
    still_open = Q(state__in=Complaint.OPEN)
    match view:
        case View.MINE:
            return still_open & Q(assigned_to=person)
        case View.UNASSIGNED:
            return still_open & Q(assigned_to__isnull=True)
        case View.WAITING:
            return Q(state=State.WAITING)
        case View.BREACHED:
            return still_open & (Q(due__lte=now) | Q(solve_breached_at__isnull=False))
    return still_open


def _of_view(rows: QuerySet[Complaint], view: View, person: Person, now: datetime) -> QuerySet[Complaint]:
    return rows.annotate(due=next_due()).filter(_is(view, person, now))


def _ordered(rows: QuerySet[Complaint], view: View) -> QuerySet[Complaint]:
    """The most severe first, of these what is due first; what has no clock after them. Solved ones the newest first."""
    order: tuple[Any, ...] = (F("severity").desc(), F("due").asc(), F("pk"))
    if view == View.SOLVED:
        order = (F("solved_at").desc(), F("pk").desc())
    return rows.order_by(*order)


def _whole(rows: QuerySet[Complaint]) -> QuerySet[Complaint]:
    return (
        rows.select_related(*WITH_SCOPE, "category", "assigned_to")
        .annotate(beginning=Begin("text", BEGINNING + 1), due=next_due())
        .defer("text", "solution")
    )


def _counts(narrowed: QuerySet[Complaint], person: Person, now: datetime) -> dict[View, int]:
    """The open views are counted over what is open alone, whose index is small."""
    counted = {view.value: Count("pk", filter=_is(view, person, now)) for view in View if view != View.SOLVED}
    found = narrowed.annotate(due=next_due()).filter(state__in=Complaint.OPEN).aggregate(**counted)
    return {
        **{view: found[view.value] for view in View if view != View.SOLVED},
        View.SOLVED: narrowed.filter(solved_at__isnull=False).count(),
    }


def _dressed(rows: list[Complaint], person: Person, now: datetime) -> Iterator[QueueRow]:
    customers = {row.customer_id for row in rows if row.customer_id is not None}
    contacts = masked_contacts(customers) if customers else {}
    for row in rows:
        beginning = " ".join(str(getattr(row, "beginning")).split())  # noqa: B009  # annotated above
        if len(beginning) > BEGINNING:
            beginning = beginning[:BEGINNING].rstrip() + "…"
        customer = row.customer_id
        yield QueueRow(
            complaint=row,
            beginning=mask_text(beginning),
            customer=customer_label(customer, contacts.get(customer)) if customer is not None else "",
            left=time_left(row, now=now),
            hers=row.assigned_to_id == person.pk,
        )


# -- Where a page ended -----------------------------------------------------------------------------

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _mark(row: Complaint, view: View) -> str:
    """`3.1700000000000000.42`: severity, when due (microseconds, empty for never), number."""
    at = row.solved_at if view == View.SOLVED else getattr(row, "due")  # noqa: B009  # annotated above
    moment = "" if at is None else str((at - EPOCH) // timedelta(microseconds=1))
    return f"{row.severity}.{moment}.{row.pk}"


def _after(rows: QuerySet[Complaint], asked: Asked) -> QuerySet[Complaint]:
    """What cannot be read begins at the beginning."""
    try:
        severity, moment, pk = asked.after.split(".")
        number, level = int(pk), int(severity)
        at = EPOCH + timedelta(microseconds=int(moment)) if moment else None
    except (ValueError, OverflowError):
        return rows
    if not (0 <= number < 2**63 and 0 <= level < 100):
        return rows
    if asked.view == View.SOLVED:
        return rows if at is None else rows.filter(Q(solved_at__lt=at) | Q(solved_at=at, pk__lt=number))
    if at is None:
        return rows.filter(Q(severity__lt=level) | Q(severity=level, due__isnull=True, pk__gt=number))
    later = Q(due__gt=at) | Q(due=at, pk__gt=number) | Q(due__isnull=True)
    return rows.filter(Q(severity__lt=level) | Q(severity=level) & later)
