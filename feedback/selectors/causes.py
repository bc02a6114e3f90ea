"""The tree of causes: with how many complaints of what she sees, and what is known below a path of whys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncMonth
from django.http import Http404

from feedback.models import Cause, Complaint, FeedbackAction
from feedback.models.complaints import DEEPEST
from feedback.selectors.complaint_page import path_of
from feedback.selectors.complaints import WITH_SCOPE
from organization.gate import Action, scopes_where
from organization.models import Person

SUGGESTED = 50


@dataclass(frozen=True)
class WhyOptions:
    """`levels[n]` are the whys known below the first n; `known` whether the whole path is a cause already, which
    `complaints` share, all below it among them."""

    levels: tuple[tuple[str, ...], ...]
    known: bool
    complaints: int


@dataclass(frozen=True)
class CauseRow:
    """`own` complaints point to it, `complaints` to it or what lies below."""

    cause: Cause
    own: int
    complaints: int
    rows: tuple[CauseRow, ...]


def counted(person: Person) -> QuerySet[Complaint]:
    """Complaints are counted by everybody who sees their area; their texts are not read."""
    return Complaint.objects.filter(scope__in=scopes_where(person, Action.VIEW))


def why_options(person: Person, whys: Sequence[str]) -> WhyOptions:
    """Two queries and one a level."""
    levels: list[tuple[str, ...]] = []
    parent: Cause | None = None
    known = bool(whys)
    for depth in range(1, DEEPEST + 1):
        below = Cause.objects.filter(parent=parent, archived_at__isnull=True)
        levels.append(tuple(below.values_list("name", flat=True)[:SUGGESTED]))
        if depth > len(whys):
            break
        parent = Cause.objects.filter(parent=parent, name__iexact=whys[depth - 1]).first()
        if parent is None:
            known = False
            break
    levels += [()] * (DEEPEST - len(levels))
    shared = counted(person).filter(cause__in=below_and_self(parent)).count() if known and parent else 0
    return WhyOptions(tuple(levels), known, shared)


def below_and_self(cause: Cause) -> list[int]:
    """At most one query a level."""
    found, level = [cause.pk], [cause.pk]
    while level:
        level = list(Cause.objects.filter(parent__in=level).values_list("pk", flat=True))
        found += level
    return found


def cause_tree(person: Person, *, first: date | None = None) -> tuple[CauseRow, ...]:
    """The whole tree, the most frequent first. What was put away is not shown, and counts in what it lies below. Two
    queries.
    """
    rows = counted(person).filter(cause__isnull=False)
    if first is not None:
        rows = rows.filter(day__gte=first)
    own = dict(rows.values_list("cause_id").annotate(n=Count("pk")).order_by())
    below: dict[int | None, list[Cause]] = defaultdict(list)
    for cause in Cause.objects.all():
        below[cause.parent_id].append(cause)
    return tuple(row for row in _rows(None, below, own) if row.cause.archived_at is None)


def _rows(
    parent: int | None, below: Mapping[int | None, list[Cause]], own: Mapping[int, int]
) -> tuple[CauseRow, ...]:
    rows = []
    for cause in below.get(parent, ()):
        deeper = _rows(cause.pk, below, own)
        mine = own.get(cause.pk, 0)
        shown = tuple(row for row in deeper if row.cause.archived_at is None)
        rows.append(CauseRow(cause, mine, mine + sum(row.complaints for row in deeper), shown))
    return tuple(sorted(rows, key=lambda row: (-row.complaints, row.cause.name)))


def get_cause_or_404(pk: int) -> Cause:
    found = Cause.objects.select_related("parent__parent__parent__parent", "made_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


# -- One cause --------------------------------------------------------------------------------------

MONTHS = 12


@dataclass(frozen=True)
class CausePage:
    """`months` are the last twelve by their first day, with the complaints that came in of it and of what lies below."""

    cause: Cause
    path: tuple[Cause, ...]
    row: CauseRow
    months: tuple[tuple[date, int], ...]
    actions: tuple[FeedbackAction, ...]


def cause_page(person: Person, cause: Cause, *, today: date) -> CausePage:
    ids = below_and_self(cause)
    first = _months_before(today, MONTHS - 1)
    rows = counted(person).filter(cause__in=ids)
    by_month = dict(
        rows.filter(day__gte=first)
        .annotate(month=TruncMonth("day"))
        .values_list("month")
        .annotate(n=Count("pk"))
        .order_by()
    )
    months = [_months_before(today, back) for back in range(MONTHS - 1, -1, -1)]
    actions = FeedbackAction.objects.filter(cause__in=ids, scope__in=scopes_where(person, Action.VIEW))
    return CausePage(
        cause=cause,
        path=path_of(cause),
        row=_row_of(cause_tree(person), cause) or CauseRow(cause, 0, rows.count(), ()),
        months=tuple((month, by_month.get(month, 0)) for month in months),
        actions=tuple(actions.select_related("owner", *WITH_SCOPE).order_by("-begun_on", "-pk")[:SUGGESTED]),
    )


def others(cause: Cause) -> list[tuple[Cause, str]]:
    """What it may be merged into, each with its whole path. One query."""
    found = {one.pk: one for one in Cause.objects.filter(merged_into__isnull=True)}
    below = set(below_and_self(cause))

    def where(one: Cause) -> str:
        names: list[str] = []
        at: Cause | None = one
        while at is not None:
            names.insert(0, at.name)
            at = found.get(at.parent_id) if at.parent_id is not None else None
        return " → ".join(names)

    named = [(one, where(one)) for one in found.values() if one.pk not in below and one.archived_at is None]
    return sorted(named, key=lambda pair: pair[1])


def _row_of(rows: Sequence[CauseRow], cause: Cause) -> CauseRow | None:
    for row in rows:
        found = row if row.cause.pk == cause.pk else _row_of(row.rows, cause)
        if found is not None:
            return found
    return None


def _months_before(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)
