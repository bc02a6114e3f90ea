"""Learning the shapes of years where targets need them, as part of computing figures anew.

A year's shape is learnt once, when the first period with a target of it has opened, from the days before the year
began, and kept: later corrections do not change it. It is learnt again only where more months of history have come
since, the scope's own or, for what is borrowed, the lenders' (looked at once a day).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.db import connection

from common.columns import column
from common.periods import add_months
from kpis import pacing
from kpis.figures import Look
from kpis.models import Measure, Metric, OverTime, PaceBasis
from kpis.pacing import Bools, Floats
from kpis.planned import fiscal_floor
from organization.models import CalendarEvent

Chain = tuple[int, ...]  # scopes that lend, the nearest first


def learn_due(*, metrics: Collection[Metric], look: Look) -> None:
    """Learns what the scopes in `claimed` need of these metrics, and adds the years that were learnt to their days."""
    additive = {metric.pk: metric for metric in metrics if metric.additive}
    due: dict[date, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    with connection.cursor() as cursor:
        cursor.execute(
            _DUE,
            {"metrics": list(additive), "today": look.today, "fiscal_start": look.fiscal_start,
             "history": 12 * pacing.YEARS},
        )  # fmt: skip
        for year, metric_id, scope_id in cursor.fetchall():
            due[year][metric_id].append(scope_id)
    for year, wanted in due.items():
        school = _School(year, [additive[pk] for pk in wanted])
        _keep(
            [one for pk, scopes in wanted.items() for one in school.learn(additive[pk], scopes)],
            year=year,
            today=look.today,
        )


# Pairs without a shape in a year of which something is due, those of whose own history something is, and once a day
# those that borrow.
_DUE = f"""
    WITH wanted AS (
        SELECT scope_id, metric_id, {fiscal_floor("start", 12)} AS year FROM kpis_target
        WHERE scope_id IN (SELECT scope_id FROM claimed) AND metric_id = ANY(%(metrics)s)
          AND superseded_at IS NULL AND value IS NOT NULL
        GROUP BY 1, 2, 3 HAVING min(start) <= %(today)s
    )
    SELECT year, wanted.metric_id, wanted.scope_id
    FROM wanted JOIN claimed ON claimed.scope_id = wanted.scope_id
    LEFT JOIN kpis_paceyear AS pace ON pace.scope_id = wanted.scope_id AND pace.metric_id = wanted.metric_id
        AND pace.start = year
    WHERE (pace.start IS NULL AND days && daterange(year, (year + interval '12 months')::date))
       OR days && daterange((year - make_interval(months => %(history)s))::date, year)
       OR (pace.borrowed <> '{{}}' AND looked_on < %(today)s)
    ORDER BY 1, 2, 3
"""


@dataclass(frozen=True)
class _Shape:
    """What a scope's own history says; `through` is its last day."""

    weights: Floats
    seen: Bools
    years: tuple[int, ...]
    months: int
    through: date | None


@dataclass(frozen=True)
class _Learnt:
    """A row of `kpis.models.PaceYear`."""

    scope_id: int
    metric_id: int
    cumulative: Sequence[int]
    basis: PaceBasis
    lender_id: int | None
    years: Sequence[int]
    borrowed: Sequence[int]
    months: int
    lent_months: int
    through: date | None


class _School:
    """A year, and what is read once for all of its metrics: the calendar, amounts by day, and who lends to whom."""

    def __init__(self, year: date, metrics: Sequence[Metric]) -> None:
        self.year, self.first = year, pacing.history_start(year)
        codes = {code for metric in metrics for code in metric.numerator}
        self.slots = dict(
            Measure.objects.filter(code__in=codes, over_time=OverTime.SUM).values_list("code", "slot")
        )
        reach = timedelta(days=pacing.AROUND)
        self.events = [
            pacing.Event(*row)
            for row in CalendarEvent.objects.filter(
                last_day__gte=self.first - reach, first_day__lt=add_months(year, 12) + reach
            ).values_list("code", "first_day", "last_day")
        ]
        self.amounts: dict[int, dict[str, Floats]] = {}  # by scope, then by measure
        self.chains: dict[int, Chain] = {}

    def learn(self, metric: Metric, scope_ids: Sequence[int]) -> list[_Learnt]:
        self._read(scope_ids)
        own = self._shapes(metric, scope_ids)
        self._find_chains([pk for pk, one in own.items() if not one.seen.all()])
        lenders = sorted({lender for pk in scope_ids for lender in self.chains.get(pk, ())} - own.keys())
        self._read(lenders)
        shapes = own | self._shapes(metric, lenders)
        whole: dict[Chain, Floats] = {}
        weights = pacing.complete(
            np.stack([own[pk].weights for pk in scope_ids]),
            np.stack([own[pk].seen for pk in scope_ids]),
            np.stack([self._lent(self.chains.get(pk, ()), shapes, whole) for pk in scope_ids]),
            year=self.year,
        )
        return [
            self._row(metric, pk, shapes, kept.tolist())
            for pk, kept in zip(scope_ids, pacing.cumulative(weights), strict=True)
        ]

    def _read(self, scope_ids: Sequence[int]) -> None:
        """Amounts by day and measure, summed over sources; NaN where nobody reported. One query.

        Days and amounts travel as the bytes of whole columns: half a million rows would take longer to unpack than
        to find.
        """
        missing = [pk for pk in scope_ids if pk not in self.amounts]
        if not missing or not self.slots:
            return
        columns = "".join(
            f", string_agg(float8send(coalesce(amounts[{slot}]::float8, 'NaN')), '')"
            for slot in self.slots.values()
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT scope_id, string_agg(int4send(day - %(first)s), ''){columns} FROM kpis_amountday
                    WHERE scope_id = ANY(%(scopes)s) AND day >= %(first)s AND day < %(year)s GROUP BY scope_id""",
                {"scopes": missing, "first": self.first, "year": self.year},
            )
            count = (self.year - self.first).days
            self.amounts |= {pk: {} for pk in missing}
            for scope_id, at, *values in cursor.fetchall():
                days = np.frombuffer(at, dtype=">i4").astype(np.int64)
                for code, column in zip(self.slots, values, strict=True):
                    amounts = np.frombuffer(column, dtype=">f8").astype(np.float64)
                    said = np.isfinite(amounts)
                    sums: Floats = np.bincount(days[said], weights=amounts[said], minlength=count).astype(
                        np.float64
                    )
                    sums[np.bincount(days[said], minlength=count) == 0] = np.nan
                    self.amounts[scope_id][code] = sums

    def _shapes(self, metric: Metric, scope_ids: Sequence[int]) -> dict[int, _Shape]:
        if not scope_ids:
            return {}
        history = np.stack([self._value(metric, self.amounts.get(pk, {})) for pk in scope_ids])
        learnt = pacing.learn(history, year=self.year, events=self.events)
        found = {}
        for at, pk in enumerate(scope_ids):
            known = np.flatnonzero(np.isfinite(history[at]))
            found[pk] = _Shape(
                weights=learnt.weights[at],
                seen=learnt.seen[at],
                years=tuple(self.year.year - 1 - int(back) for back in np.flatnonzero(learnt.years[at])),
                months=int(learnt.months[at]),
                through=self.first + timedelta(days=int(known[-1])) if len(known) else None,
            )
        return found

    def _value(self, metric: Metric, amounts: dict[str, Floats]) -> Floats:
        """The plain sum by day; no value where a part of it is missing, as everywhere."""
        total = np.zeros((self.year - self.first).days)
        nothing = np.full_like(total, np.nan)
        for code, coefficient in metric.numerator.items():
            total = total + float(coefficient) * amounts.get(code, nothing)
        return total * float(metric.scale)

    def _find_chains(self, scope_ids: Sequence[int]) -> None:
        """Who lends to each of these: the nodes above, of a cross-cut its channel first, and at last the company."""
        missing = [pk for pk in scope_ids if pk not in self.chains]
        if not missing:
            return
        with connection.cursor() as cursor:
            cursor.execute(_LENDERS, {"scopes": missing})
            found: dict[int, list[int]] = defaultdict(list)
            for scope_id, lender_id in cursor.fetchall():
                found[scope_id].append(lender_id)
        self.chains |= {pk: tuple(found[pk]) for pk in missing}

    def _lent(self, chain: Chain, shapes: dict[int, _Shape], whole: dict[Chain, Floats]) -> Floats:
        """The shape of the first of the chain, made whole by those after it."""
        if not chain:
            even: Floats = pacing.equal_days(self.year)[0]
            return even
        if chain not in whole:
            first, rest = shapes[chain[0]], self._lent(chain[1:], shapes, whole)
            whole[chain] = pacing.complete(first.weights[None], first.seen[None], rest[None], year=self.year)[
                0
            ]
        return whole[chain]

    def _row(self, metric: Metric, pk: int, shapes: dict[int, _Shape], kept: Sequence[int]) -> _Learnt:
        own = shapes[pk]
        lenders = [one for one in self.chains.get(pk, ()) if shapes[one].months]
        first = shapes[lenders[0]] if lenders else own
        basis = PaceBasis.OWN if own.months else PaceBasis.PARENT if lenders else PaceBasis.EQUAL
        told = own if own.months else first
        return _Learnt(
            scope_id=pk,
            metric_id=metric.pk,
            # By their number, so that equal days stay equal to the last digit.
            cumulative=range(1, len(kept) + 1) if basis == PaceBasis.EQUAL else kept,
            basis=basis,
            lender_id=lenders[0] if lenders else None,
            years=told.years,
            borrowed=[(self.year.month - 1 + int(month)) % 12 + 1 for month in np.flatnonzero(~own.seen)],
            months=own.months,
            lent_months=sum(shapes[one].months for one in lenders),
            through=told.through,
        )


_LENDERS = """
    SELECT scope_id, lender_id FROM (
        SELECT scope.id AS scope_id, lender.id AS lender_id, rank, ancestor_depth
        FROM organization_scope AS scope
        CROSS JOIN LATERAL (VALUES (1, channel_id), (2, region_id), (3, product_id), (4, team_id), (5, budget_id))
            AS part(rank, node_id)
        JOIN organization_nodeancestor AS up ON up.node_id = part.node_id
        JOIN organization_scope AS lender ON lender.node_id = up.ancestor_id
        WHERE scope.id = ANY(%(scopes)s) AND lender.id <> scope.id
        UNION ALL
        SELECT scope.id, company.id, 6, 0 FROM organization_scope AS scope, organization_scope AS company
        WHERE scope.id = ANY(%(scopes)s) AND company.key = 'company' AND scope.id <> company.id
    ) AS lending ORDER BY scope_id, rank, ancestor_depth DESC
"""


def _keep(learnt: Sequence[_Learnt], *, year: date, today: date) -> None:
    """What is there stays, unless this rests on more months. Whose figures change then has the whole year due."""
    ordered = sorted(learnt, key=lambda one: (one.scope_id, one.metric_id))
    with connection.cursor() as cursor:
        cursor.execute(
            _KEEP,
            {
                "year": year, "today": today,
                "scopes": column(one.scope_id for one in ordered), "metrics": column(one.metric_id for one in ordered),
                "cumulative": [column(one.cumulative) for one in ordered],
                "basis": [one.basis.value for one in ordered], "lenders": column(one.lender_id for one in ordered),
                "years": [column(one.years) for one in ordered],
                "borrowed": [column(one.borrowed) for one in ordered],
                "months": column(one.months for one in ordered), "lent": column(one.lent_months for one in ordered),
                "through": column(one.through for one in ordered),
            },
        )  # fmt: skip


_COLUMNS = "cumulative, basis, lender_id, years, borrowed, months, lent_months, through, learnt_on, looked_on"
_KEEP = f"""
    WITH told AS (
        SELECT scope_id, metric_id, cumulative::int[], basis, lender_id, years::smallint[], borrowed::smallint[],
            months, lent_months, through
        FROM unnest(%(scopes)s::bigint[], %(metrics)s::bigint[], %(cumulative)s::text[], %(basis)s::text[],
            %(lenders)s::bigint[], %(years)s::text[], %(borrowed)s::text[], %(months)s::smallint[],
            %(lent)s::smallint[], %(through)s::date[])
        AS told(scope_id, metric_id, cumulative, basis, lender_id, years, borrowed, months, lent_months, through)
    ),
    looked AS (
        UPDATE kpis_paceyear AS pace SET looked_on = %(today)s FROM told
        WHERE pace.scope_id = told.scope_id AND pace.metric_id = told.metric_id AND pace.start = %(year)s
          AND looked_on < %(today)s AND pace.borrowed <> '{{}}'
          AND (told.months, told.lent_months) <= (pace.months, pace.lent_months)
    ),
    kept AS (
        INSERT INTO kpis_paceyear AS pace (scope_id, metric_id, start, {_COLUMNS})
        SELECT scope_id, metric_id, %(year)s, cumulative, basis, lender_id, years, borrowed, months, lent_months,
            through, %(today)s, %(today)s
        FROM told ORDER BY scope_id, metric_id
        ON CONFLICT (scope_id, metric_id, start) DO UPDATE
        SET ({_COLUMNS}) = ROW({", ".join(f"excluded.{one}" for one in _COLUMNS.split(", "))})
        WHERE (excluded.months, excluded.lent_months) > (pace.months, pace.lent_months)
        RETURNING scope_id
    )
    UPDATE claimed SET days = days + datemultirange(daterange(%(year)s, (%(year)s + interval '12 months')::date))
    WHERE scope_id IN (SELECT scope_id FROM kept)
"""
