"""Why one figure has its colour, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from common.periods import Grain, Period
from dashboards.selectors import amounts, cuts
from dashboards.selectors.areas import Area, Found
from dashboards.selectors.catalog import OVERVIEW, Amounts, Catalog
from dashboards.selectors.overview import Asked, overview
from dashboards.selectors.watched import computed
from dashboards.spans import Span
from kpis.figures import Look
from kpis.formulas import Formula
from kpis.models import Metric, Reading, Source, Status, Target
from kpis.selectors import NO_FIGURE, Figure
from kpis.selectors.at_risk import Risk, at_risk, processes_by_result, risks_among
from kpis.selectors.outlook import Ahead, ahead
from kpis.selectors.pacing import PaceWhy, explain_pace
from organization.gate import Action, can
from organization.models import Person, Scope


@dataclass(frozen=True)
class Said:
    """A source, what of it counts and what another source's figure stands before, and how fresh it is.

    `value`, `beside`: the metric from its amounts alone, None where it has not all that the formula needs.
    """

    source: Source
    value: Decimal | None
    beside: Decimal | None
    last_day: date | None
    last_import: datetime | None


@dataclass(frozen=True)
class Origin:
    """Where a target comes from. `how`: own, summed (of the months or quarters within), inherited (of a longer
    period), shared (a share of its months' days).
    """

    how: str
    versions: tuple[Target, ...]


@dataclass(frozen=True)
class Explained:
    """`amounts` are the sums that the formula divides, by measure code."""

    area: Area
    period: Span
    metric: Metric
    formula: Formula
    figure: Figure
    amounts: Amounts
    origin: Origin | None
    days_over: int
    days: int
    said: tuple[Said, ...]
    estimated_days: int
    ahead: Ahead | None = None
    risks: tuple[Risk, ...] = ()  # what puts its green light at risk
    pace: PaceWhy | None = None
    lender: str = ""  # of the pace, where she may know it
    may_learn: bool = False


def explain(
    *,
    person: Person,
    area: Area,
    period: Span,
    code: str,
    catalog: Catalog,
    company: str,
    fiscal_start: int,
    today: date,
) -> Explained:
    """Of an area that she may see. A bounded number of queries, whatever the area."""
    metric = catalog.metrics[code]
    kept = _figure(area, period, code, catalog)
    if kept is not None:
        figure, risks = kept, _risks(area, period, metric, kept, today)
    elif code not in OVERVIEW:
        figure, risks = _by_formula(area, period, metric, today)
    else:
        figure, risks = _computed(
            person=person,
            area=area,
            period=period,
            code=code,
            company=company,
            fiscal_start=fiscal_start,
            today=today,
        )
    through = figure.through or min(period.end, today - timedelta(days=1))
    slots = catalog.slots([code])
    found, said, estimated = _sums(area, period, through, slots, catalog, code)
    days = (period.end - period.start).days + 1
    pace = _pace(area, period, metric, figure, today)
    return Explained(
        area=area,
        period=period,
        metric=metric,
        formula=catalog.formula(code),
        figure=figure,
        amounts=found,
        origin=_origin(area, period, metric) if figure.target is not None else None,
        days_over=max(0, min(days, (through - period.start).days + 1)),
        days=days,
        said=said,
        estimated_days=estimated,
        risks=risks,
        ahead=_ahead(area, period, metric, figure, today),
        pace=pace,
        lender=_lender(person, pace),
        may_learn=_may_learn(person, area, pace),
    )


def _pace(area: Area, period: Span, metric: Metric, figure: Figure, today: date) -> PaceWhy | None:
    """Of a figure whose target is partly due. Three queries at most."""
    through = figure.through
    if area.scope_id is None or figure.expected is None or through is None or through >= period.end:
        return None
    return explain_pace(
        scope_id=area.scope_id,
        metric=metric,
        grain=str(period.grain),
        start=period.start,
        stop=period.end,
        through=through,
        look=Look.at(today, today=today),
    )


def _lender(person: Person, pace: PaceWhy | None) -> str:
    lender = pace.lender if pace is not None else None
    return lender.label if lender is not None and can(person, Action.VIEW, lender) else ""


def _may_learn(person: Person, area: Area, pace: PaceWhy | None) -> bool:
    """Whether there is a shape that is kept, and she may have it learnt again."""
    if pace is None or pace.learnt_on is None:
        return False
    return can(person, Action.SET_TARGETS, Scope(key=area.key, **area.nodes))


def _risks(area: Area, period: Span, metric: Metric, figure: Figure, today: date) -> tuple[Risk, ...]:
    """What puts a kept figure at risk; none where it is not green."""
    if figure.status != Status.GREEN or not area.scope_id:
        return ()
    spot = (area.scope_id, metric.pk, period.start)
    return at_risk([spot], Grain(period.grain), today=today).get(spot, ())


def _ahead(area: Area, period: Span, metric: Metric, figure: Figure, today: date) -> Ahead | None:
    """Of a calendar's open period with a target, where it will end."""
    if (
        not isinstance(period, Period)
        or area.scope_id is None
        or figure.target is None
        or not metric.additive
    ):
        return None
    return ahead(scope_id=area.scope_id, metric=metric, period=period, today=today)


def _figure(area: Area, period: Span, code: str, catalog: Catalog) -> Figure | None:
    """The kept figure. One query."""
    row = (
        Reading.objects.filter(
            scope=area.scope_id or 0,
            grain=str(period.grain),
            start=period.start,
            metric=catalog.metrics[code],
        )
        .values_list("value", "target", "expected", "attainment", "status", "through", "estimated", "few")
        .first()
    )
    return Figure(*row) if row else None


def _computed(
    *, person: Person, area: Area, period: Span, code: str, company: str, fiscal_start: int, today: date
) -> tuple[Figure, tuple[Risk, ...]]:
    """As the page computes what is not kept, and what puts it at risk."""
    page = overview(
        person=person,
        area=area,
        period=period,
        company=company,
        fiscal_start=fiscal_start,
        today=today,
        asked=Asked(),
    )
    return page.figure(code), page.risks.get(code, ())


def _by_formula(area: Area, period: Span, metric: Metric, today: date) -> tuple[Figure, tuple[Risk, ...]]:
    """The same of what the overview does not show."""
    named = {metric.pk: processes_by_result().get(metric.pk, ())}
    metrics = {one.code: one for one in (metric, *named[metric.pk])}
    found = computed(area, [period], metrics, today=today)
    figures = {metrics[code].pk: one for (_start, code), one in found.items()}
    return figures.get(metric.pk, NO_FIGURE), risks_among(figures, named).get(metric.pk, ())


def _sums(
    area: Area, period: Span, through: date, slots: Mapping[str, int], catalog: Catalog, code: str
) -> tuple[Amounts, tuple[Said, ...], int]:
    """The sums that count, what each source said, and the days that were estimated. Two queries."""
    sources = {source.pk: source for source in Source.objects.all()}
    if not slots or area.found not in (Found.SINGLE, Found.CROSS, Found.DEEP):
        return {}, (), 0
    columns = ", ".join(f"sum(amounts[{slot}])" for slot in slots.values())
    params: dict[str, Any] = {"first": period.start, "last": through, "scope": area.scope_id or 0}
    within = "day BETWEEN %(first)s AND %(last)s"
    if area.found == Found.SINGLE:
        tables = [
            ("counted", "kpis_amountday", f"scope_id = %(scope)s AND {within}", "day", "estimated"),
            ("beside", "kpis_besideday", f"scope_id = %(scope)s AND {within}", "day", "estimated"),
        ]
    else:
        where, more = amounts.lies_in(area)
        params |= more
        if area.found == Found.CROSS:
            tables = [("counted", "kpis_crossday", f"{where} AND {within}", "day", "estimated")]
        else:
            months = cuts.stretch(period.start, through, reported=None, by_month_alone=True).months
            params["months"] = list(months)
            tables = [
                ("counted", "kpis_crossmonth", f"{where} AND month = ANY(%(months)s)", "month", "false")
            ]
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"""SELECT '{kind}', source_id, max({day}), count(DISTINCT {day}) FILTER (WHERE {estimated}), {columns}
                    FROM {table} WHERE {where} GROUP BY source_id"""  # noqa: S608 - names of our own
                for kind, table, where, day, estimated in tables
            ),
            params,
        )
        rows = cursor.fetchall()
    found: dict[str, dict[int, tuple[date, dict[str, Decimal | None]]]] = {"counted": {}, "beside": {}}
    estimated_days = 0
    for kind, source_id, newest, estimates, *values in rows:
        found[kind][source_id] = (newest, dict(zip(slots, values, strict=True)))
        estimated_days = max(estimated_days, estimates if kind == "counted" else 0)
    total = amounts.total(amounts.Day(one) for _newest, one in found["counted"].values())
    said = []
    for pk in {**found["counted"], **found["beside"]}:
        counted, beside = found["counted"].get(pk), found["beside"].get(pk)
        source = sources[pk]
        both = amounts.total(amounts.Day(one[1]) for one in (counted, beside) if one)
        value = catalog.value(code, counted[1]) if counted else None
        aside = catalog.value(code, both) if beside else None
        if value is not None or aside is not None or counted:
            last = max((one[0] for one in (counted, beside) if one), default=None)
            last = (
                min(source.last_day, last) if area.found == Found.DEEP and source.last_day and last else last
            )
            said.append(Said(source, value, aside, last, source.last_success_at))
    said.sort(key=lambda one: (one.source.rank, one.source.pk))
    return total, tuple(said), estimated_days


def _origin(area: Area, period: Span, metric: Metric) -> Origin | None:
    """The target versions behind a figure's target, by the rules of kpis.figures. One query."""
    if area.scope_id is None:
        return None
    held = list(
        Target.objects.filter(
            scope=area.scope_id, metric=metric, superseded_at__isnull=True, value__isnull=False
        ).select_related("set_by")
    )
    fiscal = period.fiscal_start

    def of(grain: Grain, first: date, last: date) -> list[Target]:
        return [one for one in held if one.grain == grain.value and first <= one.start <= last]

    if isinstance(period, Period):
        own = list(of(period.grain, period.start, period.start))
        if own:
            return Origin("own", tuple(own))
    if metric.additive:
        if period.grain in (Grain.QUARTER, Grain.YEAR):
            parts = [*of(Grain.QUARTER, period.start, period.end), *of(Grain.MONTH, period.start, period.end)]
            return Origin("summed", tuple(sorted(parts, key=lambda one: one.start)))
        months = of(Grain.MONTH, period.start.replace(day=1), period.end)
        return Origin("shared", tuple(sorted(months, key=lambda one: one.start)))
    for grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR):
        longer = Period.containing(period.start, grain, fiscal_start=fiscal)
        found = of(grain, longer.start, longer.start)
        if found:
            return Origin("inherited", tuple(found))
    return None
