"""Attributed conversions and money as figures of their own: never mixed with what platforms or own orders say.

Rules over one path publish facts by the conversion's day, which roll up like any others; Markov and Shapley publish
months alone, which is what they know. Whatever is not chosen any more is taken back.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from channels.attribution import RULES, Model
from channels.attribution.dividing import Daily, Share
from channels.attribution_words import MONTH_HELP, ORDERS, REVENUE, ROAS, RULE_HELP, named
from common.periods import Grain, add_months
from kpis.models import Measure, OverTime, Source, Unit
from kpis.services import ensure_source, mark_days_changed
from kpis.services.publishing import Published, ensure_measure, ensure_metric, publish_amounts
from organization.models import Scope

SOURCE = "attribution"  # the code of the source, and of its facts
TABLE = "channels_attributed"
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Codes:
    """Of a model's measures and metrics."""

    orders: str
    revenue: str
    roas: str


def codes(model: Model) -> Codes:
    name = model.value.replace("-", "_")
    return Codes(*(f"attributed_{what}_{name}" for what in ("orders", "revenue", "roas")))


def publish(
    *, daily: Sequence[Daily], shares: Sequence[Share], published: Collection[Model], through: date | None
) -> None:
    """Publishes these models' credits in place of all that was published before. Inside the caller's transaction.

    `through` is the last day of the touches.
    """
    for model in Model:
        if model in published:
            ensure_figures(model)
    source = ensure_source(code=SOURCE, name="Attribution", facts=SOURCE)
    source = Source.objects.select_for_update(no_key=True).get(pk=source.pk)
    slots = dict(Measure.objects.filter(code__startswith="attributed_").values_list("code", "slot"))
    days = _write_facts(source, [one for one in daily if one.model in published], slots)
    filled = {slots[code] for model in published for code in (codes(model).orders, codes(model).revenue)}
    source.slots = sorted({*source.slots, *filled})
    source.last_success_at = timezone.now()
    if days:
        source.revision += 1
        mark_days_changed(source=source, days=days)
    # No `last_day`: credits that nobody has made anew must not hold back the figures of others.
    source.save(update_fields=["slots", "revision", "last_success_at"])
    _publish_months(source, [one for one in shares if one.model in published], through or EPOCH)


def ensure_figures(model: Model) -> Codes:
    """The measures and metrics of a model, made where they are new. Raises CodeTaken, ValueError where no room is left."""
    made = codes(model)
    over_time = OverTime.SUM if model in RULES else OverTime.COMPUTED
    help_text, help_text_zh = RULE_HELP if model in RULES else MONTH_HELP
    for code, unit, pattern in ((made.orders, Unit.COUNT, ORDERS), (made.revenue, Unit.MONEY, REVENUE)):
        name, name_zh = named(pattern, model)
        ensure_measure(
            code=code,
            name=name,
            name_zh=name_zh,
            unit=unit,
            over_time=over_time,
            signed=model is Model.SHAPLEY,
        )
        ensure_metric(
            code=code, name=name, name_zh=name_zh, numerator={code: "1"}, unit=unit, help_text=help_text,
            help_text_zh=help_text_zh,
        )  # fmt: skip
    name, name_zh = named(ROAS, model)
    ensure_metric(
        code=made.roas, name=name, name_zh=name_zh, numerator={made.revenue: "1"}, denominator={"cost": "1"},
        unit=Unit.RATIO, help_text=help_text, help_text_zh=help_text_zh,
    )  # fmt: skip
    return made


def _write_facts(source: Source, daily: Sequence[Daily], slots: dict[str, int]) -> list[date]:
    """Writes the days that changed anew. Returns them."""
    copied = io.StringIO()
    for one in daily:
        made = codes(one.model)
        pairs = zip(one.days.tolist(), one.nodes.tolist(), one.conversions, one.values, strict=True)
        copied.writelines(
            f"{day}\t{node}\t{slots[made.orders]}\t{count}\n{day}\t{node}\t{slots[made.revenue]}\t{value}\n"
            for day, node, count, value in pairs
        )
    copied.seek(0)
    used = sorted(
        {slots[code] for one in daily for code in (codes(one.model).orders, codes(one.model).revenue)}
    )
    amounts = ", ".join(
        f"max(amount) FILTER (WHERE slot = {slot})" if slot in used else "NULL"
        for slot in range(1, max(used, default=1) + 1)
    )
    params: dict[str, Any] = {"source": source.pk}
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE credit_cell (number int, node int, slot int, amount numeric) ON COMMIT DROP"
        )
        cursor.copy_expert("COPY credit_cell FROM STDIN", copied)
        cursor.execute(
            "CREATE TEMP TABLE attributed ON COMMIT DROP AS"
            f" SELECT date '1970-01-01' + number AS day, node AS channel_id, ARRAY[{amounts}]::numeric[] AS amounts"
            " FROM credit_cell GROUP BY 1, 2"
        )
        cursor.execute(_CHANGED, params)
        days = [day for (day,) in cursor.fetchall()]
        if days:
            params["days"] = days
            cursor.execute(
                f"DELETE FROM {TABLE} WHERE source_id = %(source)s AND day = ANY(%(days)s)", params
            )
            cursor.execute(
                f"INSERT INTO {TABLE} (day, source_id, channel_id, estimated, amounts)"
                " SELECT day, %(source)s, channel_id, false, amounts FROM attributed WHERE day = ANY(%(days)s)",
                params,
            )
        cursor.execute("DROP TABLE credit_cell, attributed")
    return days


_CHANGED = f"""
    WITH standing AS (SELECT day, channel_id, amounts FROM {TABLE} WHERE source_id = %(source)s)
    SELECT DISTINCT day FROM (
        (SELECT day, channel_id, amounts FROM attributed EXCEPT TABLE standing)
        UNION ALL
        (TABLE standing EXCEPT SELECT day, channel_id, amounts FROM attributed)
    ) AS other ORDER BY day
"""


def _publish_months(source: Source, shares: Sequence[Share], through: date) -> None:
    """Of each top channel, and of the company their sum."""
    learnt = [model for model in Model if model not in RULES]
    known = set(Measure.objects.filter(code__startswith="attributed_").values_list("code", flat=True))
    measures = [
        code for model in learnt for code in (codes(model).orders, codes(model).revenue) if code in known
    ]
    if not measures:
        return
    scopes = dict(Scope.objects.filter(node__dimension="channel").values_list("node_id", "pk"))
    company = Scope.objects.get(key="company").pk
    sums: dict[tuple[int, str, date], Decimal] = {}
    for share in shares:
        if share.model in RULES or share.month is None:
            continue
        start = month_of(share.month)
        for code, amount in (
            (codes(share.model).orders, share.conversions),
            (codes(share.model).revenue, share.value),
        ):
            sums[company, code, start] = sums.get((company, code, start), Decimal(0)) + amount
            if share.node in scopes:
                sums[scopes[share.node], code, start] = amount
    publish_amounts(
        source=source,
        grain=Grain.MONTH,
        first=date(1990, 1, 1),
        last=date(2100, 12, 1),
        measures=measures,
        rows=[Published(scope, code, start, amount) for (scope, code, start), amount in sums.items()],
        through=through,
    )


def month_of(number: int) -> date:
    """The first day of a month counted from January 1970."""
    return add_months(EPOCH, number)
