"""What can be shown: every metric with its formula, and where its measures lie in roll-ups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kpis.formulas import Formula
from kpis.models import Measure, Metric, OverTime

# Of the key figures and the table of parts; taken away by nobody, since pages build on them.
OVERVIEW = ("revenue", "cost", "roas", "orders", "new_customers", "cac", "ctr")
FUNNEL = ("impressions", "clicks", "leads", "orders")
Amounts = Mapping[str, Decimal | None]  # by measure code; None is not reported


@dataclass(frozen=True)
class Catalog:
    metrics: Mapping[str, Metric]
    measures: Mapping[str, Measure]

    def formula(self, code: str) -> Formula:
        metric = self.metrics[code]
        return Formula.of(metric.numerator, metric.denominator, metric.scale)

    def adds_up(self, code: str) -> bool:
        """Whether the metric is made of amounts that add up over days; stocks and medians are not."""
        return code in self.metrics and all(
            self.measures[one].over_time == OverTime.SUM if one in self.measures else False
            for one in self.formula(code).codes
        )

    def value(self, code: str, amounts: Amounts) -> Decimal | None:
        return self.formula(code).value(amounts) if self.adds_up(code) else None

    def slots(self, codes: Iterable[str]) -> dict[str, int]:
        """The places in roll-ups of all that these metrics are made of, by measure code."""
        wanted = {one for code in codes if self.adds_up(code) for one in self.formula(code).codes}
        return {code: measure.slot for code, measure in self.measures.items() if code in wanted}

    def shown(self) -> dict[str, Metric]:
        """The metrics of the overview, in its order."""
        return {code: self.metrics[code] for code in OVERVIEW if code in self.metrics}


def catalog() -> Catalog:
    """Two queries."""
    return Catalog(
        {metric.code: metric for metric in Metric.objects.all() if not getattr(metric, "archived_at", None)},
        {measure.code: measure for measure in Measure.objects.all()},
    )
