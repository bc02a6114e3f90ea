"""Interviews of the areas in which somebody looks after customers, and what was noted in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from customers.selectors.people import MaskedContact, customer_label, masked_contacts
from customers.selectors.top import tier_label
from feedback.models import Guide, Interview, InterviewNote, InterviewState, Topic
from organization.gate import Action, can, roles_for, scopes_where
from organization.models import Grant, Person

ON_A_PAGE = 20
MOST_COMING = 100
MOST_TAGS = 30
NOTES_SHOWN = 3
AREA = ("scope__channel", "scope__region", "scope__product", "scope__team", "scope__budget")


@dataclass(frozen=True)
class InterviewRow:
    """`late`: its time is over, and nobody has said whether it took place. `notes` are those that fit the filter."""

    interview: Interview
    label: str
    tier: str
    late: bool
    notes: tuple[InterviewNote, ...] = ()


@dataclass(frozen=True)
class Day:
    day: date
    rows: tuple[InterviewRow, ...]


@dataclass(frozen=True)
class Filter:
    """Which interviews: with a note of this tag, or linked to this topic."""

    tag: str = ""
    topic: Topic | None = None

    def __bool__(self) -> bool:
        return bool(self.tag or self.topic)

    def notes(self) -> Q:
        found = Q()
        if self.tag:
            found &= Q(tags__contains=[self.tag])
        if self.topic is not None:
            found &= Q(topics=self.topic)
        return found


@dataclass(frozen=True)
class InterviewsPage:
    """`late` ones first of what is planned; `coming` by the day; `past` are done or cancelled, narrowed by the filter."""

    late: tuple[InterviewRow, ...]
    coming: tuple[Day, ...]
    past: tuple[InterviewRow, ...]
    page: Page[Interview]
    tags: tuple[tuple[str, int], ...]
    topics: tuple[tuple[Topic, int], ...]
    chosen: Filter
    mine: int  # of those to come


def interviews_page(
    person: Person, *, now: datetime, tag: str = "", topic: str = "", page: Any = None
) -> InterviewsPage:
    """At most twelve queries."""
    hers = visible_interviews(person)
    chosen = Filter(tag.strip().lower()[:40], _topic(topic))
    planned = list(hers.filter(state=InterviewState.PLANNED).order_by("at", "pk")[:MOST_COMING])
    over = hers.exclude(state=InterviewState.PLANNED).order_by("-at", "-pk")
    if chosen:
        over = over.filter(pk__in=InterviewNote.objects.filter(chosen.notes()).values("interview_id"))
    shown = Paginator(over, ON_A_PAGE).get_page(page)
    past = list(shown.object_list)
    labels = _labels([*planned, *past])
    notes = _notes_of(past, chosen)
    rows = [InterviewRow(one, labels[one.pk], tier_label(one.tier), one.at <= now) for one in planned]
    return InterviewsPage(
        late=tuple(row for row in rows if row.late),
        coming=_days([row for row in rows if not row.late]),
        past=tuple(
            InterviewRow(one, labels[one.pk], tier_label(one.tier), False, tuple(notes.get(one.pk, ())))
            for one in past
        ),
        page=shown,
        tags=_tags(hers),
        topics=_topics(hers),
        chosen=chosen,
        mine=sum(row.interview.interviewer_id == person.pk for row in rows if not row.late),
    )


def visible_interviews(person: Person) -> QuerySet[Interview]:
    return Interview.objects.filter(scope__in=scopes_where(person, Action.HANDLE_COMPLAINTS)).select_related(
        "interviewer", "guide", *AREA
    )


def get_interview_or_404(person: Person, pk: int) -> Interview:
    """Raises Http404 where its area is not hers to see, PermissionDenied where she only looks at it."""
    found = Interview.objects.select_related("interviewer", "guide", *AREA).filter(pk=pk).first()
    if found is None or not can(person, Action.VIEW, found.scope):
        raise Http404
    if not can(person, Action.HANDLE_COMPLAINTS, found.scope):
        raise PermissionDenied
    return found


@dataclass(frozen=True)
class Asked:
    """A question of the guide, or one that it had when it was noted; "" is what was asked besides."""

    question: str
    notes: tuple[InterviewNote, ...]


@dataclass(frozen=True)
class InterviewPage:
    interview: Interview
    label: str
    tier: str
    contact: MaskedContact | None
    asked: tuple[Asked, ...]
    late: bool
    others: tuple[Interview, ...]  # with the same customer, the newest first


def interview_page(person: Person, interview: Interview, *, now: datetime) -> InterviewPage:
    """Five queries."""
    contact = (
        masked_contacts([interview.customer_id]).get(interview.customer_id) if interview.customer_id else None
    )
    notes = list(interview.notes.select_related("person").prefetch_related("topics").order_by("pk"))
    questions = list(interview.guide.questions) if interview.guide else []
    earlier = dict.fromkeys(
        note.question for note in notes if note.question and note.question not in questions
    )
    asked = tuple(
        Asked(question, tuple(note for note in notes if note.question == question))
        for question in (*questions, *earlier, "")
    )
    others: Sequence[Interview] = ()
    if interview.customer_id:
        others = list(
            visible_interviews(person)
            .filter(customer=interview.customer_id)
            .exclude(pk=interview.pk)
            .order_by("-at")[:10]
        )
    return InterviewPage(
        interview=interview,
        label=_label(interview, contact),
        tier=tier_label(interview.tier),
        contact=contact,
        asked=asked,
        late=interview.state == InterviewState.PLANNED and interview.at <= now,
        others=tuple(others),
    )


def interviewers() -> QuerySet[Person]:
    """Who looks after customers anywhere; whether of an area, the service asks."""
    granted = Grant.objects.filter(role__in=roles_for(Action.HANDLE_COMPLAINTS)).values("person_id")
    return Person.objects.filter(Q(pk__in=granted) | Q(is_superuser=True), is_active=True).order_by(
        "display_name", "username"
    )


def open_topics() -> QuerySet[Topic]:
    return Topic.objects.filter(archived_at__isnull=True)


# -- Guides -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GuideRow:
    guide: Guide
    interviews: int


def guides_page(person: Person) -> tuple[tuple[GuideRow, ...], tuple[GuideRow, ...]]:
    """Those in use and those put away, with how many interviews of hers go by each. Two queries."""
    counts = dict(
        visible_interviews(person)
        .select_related(None)
        .filter(guide__isnull=False)
        .values_list("guide_id")
        .annotate(count=Count("pk"))
        .order_by()
    )
    rows = [GuideRow(guide, counts.get(guide.pk, 0)) for guide in Guide.objects.all()]
    return (
        tuple(row for row in rows if row.guide.archived_at is None),
        tuple(row for row in rows if row.guide.archived_at is not None),
    )


# -- Parts --------------------------------------------------------------------------------------------


def _topic(text: str) -> Topic | None:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        return None
    return Topic.objects.filter(pk=int(text)).first()


def _labels(interviews: Iterable[Interview]) -> dict[int, str]:
    interviews = list(interviews)
    contacts = masked_contacts([one.customer_id for one in interviews if one.customer_id])
    return {one.pk: _label(one, contacts.get(one.customer_id or 0)) for one in interviews}


def _label(interview: Interview, contact: MaskedContact | None) -> str:
    """ "" of who has no record."""
    return customer_label(interview.customer_id, contact) if interview.customer_id and contact else ""


def _days(rows: Sequence[InterviewRow]) -> tuple[Day, ...]:
    found: dict[date, list[InterviewRow]] = {}
    for row in rows:
        found.setdefault(timezone.localtime(row.interview.at).date(), []).append(row)
    return tuple(Day(day, tuple(of)) for day, of in found.items())


def _notes_of(interviews: Sequence[Interview], chosen: Filter) -> dict[int, list[InterviewNote]]:
    """What is shown of each: quotes first, at most a few."""
    rows = (
        InterviewNote.objects.filter(chosen.notes(), interview__in=[one.pk for one in interviews])
        .exclude(text="")
        .prefetch_related(Prefetch("topics", queryset=Topic.objects.all()))
        .order_by("-quote", "pk")
    )
    found: dict[int, list[InterviewNote]] = {}
    for note in rows:
        of = found.setdefault(note.interview_id, [])
        if len(of) < NOTES_SHOWN:
            of.append(note)
    return found


def _tags(interviews: QuerySet[Interview]) -> tuple[tuple[str, int], ...]:
    """The most frequent tags of all notes of these, with how many notes have each."""
    notes = InterviewNote.objects.filter(interview__in=interviews.values("pk")).values("tags")
    sql, params = notes.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT tag, count(*) FROM ({sql}) AS note, unnest(note.tags) AS tag"
            f" GROUP BY tag ORDER BY 2 DESC, 1 LIMIT {MOST_TAGS}",
            params,
        )
        return tuple((tag, count) for tag, count in cursor.fetchall())


def _topics(interviews: QuerySet[Interview]) -> tuple[tuple[Topic, int], ...]:
    counted = Topic.objects.filter(notes__interview__in=interviews.values("pk")).annotate(
        count=Count("notes", distinct=True)
    )
    return tuple((topic, topic.count) for topic in counted.order_by("-count", "name")[:MOST_TAGS])
