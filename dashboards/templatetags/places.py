"""`{% channel_tabs as tabs %}`: the pages of channels that are there, in their order."""

from __future__ import annotations

from dataclasses import dataclass

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboards.context import url_or_none

register = template.Library()

CHANNEL_PAGES: tuple[tuple[str, str | Promise, str], ...] = (
    ("channels", _("Channels"), "dashboards:channels"),
    ("content", _("Content"), "channels:content"),
    ("attribution", _("Attribution"), "channels:attribution"),
    ("allocation", _("Allocation"), "channels:allocation"),
    ("decisions", _("Decisions"), "channels:decisions"),
    ("sides", _("Three sides"), "channels:sides"),
)


@dataclass(frozen=True)
class Tab:
    name: str
    label: str | Promise
    url: str


@register.simple_tag
def channel_tabs() -> list[Tab]:
    found = [(name, label, url_or_none(url_name)) for name, label, url_name in CHANNEL_PAGES]
    return [Tab(name, label, url) for name, label, url in found if url is not None]
