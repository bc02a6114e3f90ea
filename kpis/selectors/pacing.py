"""How a target falls on the days, and why: for pages, for trying a target, and for breaking a plan down by days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from django.db import connection
from django.utils.translation import gettext as _

from common.periods import Grain, Period
from kpis.figures import Look
from kpis.models import Metric, PaceBasis, PaceYear
from kpis.pacing import share_by
from kpis.planned import PARTS, PLANS, TARGETS
from organization.models import DIMENSIONS, CalendarEvent, Scope


class Goes(StrEnum):
    """By what the part of a target that is due is told."""

    DAYS = "days"  # equal ones
    SHAPE = "shape"  # of earlier years
    PLAN = "plan"  # by the targets of the months or quarters within


@dataclass(frozen=True)
class PacePart:
    """A part of a plan, its weight among the others, and how much of it is due: 1 is all."""

    first: date
    last: date
    weight: Decimal
    share: Decimal


@dataclass(frozen=True)
class PaceWhy:
    """Why so much is due by a day. `parts` only where the plan's own months or quarters say so; `basis`, `years` and
    `borrowed` (whether any month of the period has not been seen by the area itself) are the shape's, of the parts too.
    `events` are the names of those in the period that were laid on their own days. `lender`: whose shape stands where its
    own history is silent; the reader may not know it. Not `kept`: it is being learnt. The shape was learnt on `learnt_on` from days up to `upto`.
    """

    goes: Goes
    basis: PaceBasis
    years: tuple[int, ...]
    borrowed: bool
    events: tuple[str, ...]
    parts: tuple[PacePart, ...] = ()
    kept: bool = True
    lender: Scope | None = None
    learnt_on: date | None = None
    upto: date | None = None

    @property
    def under_way(self) -> PacePart | None:
        """The part of which some, but not all is due."""
        return next((part for part in self.parts if 0 < part.share < 1), None)


def explain_pace(
    *, scope_id: int, metric: Metric, grain: str, start: date, stop: date, through: date, look: Look
) -> PaceWhy | None:
    """Why so much of the target of these days is due by the end of `through`. None for what is due in full at once.

    Three queries at most.
    """
    if not metric.additive:
        return None
    year = Period.containing(start, Grain.YEAR, fiscal_start=look.fiscal_start)
    kept = (
        PaceYear.objects.filter(scope=scope_id, metric=metric, start=year.start)
        .select_related(*(f"lender__{name}" for name in DIMENSIONS))
        .first()
    )
    learnt = kept is not None and kept.basis != PaceBasis.EQUAL
    parts: tuple[PacePart, ...] = ()
    if grain in (Grain.QUARTER, Grain.YEAR):
        parts = _parts(
            scope_id, metric, (grain, start, stop), through, look, kept.cumulative if kept else None
        )
    events: tuple[str, ...] = ()
    if learnt:
        known = CalendarEvent.objects.filter(first_day__lte=stop, last_day__gte=start).order_by("first_day")
        events = tuple(dict.fromkeys(_(event.name) for event in known))
    months = {(start + timedelta(days=step)).month for step in range((stop - start).days + 1)}
    return PaceWhy(
        goes=Goes.PLAN if len(parts) > 1 else Goes.SHAPE if learnt else Goes.DAYS,
        basis=PaceBasis(kept.basis) if kept else PaceBasis.EQUAL,
        years=tuple(sorted(kept.years)) if kept and learnt else (),
        borrowed=bool(kept and learnt and months & set(kept.borrowed)),
        events=events,
        parts=parts if len(parts) > 1 else (),
        kept=kept is not None,
        lender=kept.lender if kept and learnt else None,
        learnt_on=kept.learnt_on if kept and learnt else None,
        upto=kept.through if kept and learnt else None,
    )


def _parts(
    scope_id: int,
    metric: Metric,
    period: tuple[str, date, date],
    through: date,
    look: Look,
    kept: Sequence[int] | None,
) -> tuple[PacePart, ...]:
    """What the plan of a quarter or year is made of, by the very text that figures are computed with. One query."""
    grain, start, stop = period
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH area AS (SELECT %(scope)s::bigint AS id), {TARGETS},
            seen AS (SELECT 1 AS place, %(scope)s::bigint AS scope_id, %(grain)s::text AS grain, %(start)s::date AS start,
                %(stop)s::date AS stop, %(through)s::date AS through)
            SELECT year, weight, first, last FROM ({PLANS}) AS aimed CROSS JOIN LATERAL ({PARTS}) AS part
            WHERE metric_id = %(metric)s AND target IS NOT NULL ORDER BY first
            """,
            {
                **look.params(), "scope": scope_id, "metric": metric.pk, "grain": str(grain), "start": start,
                "stop": stop, "through": through,
            },
        )  # fmt: skip
        rows = cursor.fetchall()
    found = []
    for year, weight, first, last in rows:
        over, under = share_by(kept, year, first, last, through)
        found.append(PacePart(first, last, weight, Decimal(over) / under))
    return tuple(found)


def shapes_of(*, scope_id: int, metric_id: int | None, years: Sequence[date]) -> dict[date, list[int]]:
    """The kept shapes of these fiscal years (their first days): parts of the year up to each day. One query."""
    if metric_id is None:
        return {}
    rows = PaceYear.objects.filter(scope=scope_id, metric=metric_id, start__in=years)
    return dict(rows.values_list("start", "cumulative"))
