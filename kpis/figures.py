"""The one place that computes figures: value, target, expected by now, attainment and light, set-based in SQL.

`figures_sql` is used by `kpis.readings` (which keeps the answer as rows) and by `kpis.selectors` (which does not).
It reads two relations that the caller puts in front of it:

    area(id, region_id, channel_id, product_id)   the scopes asked for; node ids, NULL for none
    due(scope_id, grain, start, stop)             the periods asked for, `stop` being the last day
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils import timezone

from kpis.facts import all_fact_tables
from kpis.models import Measure, Metric, OverTime, Unit
from kpis.planned import AIMS, TARGETS
from kpis.priority import counted_sql
from kpis.scoring import ATTAINMENT_SQL, STATUS_SQL
from organization.selectors import closed_through, company


class Shape(StrEnum):
    """How the amounts of a scope are found."""

    SINGLE = "single"  # the company or one node: its own roll-up
    CROSS = "cross"  # top channel × region × product line
    DEEP = "deep"  # a campaign or content piece × region or product line


@dataclass(frozen=True)
class Look:
    """When somebody looks: `as_of` cuts later days and picks the targets of that day, `today` is not over yet."""

    as_of: date
    today: date
    closed: date
    fiscal_start: int

    @classmethod
    def at(cls, as_of: date | None = None, *, today: date | None = None) -> Look:
        today = today or timezone.localdate()
        as_of = as_of or today
        return cls(as_of, today, closed_through(as_of), company().fiscal_year_start)

    def params(self) -> dict[str, Any]:
        return {
            "complete": min(self.as_of, self.today - timedelta(days=1)),
            "closed": self.closed,
            "fiscal_start": self.fiscal_start,
            "instant": timezone.make_aware(datetime.combine(self.as_of, time.max)),
        }


def figures_sql(
    shape: Shape, *, single: str = "kpis_amountday", metrics: Collection[Metric] | None = None
) -> str:
    """SQL of the CTEs up to `figures`(scope_id, metric_id, grain, start, value, target, expected, attainment, status,
    through, estimated, few): a row where there is a value or a target. Parameters: those of `Look.params`. `single` names the
    relation that holds the amounts of SINGLE scopes by scope and day. `metrics` are those asked for: all in use.
    """
    if metrics is None:
        metrics = list(Metric.objects.in_use().order_by("pk"))
    slots = dict(Measure.objects.values_list("code", "slot"))
    codes = {code for metric in metrics for code in (*metric.numerator, *(metric.denominator or {}))}
    return f"""
    {TARGETS},
    {totals_sql(shape, codes, single=single)},
    {AIMS},
    valued AS (
        SELECT total.place, total.scope_id, metric_id, total.grain, total.start, through, estimated, few, value
        FROM total CROSS JOIN LATERAL unnest({_values(metrics, slots)}) AS formula(metric_id, value, estimated, few)
    ),
    judged AS (
        SELECT valued.*, target, direction, band_low, band_high, green_from, yellow_from,
            CASE WHEN through >= valued.start THEN expected END AS expected
        FROM valued JOIN kpis_metric AS metric ON metric.id = valued.metric_id
        LEFT JOIN aim ON aim.place = valued.place AND aim.metric_id = valued.metric_id
        WHERE value IS NOT NULL OR target IS NOT NULL
    ),
    attained AS (SELECT *, {ATTAINMENT_SQL} AS attainment FROM judged),
    figures AS (
        SELECT scope_id, metric_id, grain, start, value, target, expected, attainment, {STATUS_SQL} AS status,
            through, estimated, few
        FROM attained
    )"""


def totals_sql(shape: Shape, codes: Collection[str], *, single: str = "kpis_amountday") -> str:
    """SQL of the CTEs `seen` (due, its number, and `through` which day it looks) and `total`: of each measure named by its code
    the amount m<slot> and whether it is estimated, e<slot>.

    Where a measure adds up, its days are summed; of a stock the last value of each place in the period is, and where it
    is a percentage or a ratio, only what was said of exactly this scope; of what sources publish by the period, what the
    first of them says of exactly this scope and period.
    """
    measures = list(Measure.objects.filter(code__in=codes))
    adding = [one.slot for one in measures if one.over_time == OverTime.SUM]
    stocks = [one for one in measures if one.over_time == OverTime.LAST]
    sums = [f"sum(amounts[{slot}]) AS m{slot}" for slot in adding]
    guesses = [f"coalesce(bool_or(amounts[{slot}] IS NOT NULL), false) AS e{slot}" for slot in adding]
    computed = [one.slot for one in measures if one.over_time == OverTime.COMPUTED]
    rows = _rows(shape, single, "seen.start", "seen.through")
    # Whoever only says what stands now does not say how far the days have come.
    still = (
        f" AND NOT slots <@ ARRAY[{', '.join(str(one.slot) for one in stocks)}]::smallint[]" if stocks else ""
    )
    joined = ""
    if sums:
        joined += f"""
        CROSS JOIN LATERAL (
            SELECT {", ".join(sums)}, coalesce(bool_or(estimated), false) AS guessed FROM ({rows}) AS piece
        ) AS amount
        CROSS JOIN LATERAL (
            SELECT {", ".join(guesses)} FROM ({rows}) AS piece WHERE amount.guessed AND estimated
        ) AS guess"""
    if stocks:
        joined += f" CROSS JOIN LATERAL ({_stocks(stocks)}) AS stock"
    if computed:
        joined += f" CROSS JOIN LATERAL ({_published(computed)}) AS published"
    columns = ", ".join(f"m{one.slot}, e{one.slot}" for one in measures)
    return f"""
    seen AS (
        SELECT due.*, row_number() OVER () AS place, CASE WHEN stop <= %(closed)s THEN stop ELSE least(stop, %(complete)s, (
            SELECT min(last_day) FROM kpis_source WHERE id IN (
                SELECT source_id FROM ({_rows(shape, single, "due.start", "due.stop")}) AS present){still})) END AS through
        FROM due JOIN area ON area.id = due.scope_id
    ),
    total AS (
        SELECT seen.*{", " + columns if columns else ""} FROM seen JOIN area ON area.id = seen.scope_id{joined}
    )"""


def _published(slots: Collection[int]) -> str:
    """The amounts that sources published of the scope `area` for the period `seen`; none that counts days to come."""
    amounts = ", ".join(
        f"max(amount) FILTER (WHERE slot = {slot}) AS m{slot}, false AS e{slot}" for slot in slots
    )
    return f"""
        SELECT {amounts} FROM (
            SELECT DISTINCT ON (slot) slot, amount FROM kpis_publishedamount AS said
            JOIN kpis_source AS source ON source.id = said.source_id
            WHERE said.scope_id = area.id AND said.grain = seen.grain AND said.start = seen.start
              AND said.through <= %(complete)s AND slot IN ({", ".join(map(str, slots))})
            ORDER BY slot, source.rank, source.id
        ) AS newest"""


def _stocks(stocks: Collection[Measure]) -> str:
    """The amounts of stocks of the scope `area` in the period `seen`, by the place that said them: the same whatever the
    shape, and wherever nodes have been moved since.
    """
    shared = [one.slot for one in stocks if one.unit in (Unit.PERCENT, Unit.RATIO)]
    adding = [one.slot for one in stocks if one.slot not in shared]
    dimensions = ("channel", "region", "product")
    below = " AND ".join(
        f"(area.{one}_id IS NULL OR {one}_id IN (SELECT node_id FROM organization_nodeancestor"
        f" WHERE ancestor_id = area.{one}_id))"
        for one in dimensions
    )
    # A node that was merged stands for the other one: one place, of which the newest report counts.
    places = ", ".join(
        f"coalesce((SELECT ancestor_id FROM organization_nodeancestor WHERE node_id = {one}_id"
        f" ORDER BY ancestor_depth DESC LIMIT 1), {one}_id) AS {one}"
        for one in dimensions
    )
    exactly = " AND ".join(f"{one} = coalesce(area.{one}_id, 0)" for one in dimensions)
    lying = f"slot IN ({', '.join(map(str, adding))}) AND {below}" if adding else "false"
    told = f"slot IN ({', '.join(map(str, shared))})" if shared else "false"
    amounts = ", ".join(
        f"sum(amount) FILTER (WHERE slot = {one.slot}) AS m{one.slot},"
        f" coalesce(bool_or(estimated) FILTER (WHERE slot = {one.slot}), false) AS e{one.slot}"
        for one in stocks
    )
    return f"""
        SELECT {amounts} FROM (
            SELECT DISTINCT ON (slot, channel, region, product) slot, amount, estimated FROM (
                SELECT slot, day, source_id, channel_id, region_id, product_id, amount, estimated, {places}
                FROM kpis_stockday
                WHERE slot IN ({", ".join(str(one.slot) for one in stocks)})
                  AND day BETWEEN seen.start AND seen.through AND ({lying} OR {told})
            ) AS placed
            WHERE NOT ({told}) OR {exactly}
            ORDER BY slot, channel, region, product, day DESC, (channel_id, region_id, product_id)
                = (channel, region, product) DESC, source_id
        ) AS newest
        WHERE NOT EXISTS (SELECT 1 FROM organization_scope AS scope WHERE scope.id = area.id
            AND (scope.team_id IS NOT NULL OR scope.budget_id IS NOT NULL))"""


def _rows(shape: Shape, single: str, first: str, last: str) -> str:
    """Rows (source_id, amounts, estimated) of the scope `area` between two days, both included."""
    below = "(SELECT node_id FROM organization_nodeancestor WHERE ancestor_id = area.{0}_id)"
    lies_in = " AND ".join(
        f"(area.{dimension}_id IS NULL OR {dimension}_id IN {below.format(dimension)})"
        for dimension in ("region", "product")
    )
    if shape == Shape.SINGLE:
        return f"""SELECT source_id, amounts, estimated FROM {single}
            WHERE scope_id = area.id AND day BETWEEN {first} AND {last}"""
    if shape == Shape.CROSS:
        return f"""SELECT source_id, amounts, estimated FROM kpis_crossday
            WHERE day BETWEEN {first} AND {last}
              AND (area.channel_id IS NULL OR channel_id = area.channel_id) AND {lies_in}"""
    lies_in = f"channel_id IN {below.format('channel')} AND {lies_in}"
    # Whole months from the roll-up, the days at the edges from the facts.
    whole = f"""SELECT source_id, amounts, false AS estimated FROM kpis_crossmonth
        WHERE {lies_in} AND month BETWEEN {first} AND {last} AND month + interval '1 month' <= {last} + 1
          AND {first} = date_trunc('month', {first})
          AND (SELECT depth FROM organization_node WHERE id = area.channel_id) = 2"""
    # (facts know nothing of sources that do not count; they do lie below one top channel, though.)
    slots = list(Measure.objects.values_list("slot", flat=True))
    edges = [
        f"""SELECT source_id, amounts, estimated FROM (
            SELECT fact.source_id, {counted_sql("fact.amounts", "uncounted.slots", slots)} AS amounts, estimated
            FROM {facts.table} AS fact
            LEFT JOIN kpis_uncounted AS uncounted ON uncounted.source_id = fact.source_id
                AND uncounted.month = date_trunc('month', day)::date AND uncounted.channel_id = (
                    SELECT ancestor_id FROM organization_nodeancestor
                    WHERE node_id = area.channel_id AND ancestor_depth = 1)
            WHERE day BETWEEN CASE
                    WHEN {first} = date_trunc('month', {first})
                     AND (SELECT depth FROM organization_node WHERE id = area.channel_id) = 2
                    THEN greatest({first}, date_trunc('month', {last} + 1)::date) ELSE {first} END
                AND {last} AND {lies_in.replace("channel_id IN", "fact.channel_id IN")}
        ) AS fact WHERE num_nonnulls(VARIADIC amounts) > 0"""
        for facts in all_fact_tables()
        if {"channel", "region", "product"} <= set(facts.dimensions)
    ]
    return " UNION ALL ".join([whole, *edges])


def _values(metrics: Collection[Metric], slots: dict[str, int]) -> str:
    """Four arrays: metric ids, values, which are estimated, and which rest on too few to be judged. A sum of which one part is NULL is NULL: every measure
    must be reported.

    Arrays, because PostgreSQL prepares the expressions of a VALUES list anew for every row that it meets.
    """
    ids = ", ".join(str(metric.pk) for metric in metrics)
    values = ", ".join(_formula(metric, slots) for metric in metrics)
    guessed = ", ".join(
        " OR ".join(
            f"e{slots[code]}" for code in dict.fromkeys([*metric.numerator, *(metric.denominator or {})])
        )
        for metric in metrics
    )
    few = ", ".join(_few(metric, slots) for metric in metrics)
    return f"ARRAY[{ids}]::bigint[], ARRAY[{values}]::numeric[], ARRAY[{guessed}]::boolean[], ARRAY[{few}]::boolean[]"


def _formula(metric: Metric, slots: dict[str, int]) -> str:
    numerator = f"{metric.scale} * ({_combination(metric.numerator, slots)})"
    if metric.denominator is None:
        return numerator
    return f"{numerator} / nullif({_combination(metric.denominator, slots)}, 0)"


def _few(metric: Metric, slots: dict[str, int]) -> str:
    if metric.denominator is None or metric.least_base is None:
        return "false"
    return f"coalesce({_combination(metric.denominator, slots)} < {int(metric.least_base)}, false)"


def _combination(parts: dict[str, str], slots: dict[str, int]) -> str:
    return " + ".join(f"{Decimal(coefficient)} * m{slots[code]}" for code, coefficient in parts.items())
