"""When nodes are merged or moved: margins come from other nodes above, so gross profit is published anew."""

from __future__ import annotations

from django.db.models import Q

from customers.models import Margin, OrderDay
from customers.services.margins import OF
from customers.services.publishing import hold_orders, publish_profit
from organization.hooks import Restated
from organization.models import NodeAncestor


class MarginsFollow:
    def before(self, change: Restated) -> None:
        """Nothing is due before the tree is as it will be."""

    def after(self, change: Restated) -> None:
        if change.dimension not in OF or not Margin.objects.exists():
            return
        hold_orders()
        here = f"{change.dimension}_id__in"
        below = NodeAncestor.objects.filter(ancestor_id__in=list(change.counted)).values("node_id")
        days = OrderDay.objects.filter(Q(**{here: list(change.counted)}) | Q(**{here: below}))
        publish_profit(days=days.values_list("day", flat=True).distinct())

    def notes(self, change: Restated) -> list[str]:
        return []
