"""Entering what others in the trade reach, and taking it out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from kpis.models import Benchmark, Metric
from organization.models import Person, Scope
from organization.services import Refused, record

LIMIT = Decimal(10) ** 12


@transaction.atomic
def enter_benchmark(
    *, metric: Metric, scope: Scope, value: Decimal, source: str, first_day: date, person: Person | None
) -> Benchmark:
    """The benchmark from that day on; said again for the same day, it is corrected. Raises Refused beyond all measure."""
    if abs(value) >= LIMIT:
        raise Refused(_("This number is too large."))
    made, _new = Benchmark.objects.update_or_create(
        metric=metric,
        scope=scope,
        first_day=first_day,
        defaults={"value": value, "source": source, "entered_by": person},
    )
    record(
        action="benchmark.enter",
        subject=f"{metric.code} {scope.key} {first_day}",
        person=person,
        value=value,
        source=source,
    )
    return made


@transaction.atomic
def remove_benchmark(*, benchmark: Benchmark, person: Person | None) -> None:
    record(
        action="benchmark.remove",
        subject=f"{benchmark.metric.code} {benchmark.scope.key} {benchmark.first_day}",
        person=person,
        value=benchmark.value,
        source=benchmark.source,
    )
    benchmark.delete()
