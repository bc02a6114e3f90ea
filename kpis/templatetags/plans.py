"""The pages about targets, for the line of tabs above each of them."""

from __future__ import annotations

from dataclasses import dataclass

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()


@dataclass(frozen=True)
class Tab:
    code: str
    label: str | Promise
    url_name: str

    @property
    def url(self) -> str:
        return reverse(self.url_name)


TABS = (
    Tab("targets", _("Month"), "kpis:targets"),
    Tab("grid", _("Year"), "kpis:grid"),
)


@register.simple_tag
def plan_tabs() -> tuple[Tab, ...]:
    return TABS
