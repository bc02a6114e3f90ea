"""Which comments a page of topics is about: an area, so many months, a customer type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet, Sum
from django.http import Http404

from common.periods import add_months
from feedback.effect import Effect, Sums, of_means
from feedback.models import TopicMonth, TopicRun
from organization.area_picker import nodes_of
from organization.gate import Action, get_scope_or_404, home_scope, rows_of_area, rows_where
from organization.models import Person, Scope
from organization.selectors import scope_key

COLUMNS = {"channel": "channel_id", "region": "region_id", "product": "product_id"}
MONTHS = (1, 3, 6, 12)
USUAL = 3
TREND = 12  # months of a line
MOST_SEGMENTS = 50


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


def segments_of(asked: Asked) -> list[str]:
    """Customer types of this area in both periods, the one that is asked for among them."""
    rows = TopicMonth.objects.filter(asked.rows, month__gte=asked.before).exclude(segment="")
    found = set(rows.values_list("segment", flat=True).distinct()[:MOST_SEGMENTS])
    return sorted(found | {asked.segment} - {""})


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


def sums(where: Q | None = None) -> dict[str, Any]:
    """For `annotate` or `aggregate`, prefixed where `where` narrows them."""
    names = {"n": "comments", "known": "scored", "total": "score_sum", "squares": "score_squares"}
    if where is None:
        return {name: Sum(field, default=0) for name, field in names.items()}
    return {name: Sum(field, default=0, filter=where) for name, field in names.items()}


def both_periods(asked: Asked) -> dict[str, Any]:
    now, then = Q(month__gte=asked.first), Q(month__lt=asked.first)
    return {
        **sums(now),
        **{f"then_{name}": what for name, what in sums(then).items()},
    }


def within(rows: QuerySet[Any], asked: Asked, since: date) -> QuerySet[Any]:
    return rows.filter(asked.rows, month__gte=since, month__lte=asked.last)


def standing(row: Mapping[str, Any], least: int) -> Standing:
    """Of a row that was annotated with `both_periods`."""
    before = Sums(row["then_known"], row["then_total"], row["then_squares"])
    after = Sums(row["known"], row["total"], row["squares"])
    return Standing(
        row["n"],
        row["then_n"],
        of_means(before, after, least=least),
        after.count < least,
    )


def trend(rows: QuerySet[Any, Any], asked: Asked) -> tuple[Sums, ...]:
    """By month, of TopicMonth or KeywordMonth rows of one topic or word."""
    found = {
        row["month"]: Sums(row["known"], row["total"], row["squares"])
        for row in within(rows, asked, asked.trend[0]).values("month").annotate(**sums()).order_by()
    }
    return tuple(found.get(month, Sums(0, 0, 0)) for month in asked.trend)
