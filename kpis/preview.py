"""How a metric would have stood in the months past, before it is saved: nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from common.listing import listed
from common.periods import Grain, Period
from kpis.figures import Look, Shape, totals_sql
from kpis.formulas import Formula
from kpis.models import Direction, Measure, Metric
from kpis.pacing import share_by
from kpis.scoring import NOTHING, Bands, light, score, too_few
from kpis.selectors import scope_id_of, shape_of
from kpis.selectors.pacing import shapes_of
from kpis.services.metrics import formula_of
from organization.models import Node


@dataclass(frozen=True)
class Month:
    """`missing` are the names of amounts that nobody reported; `zero`: the division would be by zero."""

    period: Period
    value: Decimal | None
    expected: Decimal | None
    attainment: Decimal | None
    status: str
    missing: tuple[str, ...]
    zero: bool
    through: date | None
    estimated: bool
    few: bool = False

    @property
    def missing_words(self) -> str:
        return listed(self.missing)

    @property
    def partial(self) -> bool:
        """Whether the month is looked at only in part."""
        return self.through is not None and self.period.start <= self.through < self.period.end


@dataclass(frozen=True)
class Preview:
    months: tuple[Month, ...]  # the oldest first
    judged: bool  # whether there was a target or a band to judge by

    @property
    def known(self) -> list[Month]:
        return [month for month in self.months if month.value is not None]

    @property
    def unknown(self) -> list[Month]:
        return [month for month in self.months if month.value is None]


def preview(
    *, metric: Metric, nodes: Mapping[str, Node], last: Period, count: int, target: Decimal | None, look: Look
) -> Preview:
    """The metric (which need not be saved) in the `count` months up to `last`; `target` is tried on each of them.

    A few queries whose work grows with the days, not with the facts.
    """
    formula = formula_of(metric)
    months = [last.next(step) for step in range(1 - count, 1)]
    names = {one.code: one.label for one in Measure.objects.filter(code__in=formula.codes)}
    amounts = amounts_by_period(nodes=nodes, periods=months, codes=formula.codes, look=look)
    years = {
        month.start: Period.containing(month.start, Grain.YEAR, fiscal_start=look.fiscal_start).start
        for month in months
    }
    shapes = shapes_of(scope_id=scope_id_of(nodes), metric_id=metric.pk, years=[*years.values()])
    due = {start: (year, shapes.get(year)) for start, year in years.items()}
    return Preview(
        tuple(
            _month(metric, formula, month, amounts[month.start], names, target, due[month.start])
            for month in months
        ),
        judged=metric.direction == Direction.BAND or target is not None,
    )


@dataclass(frozen=True)
class Amounts:
    """What was reported of a period up to a day, by measure code; None is not reported."""

    through: date | None
    of: Mapping[str, Decimal | None]
    estimated: frozenset[str]


def amounts_by_period(
    *, nodes: Mapping[str, Node], periods: list[Period], codes: list[str], look: Look
) -> dict[date, Amounts]:
    """Amounts of one scope in periods of one length, by their first days: as figures are made of them. One query."""
    slots = dict(Measure.objects.filter(code__in=codes).values_list("code", "slot"))
    shape = shape_of(nodes)
    columns = "".join(f", m{slot}, e{slot}" for slot in slots.values())
    scope = scope_id_of(nodes)
    params = {
        **look.params(),
        "scope": scope,
        "starts": [period.start for period in periods],
        "stops": [period.end for period in periods],
        **{one: nodes[one].pk if one in nodes else None for one in ("region", "channel", "product")},
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH area AS (SELECT %(scope)s::bigint AS id, %(region)s::bigint AS region_id,
                    %(channel)s::bigint AS channel_id, %(product)s::bigint AS product_id),
                due AS (SELECT %(scope)s::bigint AS scope_id, 'month' AS grain, start, stop
                    FROM unnest(%(starts)s::date[], %(stops)s::date[]) AS asked(start, stop)),
            {totals_sql(Shape(shape), list(slots))}
            SELECT start, through{columns} FROM total
            """,
            params,
        )
        found = {}
        for start, through, *pairs in cursor.fetchall():
            values = dict(zip(slots, pairs[::2], strict=True))
            guessed = frozenset(code for code, is_one in zip(slots, pairs[1::2], strict=True) if is_one)
            found[start] = Amounts(through, values, guessed)
    return found


def _month(
    metric: Metric,
    formula: Formula,
    period: Period,
    amounts: Amounts,
    names: Mapping[str, str],
    target: Decimal | None,
    due: tuple[date, Sequence[int] | None],
) -> Month:
    """`due`: the first day of its fiscal year, and how that falls on its days where that is known."""
    value = formula.value(amounts.of)
    missing = formula.missing(amounts.of)
    through = amounts.through
    expected = target
    if target is not None and metric.additive and through is not None:
        over, under = share_by(due[1], due[0], period.start, period.end, through)
        expected = target * over / under if through >= period.start else None
    bands = Bands(
        green_from=Decimal(metric.green_from),
        yellow_from=Decimal(metric.yellow_from),
        low=metric.band_low,
        high=metric.band_high,
    )
    few = too_few(formula.base(amounts.of), metric.least_base)
    result = (
        NOTHING if few else score(value=value, expected=expected, direction=metric.direction, bands=bands)
    )
    return Month(
        period=period,
        value=value,
        expected=expected,
        attainment=result.attainment,
        status=light(result, bands),
        missing=tuple(names.get(code, code) for code in missing),
        zero=value is None and not missing,
        through=through,
        estimated=bool(amounts.estimated),
        few=few,
    )


def last_full_month(today: date) -> Period:
    return Period.containing(today.replace(day=1) - timedelta(days=1), Grain.MONTH)
