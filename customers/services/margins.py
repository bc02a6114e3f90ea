"""Entering what is left of revenue, and taking it out. What days publish as gross profit follows at once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.queueing import enqueue
from customers.models import Margin, OrderDay
from customers.services.publishing import hold_orders, publish_profit
from organization.models import Dimension, Node, NodeAncestor, Person
from organization.services import Refused, record

OF = (Dimension.PRODUCT, Dimension.CHANNEL)
LEAST, MOST = Decimal(-1000), Decimal(100)
PLACES = Decimal("0.001")


class MarginMoved(Exception):
    """Somebody else entered something first; nothing was written. `current` is what holds now, if anything."""

    def __init__(self, current: Margin | None) -> None:
        super().__init__(str(current))
        self.current = current


@transaction.atomic
def enter_margin(
    *, node: Node, first_day: date, percent: Decimal, based_on: int, person: Person | None
) -> Margin:
    """The margin of the node from that day on, for somebody who saw version `based_on` (0: none) of that day.

    Raises Refused for what cannot be, and MarginMoved where another version holds that says something else.
    """
    if node.dimension not in OF:
        raise Refused(_("A margin belongs to a product line or a channel."))
    if node.archived_at is not None:
        raise Refused(_("%(name)s is put away.") % {"name": node.label})
    if not percent.is_finite() or not LEAST <= percent <= MOST:
        raise Refused(_("A margin is at most 100% of revenue, and not below −1,000%."))
    percent = percent.quantize(PLACES)
    hold_orders()
    current = Margin.objects.filter(node=node, first_day=first_day).select_related("changed_by").first()
    if current is not None and current.percent == percent:
        return current
    if (current.version if current else 0) != based_on:
        raise MarginMoved(current)
    before = current.percent if current else None
    margin = current or Margin(node=node, first_day=first_day, version=0)
    margin.percent, margin.version = percent, margin.version + 1
    margin.changed_at, margin.changed_by = timezone.now(), person
    margin.save()
    _follow(node, first_day)
    record(
        action="margin.enter",
        subject=f"{node.code} {first_day}",
        person=person,
        before=before,
        after=percent,
    )
    return margin


@transaction.atomic
def remove_margin(*, margin: Margin, based_on: int, person: Person | None) -> None:
    """What held before it holds again. Raises MarginMoved where it is another than the one that was seen."""
    hold_orders()
    current = Margin.objects.filter(pk=margin.pk).select_related("node", "changed_by").first()
    if current is None or current.version != based_on:
        raise MarginMoved(current)
    current.delete()
    _follow(current.node, current.first_day)
    record(
        action="margin.remove",
        subject=f"{current.node.code} {current.first_day}",
        person=person,
        before=current.percent,
    )


def _follow(node: Node, first_day: date) -> None:
    """The days from then on that have orders of the node or of what lies below it."""
    below = NodeAncestor.objects.filter(ancestor=node).values("node_id")
    days = OrderDay.objects.filter(day__gte=first_day, **{f"{node.dimension}_id__in": below})
    publish_profit(days=days.values_list("day", flat=True).distinct())
    enqueue("kpis.tasks.work")
