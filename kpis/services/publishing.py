"""Publishing what is said of a whole period (computed measures), and the measures and metrics that sources bring along."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Q

from common.columns import column
from common.periods import Grain
from common.queueing import enqueue
from kpis.models import Direction, Kind, Measure, Metric, OverTime, Source, Unit
from kpis.services.changes import MERGE, mark_metric_changed
from kpis.services.measures import MOST, lock_codes
from kpis.stamps import stamp

_STEP = {
    Grain.DAY: "1 day", Grain.WEEK: "7 days", Grain.MONTH: "1 month", Grain.QUARTER: "3 months", Grain.YEAR: "1 year",
}  # fmt: skip


@dataclass(frozen=True)
class Published:
    """One amount, in the measure's unit: of an area, for the period that begins at `start`."""

    scope_id: int
    measure: str
    start: date
    amount: Decimal


class CodeTaken(Exception):
    """Somebody's own measure or metric has this code and means something else by it."""


@transaction.atomic
def publish_amounts(
    *,
    source: Source,
    grain: Grain,
    first: date,
    last: date,
    measures: Sequence[str],
    rows: Iterable[Published],
    through: date,
    areas: Collection[int] | None = None,
) -> int:
    """Replaces all that the source had said of these measures for periods of this grain that begin from `first` to `last`,
    of these `areas` (ids of scopes) alone where they are named.

    `through`: the last day that counts in what is published (a period that ends earlier counts to its end). Only areas
    and periods of which something else is said now are marked for recompute; returns how many those are. Measures of
    one's own that share a code and are not computed are left alone. Rows outside of what is replaced raise ValueError.
    """
    slots = dict(
        Measure.objects.filter(code__in=measures, over_time=OverTime.COMPUTED).values_list("code", "slot")
    )
    said = [row for row in rows if row.measure in slots]
    if any(not first <= row.start <= last for row in said):
        raise ValueError("a period that is not among those replaced")
    if areas is not None and not {row.scope_id for row in said} <= set(areas):
        raise ValueError("an area that is not among those replaced")
    metrics = _metrics_with(list(slots))
    params: dict[str, Any] = {
        "source": source.pk, "grain": grain.value, "first": first, "last": last, "through": through,
        "slots": sorted(slots.values()), "metrics": [metric.pk for metric in metrics],
        "scopes": column([row.scope_id for row in said]), "said": column([slots[row.measure] for row in said]),
        "starts": column([row.start for row in said]), "amounts": column([row.amount for row in said]),
        "areas": None if areas is None else column(sorted(areas)),
    }  # fmt: skip
    with connection.cursor() as cursor:
        # Two who publish the same wait for each other, so that neither leaves what the other took away.
        cursor.execute("SELECT 1 FROM kpis_source WHERE id = %s FOR NO KEY UPDATE", [source.pk])
        cursor.execute(_PUBLISH.format(step=_STEP[grain], merge=MERGE), params)
        changed: int = cursor.rowcount
    if changed:
        stamp()
        enqueue("kpis.tasks.work")
    return changed


def ensure_measure(
    *, code: str, name: str, name_zh: str, unit: Unit, over_time: OverTime, signed: bool = False
) -> Measure:
    """The measure that a source brings along, made in the next free place where it is new.

    Raises CodeTaken where one of this code counts something else; ValueError where no place is left.
    """
    with transaction.atomic():
        lock_codes()
        known = Measure.objects.filter(code=code).first()
        if known is not None:
            if (known.unit, known.over_time) != (unit, over_time):
                raise CodeTaken(code)
            return known
        last = Measure.objects.aggregate(slot=Max("slot"))["slot"] or 0
        if last >= MOST:
            raise ValueError("no place is left for another measure")
        return Measure.objects.create(
            code=code, slot=last + 1, name=name, name_zh=name_zh, unit=unit, over_time=over_time, signed=signed,
            shipped=True,
        )  # fmt: skip


@transaction.atomic
def ensure_metric(
    *,
    code: str,
    name: str,
    name_zh: str,
    numerator: Mapping[str, str],
    denominator: Mapping[str, str] | None = None,
    unit: Unit,
    direction: Direction = Direction.HIGHER,
    kind: Kind = Kind.RESULT,
    help_text: str = "",
    help_text_zh: str = "",
) -> Metric:
    """The metric that a source brings along, made where it is new; its history is computed by the workers.

    Raises CodeTaken where one of this code has another formula.
    """
    lock_codes()
    formula = (dict(numerator), dict(denominator) if denominator else None)
    known = Metric.objects.filter(code=code).first()
    if known is not None:
        if (known.numerator, known.denominator) != formula:
            raise CodeTaken(code)
        return known
    made = Metric.objects.create(
        code=code, name=name, name_zh=name_zh, numerator=formula[0], denominator=formula[1], unit=unit,
        direction=direction, kind=kind, help_text=help_text, help_text_zh=help_text_zh, shipped=True,
        position=(Metric.objects.aggregate(last=Max("position"))["last"] or 0) + 1,
    )  # fmt: skip
    mark_metric_changed(metric=made)
    enqueue("kpis.tasks.work")
    return made


def _metrics_with(codes: Sequence[str]) -> list[Metric]:
    return list(
        Metric.objects.in_use()
        .filter(Q(numerator__has_any_keys=codes) | Q(denominator__has_any_keys=codes))
        .order_by("pk")
    )


# A period that is open counts to `through`, one that is over to its end.
_PUBLISH = """
    WITH said AS (
        SELECT scope_id, slot, start, amount,
            least(%(through)s::date, (start + interval '{step}' - interval '1 day')::date) AS through
        FROM unnest(%(scopes)s::bigint[], %(said)s::smallint[], %(starts)s::date[], %(amounts)s::numeric[])
            AS said(scope_id, slot, start, amount)
    ),
    gone AS (
        DELETE FROM kpis_publishedamount AS old
        WHERE source_id = %(source)s AND grain = %(grain)s AND start BETWEEN %(first)s AND %(last)s
          AND slot = ANY(%(slots)s::smallint[])
          AND (%(areas)s::bigint[] IS NULL OR old.scope_id = ANY(%(areas)s::bigint[]))
          AND NOT EXISTS (SELECT 1 FROM said WHERE said.scope_id = old.scope_id AND said.slot = old.slot
              AND said.start = old.start)
        RETURNING scope_id, start
    ),
    put AS (
        INSERT INTO kpis_publishedamount AS old (scope_id, grain, start, slot, source_id, through, amount)
        SELECT scope_id, %(grain)s, start, slot, %(source)s, through, amount FROM said
        ON CONFLICT (scope_id, grain, start, slot, source_id)
        DO UPDATE SET amount = excluded.amount, through = excluded.through
        WHERE (old.amount, old.through) IS DISTINCT FROM (excluded.amount, excluded.through)
        RETURNING scope_id, start
    ),
    changed AS (SELECT DISTINCT scope_id, start FROM (TABLE gone UNION ALL TABLE put) AS one)
    INSERT INTO kpis_changedscope (scope_id, days, metrics)
    SELECT scope_id, range_agg(daterange(start, (start + interval '{step}')::date)),
        CASE WHEN bool_or(node_id IS NOT NULL OR key = 'company') THEN %(metrics)s::bigint[] END
    FROM changed JOIN organization_scope AS scope ON scope.id = scope_id
    GROUP BY scope_id ORDER BY scope_id
    {merge}
"""
