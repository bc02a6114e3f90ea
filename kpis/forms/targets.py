"""What the targets page asks for (month, metric, areas) and what is typed into its cells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.periods import Grain, Period
from kpis.amount_text import PLACES, parse_amount
from kpis.models import Measure, Metric, Unit
from kpis.services.targets import LIMIT
from organization.models import Scope

DEFAULT_METRIC = "revenue"
FIRST_YEAR, LAST_YEAR = 1991, 2100
TREES = {
    "": gettext_lazy("All areas"),
    "region": gettext_lazy("Regions"),
    "channel": gettext_lazy("Channels"),
    "product": gettext_lazy("Product lines"),
}


@dataclass(frozen=True)
class Asked:
    """What the address says; whatever makes no sense falls back to the default, so that no address breaks."""

    month: Period
    metric: Metric
    metrics: tuple[Metric, ...]
    tree: str
    page: str
    today: date

    @property
    def open(self) -> bool:
        """Whether the month can still turn out otherwise."""
        return self.month.end >= self.today

    @property
    def tree_label(self) -> str:
        return str(TREES[self.tree])

    @property
    def query(self) -> str:
        """The address again, without the page of the list."""
        asked = QueryDict(mutable=True)
        asked["month"] = str(self.month)
        asked["metric"] = self.metric.code
        if self.tree:
            asked["areas"] = self.tree
        return asked.urlencode()


def read_address(query: QueryDict, *, today: date) -> Asked:
    metrics = tuple(Metric.objects.in_use())
    by_code = {metric.code: metric for metric in metrics}
    return Asked(
        month=_month(query.get("month", ""), today),
        metric=by_code.get(query.get("metric", ""), by_code[DEFAULT_METRIC]),
        metrics=metrics,
        tree=query.get("areas", "") if query.get("areas", "") in TREES else "",
        page=query.get("page", "1"),
        today=today,
    )


def _month(text: str, today: date) -> Period:
    try:
        asked = Period.parse(text)
    except ValueError:
        asked = None
    if asked is None or asked.grain != Grain.MONTH or not FIRST_YEAR <= asked.start.year <= LAST_YEAR:
        return Period.containing(today, Grain.MONTH)
    return asked


@dataclass(frozen=True)
class Typed:
    """A cell as it was sent: the text, the version that it was written over, and what it means or why it means nothing."""

    text: str
    based_on: int
    value: Decimal | None = None
    error: str = ""


def read_cell(data: QueryDict, scope: Scope, metric: Metric) -> Typed | None:
    """What was typed for this area; None where its cell was not sent."""
    text = data.get(f"target-{scope.pk}")
    if text is None:
        return None
    version = data.get(f"version-{scope.pk}", "")
    based_on = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0
    value, error = read_target(text, metric)
    return Typed(text[:200] if error else text, based_on, value, error)


def read_target(text: str, metric: Metric, *, negative: bool | None = None) -> tuple[Decimal | None, str]:
    """What was typed as a target of this metric (None where nothing was), or why it cannot be one.

    `negative` says whether it may be below zero, for whoever has asked before for many cells.
    """
    if not text.strip():
        return None, ""
    value = read_amount(text, metric.unit)
    if value is None:
        return None, _("This is not a number. Write 1,200,000 or 120万.")
    if value < 0 and not (may_be_negative(metric) if negative is None else negative):
        return None, _("%(metric)s cannot be negative.") % {"metric": metric.label}
    if abs(value) >= LIMIT:
        return None, _("This is too large.")
    return value, ""


def read_amount(text: str, unit: str) -> Decimal | None:
    """What was typed, in that unit: 3% or 3 of a percentage is 0.03, 1:5 of a ratio is 5. None where it is no number."""
    value = parse_amount(_bare(text, unit))
    if value is not None and unit == Unit.PERCENT:  # kept as a fraction, typed with or without its sign
        return round(value / 100, PLACES)
    return value


def _bare(text: str, unit: str) -> str:
    """Without the signs of the unit: 3% of a percentage, 1:5 as Chinese plans write a return on spend."""
    text = text.strip()
    if unit == Unit.PERCENT:
        return re.sub(r"\s*[%％]$", "", text)
    if unit == Unit.RATIO:
        return re.sub(r"^[1１]\s*[:：]\s*", "", text)
    return text


def may_be_negative(metric: Metric) -> bool:
    """Whether its sum can fall below zero: one of its amounts may be negative, or is taken off another."""
    if any(Decimal(coefficient) < 0 for coefficient in metric.numerator.values()):
        return True
    return Measure.objects.filter(code__in=metric.numerator, signed=True).exists()
