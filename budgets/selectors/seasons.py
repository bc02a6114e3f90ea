"""How cost falls on the months of a budget, as it was learnt from earlier years (`kpis.selectors.seasons`)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from budgets.planning import months_of
from common.periods import Grain, Period
from kpis.figures import Look
from kpis.models import Metric
from kpis.selectors.seasons import Basis, season
from organization.models import Node
from organization.selectors import company

LEARNT_FROM = ("cost", "orders")  # the first of these that has any history


class Seasons:
    """Weights of a budget's months for one area after another, each looked up once."""

    def __init__(self, *, first: date, last: date, today: date) -> None:
        self.parts = months_of(first, last)
        self.look = Look.at(today=today)
        start = company().fiscal_year_start
        self.years = sorted(
            {Period.containing(part.month, Grain.YEAR, fiscal_start=start) for part in self.parts}
        )
        metrics = {one.code: one for one in Metric.objects.in_use().filter(code__in=LEARNT_FROM)}
        self.metrics = [metrics[code] for code in LEARNT_FROM if code in metrics]
        self.known: dict[tuple[int, int], list[Decimal] | None] = {}

    def weights(self, channel: Node | None, region: Node | None) -> list[Decimal] | None:
        """A weight for each month, by its days within the budget; None where nobody has any history."""
        key = (channel.pk if channel else 0, region.pk if region else 0)
        if key not in self.known:
            nodes = {node.dimension: node for node in (channel, region) if node is not None}
            self.known[key] = self._learnt(nodes)
        return self.known[key]

    def _learnt(self, nodes: dict[str, Node]) -> list[Decimal] | None:
        for metric in self.metrics:
            found = [season(metric=metric, nodes=nodes, year=year, look=self.look) for year in self.years]
            if any(one.basis == Basis.DAYS for one in found):
                continue
            by_month = {month: weight for one in found for month, weight in one.weights.items()}
            return [
                by_month[str(month)] * part.days / month.days
                for part in self.parts
                for month in [Period(Grain.MONTH, part.month)]
            ]
        return None
