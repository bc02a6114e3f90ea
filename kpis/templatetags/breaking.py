"""Amounts as they stand in the tables of a plan, and what is picked from a list by its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import template

from common import formats
from kpis.models import Metric, Unit
from kpis.selectors.targets import amount_text

register = template.Library()


@register.filter
def amount(value: Decimal | None, metric: Metric) -> str:
    """Without a currency's sign, as narrow columns need it; cents whole or not at all; "—" is no value."""
    if value is None:
        return formats.NO_VALUE
    text = amount_text(value, metric)
    return f"{text}0" if metric.unit == Unit.MONEY and text[-2:-1] == "." else text


@register.filter
def signed(value: Decimal | None, metric: Metric) -> str:
    """A difference with its sign; "—" where there is none."""
    if value is None:
        return formats.NO_VALUE
    return f"+{amount_text(value, metric)}" if value > 0 else formats.MINUS + amount_text(abs(value), metric)


@register.filter
def at(values: Sequence[Any], place: int) -> Any:
    return values[place]


@register.filter
def key(values: Mapping[str, Any], name: str) -> Any:
    return values.get(name, "")
