"""What an investment is held against, as it is typed: a weight for each side, and up to six figures on each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from channels.selectors.sides import Plan
from channels.services.sides import MOST_METRICS, SideLine
from channels.sides_words import SIDE_NAMES
from channels.three_sides import SIDES, Side
from kpis.amount_text import parse_amount
from kpis.forms.benchmarks import MetricChoice
from kpis.forms.targets import read_amount
from kpis.models import Metric, Unit


@dataclass(frozen=True)
class Row:
    """A line of the form: its three fields."""

    metric: Any
    weight: Any
    good: Any


class SidesForm(forms.Form):
    """`version` is the plan that was on screen, 0 for what ships. A line without a figure is passed over."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, plan: Plan) -> None:
        super().__init__(data, initial={"version": plan.revision})
        metrics = Metric.objects.in_use()
        for side in SIDES:
            self.fields[f"{side}-weight"] = forms.CharField(
                label=_("Weight"), max_length=20, initial=_plain(plan.weights[side])
            )
            own = [line for line in plan.lines if line.side == side]
            for place in range(MOST_METRICS):
                line = own[place] if place < len(own) else None
                self.fields[f"{side}-{place}-metric"] = MetricChoice(
                    label=_("Figure"),
                    queryset=metrics,
                    required=False,
                    initial=line.metric.pk if line else None,
                    empty_label="—",
                )
                self.fields[f"{side}-{place}-weight"] = forms.CharField(
                    label=_("Weight"),
                    max_length=20,
                    required=False,
                    initial=_plain(line.weight) if line else "",
                )
                self.fields[f"{side}-{place}-good"] = forms.CharField(
                    label=_("Good at"),
                    max_length=40,
                    required=False,
                    initial=_good(line.good, line.metric) if line else "",
                )

    def sides(self) -> Iterator[tuple[str, Any, list[Row]]]:
        """For the template: each side's name, its weight, and its lines."""
        for side in SIDES:
            rows = [
                Row(*(self[f"{side}-{place}-{name}"] for name in ("metric", "weight", "good")))
                for place in range(MOST_METRICS)
            ]
            yield str(SIDE_NAMES[side]), self[f"{side}-weight"], rows

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        weights: dict[Side, Decimal] = {}
        lines: list[SideLine] = []
        for side in SIDES:
            weight = self._number(data, f"{side}-weight")
            if weight is not None:
                weights[side] = weight
            for place in range(MOST_METRICS):
                line = self._line(data, side, f"{side}-{place}")
                if line is not None:
                    lines.append(line)
        return {**data, "weights": weights, "lines": lines}

    def _line(self, data: dict[str, Any], side: Side, name: str) -> SideLine | None:
        metric, good_text = data.get(f"{name}-metric"), (data.get(f"{name}-good") or "").strip()
        if metric is None:
            return None
        if not (data.get(f"{name}-weight") or "").strip():
            self.add_error(f"{name}-weight", _("Say how much it weighs."))
            return None
        weight = self._number(data, f"{name}-weight")
        good = read_amount(good_text, metric.unit) if good_text else None
        if good_text and good is None:
            self.add_error(f"{name}-good", _("This is not a number."))
        return None if weight is None else SideLine(side, metric, weight, good)

    def _number(self, data: dict[str, Any], name: str) -> Decimal | None:
        number = parse_amount(data.get(name) or "")
        if number is None and name not in self.errors:
            self.add_error(name, _("This is not a number."))
        return number


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _good(good: Decimal | None, metric: Metric) -> str:
    if good is None:
        return ""
    return f"{_plain(good * 100)}%" if metric.unit == Unit.PERCENT else _plain(good)
