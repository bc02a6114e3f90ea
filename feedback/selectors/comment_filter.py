"""Which comments a page of topics is about: an area, so many months, a customer type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet, Sum
from django.http import Http404

from common.periods import add_months
from feedback.effect import Effect, Sums, of_means
from feedback.models import TopicRun
from organization.area_picker import nodes_of
from organization.gate import Action, get_scope_or_404, home_scope, rows_of_area, rows_where
from organization.models import Person, Scope
from organization.selectors import scope_key

COLUMNS = {"channel": "channel_id", "region": "region_id", "product": "product_id"}
MONTHS = (1, 3, 6, 12)
USUAL = 3
TREND = 12  # months of a line


@dataclass(frozen=True)
class Asked:
    """`months` up to and with `last`, the first day of a month; `rows` narrows to what she may see of the area."""

    scope: Scope
    months: int
    segment: str
    last: date
    rows: Q

    @property
    def first(self) -> date:
        return add_months(self.last, 1 - self.months)

    @property
    def before(self) -> date:
        """Where the period before begins."""
        return add_months(self.first, -self.months)

    @property
    def trend(self) -> tuple[date, ...]:
        return tuple(add_months(self.last, back) for back in range(1 - TREND, 1))

    @property
    def query(self) -> dict[str, str]:
        """As the address says it."""
        return {"area": self.scope.key, "months": str(self.months), "segment": self.segment}


def asked_of(person: Person, query: Mapping[str, str], *, run: TopicRun | None, today: date) -> Asked:
    """`?area=region:华东&months=3&segment=…`; the months end with the newest comment. Raises Http404 for an area that is
    not hers to see, or none."""
    text = query.get("area", "").replace("\0", "").strip()[:2000]
    scope = _named(person, text) if text else home_scope(person)
    if scope is None:
        raise Http404
    months = query.get("months", "")
    segment = query.get("segment", "").replace("\0", "")[:60]
    newest = run.last_day if run is not None and run.last_day is not None else today
    rows = rows_where(person, Action.VIEW, COLUMNS) & rows_of_area(scope, COLUMNS)
    return Asked(
        scope,
        int(months) if months in {str(one) for one in MONTHS} else USUAL,
        segment,
        newest.replace(day=1),
        rows & Q(segment=segment) if segment else rows,
    )


def _named(person: Person, text: str) -> Scope:
    """By its code, or, where no script helps, by its name."""
    try:
        key = scope_key(nodes_of(text))
    except ValidationError:
        raise Http404 from None
    return get_scope_or_404(person, key)


# -- Sums -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """How comments score: in the period, and against the one before. `effect.verdict` says whether that is more than
    chance."""

    comments: int
    comments_before: int
    effect: Effect
    small: bool

    @property
    def mean(self) -> float | None:
        return self.effect.after.value

    @property
    def moved(self) -> bool:
        return self.effect.verdict in ("apart", "moved")


@dataclass(frozen=True)
class Tally:
    """Comments, and the scores that some of them came with."""

    comments: int
    scores: Sums

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.comments + other.comments, self.scores + other.scores)


NOTHING = Tally(0, Sums(0, 0, 0))
_SUMS = {
    "n": Sum("comments"), "known": Sum("scored"), "total": Sum("score_sum"), "squares": Sum("score_squares"),
}  # fmt: skip


def by_month(rows: QuerySet[Any, Any], asked: Asked, key: str) -> dict[Any, dict[date, Tally]]:
    """Of TopicMonth or KeywordMonth, as far back as the trend and both periods reach. One query."""
    since = min(asked.before, asked.trend[0])
    found: dict[Any, dict[date, Tally]] = {}
    for row in _within(rows, asked, since).values(key, "month").annotate(**_SUMS).order_by():
        found.setdefault(row[key], {})[row["month"]] = _tally(row)
    return found


def by_period(rows: QuerySet[Any, Any], asked: Asked, key: str) -> dict[Any, tuple[Tally, Tally]]:
    """In the period before, and in the period. One query."""
    found: dict[Any, list[Tally]] = {}
    later = ExpressionWrapper(Q(month__gte=asked.first), output_field=BooleanField())
    for row in _within(rows, asked, asked.before).values(key, later=later).annotate(**_SUMS).order_by():
        found.setdefault(row[key], [NOTHING, NOTHING])[row["later"]] = _tally(row)
    return {what: (before, after) for what, (before, after) in found.items()}


def standing(before: Tally, after: Tally, least: int) -> Standing:
    effect = of_means(before.scores, after.scores, least=least)
    return Standing(after.comments, before.comments, effect, after.scores.count < least)


def standing_of(months: Mapping[date, Tally], asked: Asked, least: int) -> Standing:
    """The same out of months."""
    before = sum((one for at, one in months.items() if asked.before <= at < asked.first), NOTHING)
    after = sum((one for at, one in months.items() if asked.first <= at), NOTHING)
    return standing(before, after, least)


def trend_of(months: Mapping[date, Tally], asked: Asked) -> tuple[Sums, ...]:
    return tuple(months.get(month, NOTHING).scores for month in asked.trend)


def _within(rows: QuerySet[Any, Any], asked: Asked, since: date) -> QuerySet[Any, Any]:
    return rows.filter(asked.rows, month__gte=since, month__lte=asked.last)


def _tally(row: Mapping[str, Any]) -> Tally:
    return Tally(int(row["n"]), Sums(int(row["known"]), int(row["total"]), int(row["squares"])))
