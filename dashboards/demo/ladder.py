"""A line of the demo company's quarter that is mostly used: its rules ask for a plan for the rest and freeze a part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from budgets.models import Line
from budgets.services.ledger import hold_lines
from budgets.services.publishing import publish_next
from budgets.services.spending import commit
from common.periods import Grain, Period
from dashboards.demo.budget import CREATORS, quarter_name
from organization.models import Person

USED = Decimal("0.84")
CONTRACT = "DR-2026-118"
WITH_WHOM = "Creators for the winter campaign. 冬季活动达人合作。"


def make(*, staff: Mapping[str, Person], today: date) -> int:
    """After all that is spent and moved, before the rules look. Returns how many lines are used so far: one."""
    quarter = Period.containing(today, Grain.QUARTER)
    line = Line.objects.filter(budget__node__name=quarter_name(quarter), name=CREATORS).first()
    if line is None:
        return 0
    with transaction.atomic():
        _commit(line, staff["lead"], max(today - timedelta(days=3), quarter.start))
    while publish_next(today=today):
        pass
    return 1


def _commit(line: Line, person: Person, day: date) -> None:
    """What is lacking until so much is used."""
    balance = hold_lines([line])[line.pk]
    lacking = (balance.total * USED - balance.spent - balance.committed).quantize(Decimal(1))
    if lacking <= 0:
        return
    commit(
        line=line, amount=lacking, day=day, person=person, reference=CONTRACT, note=WITH_WHOM, key="demo:creators",
        now=timezone.make_aware(datetime.combine(day, time(11))),
    )  # fmt: skip
