"""What a rule, saved or only written, would have done in the past. Reads figures as they are computed today."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from alerts.conditions import Figure, Terms
from alerts.replaying import Replayed, replay
from alerts.selectors.bands import learn, marks_between, put_bands
from common.periods import Grain, Period
from kpis.figures import Look
from kpis.models import Metric
from kpis.selectors.figures import NO_FIGURE, figures_over
from organization.models import Scope
from organization.selectors import company


@dataclass(frozen=True)
class Past:
    """What happened on one area, by period, oldest first."""

    scope: Scope
    periods: tuple[Replayed, ...]

    @property
    def changes(self) -> tuple[Replayed, ...]:
        return tuple(one for one in self.periods if one.changed)


def replay_rule(
    *, terms: Terms, metric: Metric, grain: str, scopes: Sequence[Scope], first: date, last: date, look: Look
) -> Iterator[Past]:
    """Of the periods that lie within two days, both included. One query for each area: work grows with areas and days.

    Targets are those that held on the day that `look` says.
    """
    periods = _periods(Grain(grain), first, last)
    if not periods:
        return
    lead = 2 * terms.longest if terms.longest > 1 else 0
    earlier = [periods[0].next(back) for back in range(-lead, 0)]
    zone = ZoneInfo(company().time_zone)
    for scope in scopes:
        asked = [*earlier, *periods]
        figures = _figures(scope, metric, asked, terms, look)
        if terms.usuals:
            figures = _with_bands(figures, scope, metric, grain, terms)
        yield Past(scope, tuple(replay(figures, terms, since=len(earlier), zone=zone)))


def _with_bands(
    figures: Sequence[Figure], scope: Scope, metric: Metric, grain: str, terms: Terms
) -> list[Figure]:
    """Learnt from the days as they are now: what was kept when it was looked at in earnest may differ."""
    known = [one for one in figures if one.value is not None and one.stop is not None]
    if not known:
        return list(figures)
    learnt = learn([scope], metric, grain, [one.start for one in known], terms.usuals)
    marks = marks_between(known[0].start, known[-1].stop or known[-1].start)
    return [
        put_bands(one, {usual: learnt.get((0, one.start, usual)) for usual in terms.usuals}, marks)
        for one in figures
    ]


def _periods(grain: Grain, first: date, last: date) -> list[Period]:
    fiscal_start = company().fiscal_year_start
    period = Period.containing(first, grain, fiscal_start=fiscal_start)
    if period.start < first:
        period = period.next()
    periods = []
    while period.end <= last:
        periods.append(period)
        period = period.next()
    return periods


def _figures(
    scope: Scope, metric: Metric, periods: Sequence[Period], terms: Terms, look: Look
) -> list[Figure]:
    before = {one.start: one.next(-1) for one in periods} if terms.compares else {}
    year_ago = {one.start: one.last_year() for one in periods} if terms.compares else {}
    asked = {one.start: one for one in (*periods, *before.values(), *year_ago.values())}
    found = figures_over(
        nodes={one: getattr(scope, one) for one in scope.node_ids()},
        periods=list(asked.values()),
        look=look,
        metrics=[metric],
    )

    def value_of(period: Period | None) -> Decimal | None:
        figure = found.get((period.start, metric.pk)) if period else None
        return figure.value if figure else None

    figures = []
    for one in periods:
        seen = found.get((one.start, metric.pk), NO_FIGURE)
        figures.append(
            Figure(
                one.start, seen.value, seen.target, seen.expected, seen.attainment, seen.status, seen.through,
                seen.estimated, stop=one.end, adds_up=metric.additive,
                before=value_of(before.get(one.start)), year_ago=value_of(year_ago.get(one.start)),
            )
        )  # fmt: skip
    return figures
