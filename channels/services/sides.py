"""Choosing what an investment is held against: the metrics of three sides, their weights, and what counts as good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from channels.models import SideMetric, SidesPlan
from channels.three_sides import SIDES, Side
from kpis.models import Direction, Metric
from organization.models import Person
from organization.services import Refused, record

MOST_METRICS = 6  # of a side
MOST_WEIGHT = Decimal(1000)
LIMIT = Decimal(10) ** 15
LOCK = 20250828  # any number that nobody else locks


@dataclass(frozen=True)
class SideLine:
    side: Side
    metric: Metric
    weight: Decimal
    good: Decimal | None


class SidesMoved(Exception):
    """Somebody else has changed it since it was opened; nothing was written."""


@transaction.atomic
def keep_sides(
    *, weights: Mapping[Side, Decimal], lines: Sequence[SideLine], based_on: int, person: Person | None
) -> SidesPlan:
    """Puts these in the place of what was seen as revision `based_on` (0: what ships).

    Raises Refused for what cannot be, SidesMoved where somebody else was quicker.
    """
    _check(weights, lines)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    kept = SidesPlan.objects.first()
    if (kept.revision if kept else 0) != based_on:
        raise SidesMoved
    plan = kept or SidesPlan(revision=0)
    for side in SIDES:
        setattr(plan, side.value, weights.get(side, Decimal(0)))
    plan.revision += 1
    plan.save()
    plan.metrics.all().delete()
    SideMetric.objects.bulk_create(
        SideMetric(
            plan=plan, side=line.side, metric=line.metric, weight=line.weight, good=line.good, position=place
        )
        for place, line in enumerate(lines)
    )
    record(
        action="sides.change",
        subject="company",
        person=person,
        weights={side.value: str(weights.get(side, 0)) for side in SIDES},
        lines=[
            f"{line.side.value} {line.metric.code} {line.weight} {'' if line.good is None else line.good}"
            for line in lines
        ],
    )
    return plan


def _check(weights: Mapping[Side, Decimal], lines: Sequence[SideLine]) -> None:
    if any(not 0 <= weight <= MOST_WEIGHT for weight in weights.values()):
        raise Refused(_("A weight is a number from 0 to %(n)s.") % {"n": MOST_WEIGHT})
    if any(not 0 < line.weight <= MOST_WEIGHT for line in lines):
        raise Refused(_("A figure's weight is above zero; take out what weighs nothing."))
    if len({line.metric.pk for line in lines}) < len(lines):
        raise Refused(_("A figure stands on one side, once."))
    for side in SIDES:
        if sum(line.side == side for line in lines) > MOST_METRICS:
            raise Refused(_("A side has at most %(n)s figures.") % {"n": MOST_METRICS})
    if not any(weights.get(line.side, 0) > 0 for line in lines):
        raise Refused(_("None of these sides has both a weight and a figure, so there would be no verdict."))
    for line in lines:
        shown = {"name": line.metric.label}
        if line.good is None:
            continue
        if line.metric.additive:
            raise Refused(
                _("%(name)s adds up over time, so it is held against its target. Leave “good” empty.") % shown
            )
        if line.metric.direction == Direction.BAND:
            raise Refused(_("%(name)s has a band of its own. Leave “good” empty.") % shown)
        if line.good == 0 or abs(line.good) >= LIMIT:
            raise Refused(_("What counts as good is a number other than zero: %(name)s.") % shown)
