"""`{% channel_tabs as tabs %}`, `{% budget_tabs as tabs %}` and the like: the pages of a subject that are there, in their order."""

from __future__ import annotations

from dataclasses import dataclass

from django import template
from django.template import Context
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboards.context import url_or_none
from organization.gate import Action, reach_of

register = template.Library()

CHANNEL_PAGES: tuple[tuple[str, str | Promise, str], ...] = (
    ("channels", _("Channels"), "dashboards:channels"),
    ("content", _("Content"), "channels:content"),
    ("attribution", _("Attribution"), "channels:attribution"),
    ("allocation", _("Allocation"), "channels:allocation"),
    ("decisions", _("Decisions"), "channels:decisions"),
    ("sides", _("Three sides"), "channels:sides"),
)

BUDGET_PAGES: tuple[tuple[str, str | Promise, str], ...] = (
    ("budgets", _("Budgets"), "budgets:overview"),
    ("transfers", _("Transfers"), "budgets:transfers"),
    ("holds", _("Holds"), "budgets:holds"),
    ("questions", _("Questions"), "budgets:questions"),
    ("settings", _("Settings"), "budgets:settings"),
)

FEEDBACK_PAGES: tuple[tuple[str, str | Promise, str], ...] = (
    ("scores", _("Scores"), "feedback:scores"),
    ("drivers", _("Drivers"), "feedback:drivers"),
    ("topics", _("Topics"), "feedback:topics"),
    ("answers", _("Comments"), "feedback:answers"),
    ("actions", _("Actions"), "feedback:actions"),
    ("interviews", _("Interviews"), "feedback:interviews"),
    ("surveys", _("Surveys"), "feedback:surveys"),
)

COMPLAINT_PAGES: tuple[tuple[str, str | Promise, str], ...] = (
    ("queue", _("Complaints"), "feedback:queue"),
    ("board", _("Board"), "feedback:board"),
    ("causes", _("Causes"), "feedback:causes"),
    ("service", _("Service levels"), "feedback:service"),
)


# Of these pages, what the gate asks besides a grant.
NEEDS: dict[str, Action] = {
    "feedback:answers": Action.HANDLE_COMPLAINTS,
    "feedback:interviews": Action.HANDLE_COMPLAINTS,
    "feedback:queue": Action.HANDLE_COMPLAINTS,
    "feedback:surveys": Action.KEEP_SURVEYS,
}


@dataclass(frozen=True)
class Tab:
    name: str
    label: str | Promise
    url: str


@register.simple_tag
def channel_tabs() -> list[Tab]:
    return _there(CHANNEL_PAGES)


@register.simple_tag
def budget_tabs() -> list[Tab]:
    return _there(BUDGET_PAGES)


@register.simple_tag(takes_context=True)
def feedback_tabs(context: Context) -> list[Tab]:
    return _hers(FEEDBACK_PAGES, context)


@register.simple_tag(takes_context=True)
def complaint_tabs(context: Context) -> list[Tab]:
    return _hers(COMPLAINT_PAGES, context)


def _hers(pages: tuple[tuple[str, str | Promise, str], ...], context: Context) -> list[Tab]:
    """Without those that she may not open."""
    request = context.get("request")
    shut = {
        url_name
        for url_name, needs in NEEDS.items()
        if request is None or not reach_of(request).somewhere(needs)
    }
    return _there(tuple(page for page in pages if page[2] not in shut))


def _there(pages: tuple[tuple[str, str | Promise, str], ...]) -> list[Tab]:
    found = [(name, label, url_or_none(url_name)) for name, label, url_name in pages]
    return [Tab(name, label, url) for name, label, url in found if url is not None]
