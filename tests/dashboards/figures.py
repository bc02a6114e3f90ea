"""Hand-made figures and amounts, as workers would have kept them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from common.periods import Period
from kpis.models import AmountDay, Measure, Metric, Reading, Source
from kpis.scoring import Bands, light, score
from kpis.stamps import stamp
from tests.people import scope

TODAY = date(2026, 11, 22)
NOVEMBER = "2026-11"


def keep(
    area: str,
    code: str,
    value: str | None,
    *,
    expected: str | None = None,
    target: str | None = None,
    period: str = NOVEMBER,
    through: date = date(2026, 11, 21),
    estimated: bool = False,
) -> Reading:
    """A kept figure with the light that the rules give it; the target is what is expected unless it is named."""
    metric = Metric.objects.get(code=code)
    at = Period.parse(period)
    number = Decimal(value) if value is not None else None
    due = Decimal(expected) if expected is not None else None
    result = score(value=number, expected=due, direction=metric.direction, bands=Bands())
    row, _made = Reading.objects.update_or_create(
        scope=scope(area),
        metric=metric,
        grain=at.grain.value,
        start=at.start,
        defaults={
            "value": number,
            "expected": due,
            "target": Decimal(target) if target is not None else due,
            "attainment": result.attainment,
            "status": light(result, Bands()),
            "through": min(through, at.end),
            "estimated": estimated,
        },
    )
    stamp()
    return row


def source() -> Source:
    made, _new = Source.objects.get_or_create(
        code="files", defaults={"name": "Files", "facts": "channels", "last_day": TODAY - timedelta(days=1)}
    )
    return made


def report(area: str, first: date, days: int, *, revenue: str | None, cost: str | None) -> None:
    """The same amounts on each of so many days."""
    slots = dict(Measure.objects.values_list("code", "slot"))
    amounts: list[Decimal | None] = [None] * max(slots.values())
    for code, amount in (("revenue", revenue), ("cost", cost)):
        if amount is not None:
            amounts[slots[code] - 1] = Decimal(amount)
    whose, where = source(), scope(area)
    AmountDay.objects.bulk_create(
        AmountDay(scope=where, day=first + timedelta(days=n), source=whose, amounts=amounts, estimated=False)
        for n in range(days)
    )
    stamp()
