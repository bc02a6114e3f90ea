"""The pages about targets, for the line of tabs above each of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common import formats
from kpis.selectors.calibrations import to_file_count
from organization.gate import Action, person_of, reach_of

register = template.Library()


@dataclass(frozen=True)
class Tab:
    code: str
    label: str | Promise
    url_name: str
    needs: Action | None = None
    waiting: int = 0

    @property
    def url(self) -> str:
        return reverse(self.url_name)


TABS = (
    Tab("targets", _("Month"), "kpis:targets"),
    Tab("grid", _("Year"), "kpis:grid"),
    Tab("suggest", _("Suggest"), "kpis:suggest"),
    Tab("break_down", _("Break down"), "kpis:break_down", Action.SET_TARGETS),
    Tab("check", _("Check"), "kpis:plan_check"),
    Tab("calibrations", _("Calibrations"), "kpis:calibrations"),
    Tab("benchmarks", _("Benchmarks"), "kpis:benchmarks", Action.KEEP_METRICS),
)


@register.simple_tag(takes_context=True)
def plan_tabs(context: dict[str, Any]) -> list[Tab]:
    """Those that this person may open, with how many months wait for her to explain them. One query, none for readers."""
    request = context["request"]
    reach = reach_of(request)
    waiting = to_file_count(person_of(request)) if reach.somewhere(Action.SET_TARGETS) else 0
    return [
        replace(tab, waiting=waiting) if tab.code == "calibrations" else tab
        for tab in TABS
        if tab.needs is None or reach.somewhere(tab.needs)
    ]


@register.filter
def score(value: Decimal | None) -> str:
    """A score with one decimal; — where there is none."""
    return formats.NO_VALUE if value is None else f"{round(value, 1):.1f}"


@register.filter
def meter(value: Decimal | None) -> str:
    """A number as HTML reads it, whatever the language."""
    return "0" if value is None else f"{value:.1f}"
