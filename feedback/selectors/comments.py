"""Comments of answers, the newest first, as somebody may read them who handles complaints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from customers.masking import mask_text
from customers.selectors.people import MaskedContact, masked_contacts
from feedback.models import Answer, AnswerTopic, Complaint, ScoreMonth, Topic
from feedback.scores import DETRACTOR, PROMOTER
from feedback.selectors.areas import COUNTED
from organization.gate import Action, Someone, rows_of_area, rows_where, scopes_where
from organization.models import Node, Scope

A_PAGE = 50
A_CHUNK = 2000
COLUMNS = {dimension: f"{dimension}_id" for dimension in COUNTED}
GROUPS: dict[str, Q] = {
    "promoters": Q(nps__gte=PROMOTER),
    "passives": Q(nps__gt=DETRACTOR, nps__lt=PROMOTER),
    "detractors": Q(nps__lte=DETRACTOR),
    "unscored": Q(nps__isnull=True),
}


@dataclass(frozen=True)
class Wanted:
    """What a list of comments is narrowed to. `segment`: None for all, "" for answers that name none. `below`: day and
    number of the answer that it goes on from."""

    area: Scope | None = None
    group: str = ""
    topic: int | None = None
    segment: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    words: str = ""
    below: tuple[date, int] | None = None

    @property
    def narrowed(self) -> bool:
        return bool(
            (self.area and not self.area.is_company)
            or self.group or self.topic or self.segment is not None or self.first_day or self.last_day or self.words
        )  # fmt: skip


@dataclass(frozen=True)
class Comment:
    """`complaint`: the one that came of it, where it is hers to see."""

    answer: Answer
    places: tuple[Node, ...]
    complaint: int | None
    contact: MaskedContact | None

    @property
    def masked(self) -> str:
        """Telephone numbers and addresses in what was written are no more to be read by the way than those that are kept."""
        return mask_text(self.answer.comment)


@dataclass(frozen=True)
class CommentsPage:
    comments: tuple[Comment, ...]
    older: tuple[date, int] | None


def comments_of(person: Someone, wanted: Wanted) -> QuerySet[Answer]:
    """All that she may read of those that are wanted, the newest first. Two queries of the gate."""
    found = Answer.objects.exclude(comment="").filter(rows_where(person, Action.HANDLE_COMPLAINTS, COLUMNS))
    if wanted.area is not None:
        found = found.filter(rows_of_area(wanted.area, COLUMNS))
    if wanted.group:
        found = found.filter(GROUPS[wanted.group])
    if wanted.topic is not None:
        found = found.filter(Exists(AnswerTopic.objects.filter(topic=wanted.topic, answer=OuterRef("pk"))))
    if wanted.segment is not None:
        found = found.filter(segment=wanted.segment)
    if wanted.first_day is not None:
        found = found.filter(day__gte=wanted.first_day)
    if wanted.last_day is not None:
        found = found.filter(day__lte=wanted.last_day)
    if wanted.words:
        found = found.filter(comment__icontains=wanted.words)
    if wanted.below is not None:
        day, number = wanted.below
        # (the first condition alone finds the place in the index.)
        found = found.filter(Q(day__lte=day), Q(day__lt=day) | Q(pk__lt=number))
    return found.order_by("-day", "-pk")


def comments_page(person: Someone, wanted: Wanted) -> CommentsPage:
    """At most six queries, two of the gate among them."""
    answers = list(comments_of(person, wanted)[: A_PAGE + 1])
    shown = answers[:A_PAGE]
    last = shown[-1] if len(answers) > A_PAGE else None
    return CommentsPage(
        comments=tuple(_comments(person, shown)),
        older=(last.day, last.pk) if last is not None else None,
    )


def known_topics() -> tuple[Topic, ...]:
    return tuple(Topic.objects.filter(archived_at__isnull=True))


def known_segments(person: Someone) -> tuple[str, ...]:
    """Customer types of the areas that she may see; "" where some name none. Two queries."""
    seen = ScoreMonth.objects.filter(rows_where(person, Action.VIEW, COLUMNS))
    return tuple(seen.order_by("segment").values_list("segment", flat=True).distinct())


def comments_in_chunks(person: Someone, wanted: Wanted, most: int | None = None) -> Iterator[list[Comment]]:
    """All of them, a chunk at a time; three queries each."""
    found, below = 0, wanted.below
    narrowed = comments_of(person, wanted)
    while most is None or found < most:
        rest = narrowed if below is None else narrowed.filter(
            Q(day__lte=below[0]), Q(day__lt=below[0]) | Q(pk__lt=below[1])
        )  # fmt: skip
        chunk = list(rest[: A_CHUNK if most is None else min(A_CHUNK, most - found)])
        if not chunk:
            return
        yield _comments(person, chunk)
        found, below = found + len(chunk), (chunk[-1].day, chunk[-1].pk)


def _comments(person: Someone, answers: Sequence[Answer]) -> list[Comment]:
    nodes = _nodes(answers)
    complaints = dict(
        Complaint.objects.filter(
            answer__in=answers, scope__in=scopes_where(person, Action.HANDLE_COMPLAINTS)
        ).values_list("answer_id", "pk")
    )
    customers = {one.customer_id for one in answers if one.customer_id is not None}
    contacts: Mapping[int, MaskedContact] = masked_contacts(customers) if customers else {}
    return [
        Comment(
            one,
            tuple(nodes[pk] for dimension in COUNTED if (pk := getattr(one, COLUMNS[dimension])) in nodes),
            complaints.get(one.pk),
            contacts.get(one.customer_id) if one.customer_id is not None else None,
        )
        for one in answers
    ]


def _nodes(answers: Sequence[Answer]) -> dict[int, Node]:
    ids = {getattr(one, column) for one in answers for column in COLUMNS.values()} - {0}
    return Node.objects.in_bulk(ids)
