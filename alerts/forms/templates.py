"""Rules as people often want them, to begin from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from alerts.conditions import Amount, Attainment, Change, Condition, Dynamic, Stale


@dataclass(frozen=True)
class Template:
    """`tiers`: by level the condition and for how many periods; `metric` a code, where one is meant; `consequences`: by
    level the codes of what happens besides; `areas`: which ones, as in the form.
    """

    code: str
    label: Any
    tiers: Mapping[int, tuple[Condition, int]]
    grain: str = "month"
    metric: str = ""
    consequences: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    areas: str = ""


_TEMPLATES = (
    Template(
        "plan",
        _("Behind plan: under 100, 85, 70%"),
        {
            1: (Attainment(Decimal(1)), 3),
            2: (Attainment(Decimal("0.85")), 1),
            3: (Attainment(Decimal("0.7")), 1),
        },
    ),
    Template(
        "return",
        _("Return under 1, three days in a row"),
        {2: (Amount(Decimal(1)), 3)},
        grain="day",
        metric="roas",
    ),
    Template(
        "year",
        _("20% off last year"),
        {2: (Change(Decimal("-0.2"), Decimal("0.2"), on="year"), 1)},
    ),
    Template("stale", _("No data for a day"), {2: (Stale(1), 1)}),
    Template(
        "pace",
        _("Spending ahead of plan"),
        {
            1: (Attainment(Decimal("0.95")), 1),
            2: (Attainment(Decimal("0.9")), 1),
            3: (Attainment(Decimal("0.8")), 1),
        },
        metric="cost",
    ),
    Template(
        "unusual",
        _("Unusual for the area"),
        {1: (Dynamic(100), 1), 2: (Dynamic(500), 1)},
        grain="day",
    ),
)
_by_code = {one.code: one for one in _TEMPLATES}


def register_template(template: Template) -> None:
    """An upper floor adds rules that bring about what it can do."""
    _by_code[template.code] = template


def all_templates() -> tuple[Template, ...]:
    """In the order in which they are offered."""
    return tuple(_by_code.values())


def template_of(code: str) -> Template:
    """The first one for a code that nobody knows."""
    return _by_code.get(code, _TEMPLATES[0])
