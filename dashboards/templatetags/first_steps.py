"""`{% step_bar %}`: above the pages of the first steps, which of them one is at, for whoever began with them."""

from __future__ import annotations

from typing import Any

from django import template

from dashboards.presenting.first_steps import COOKIE, PAGES, SAMPLE_NAMES, bar
from dashboards.selectors.first_steps import first_steps
from organization.gate import reach_of
from organization.models import Person

register = template.Library()


@register.inclusion_tag("dashboards/_step_bar.html", takes_context=True)
def step_bar(context: dict[str, Any]) -> dict[str, Any]:
    """Asks the database on those pages and in those browsers alone. Not above the tour itself."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    if (
        "tour" in context
        or request is None
        or match is None
        or match.view_name not in PAGES
        or getattr(request, "bare", False)
    ):
        return {"step": None}
    if request.COOKIES.get(COOKIE) != "on" or not isinstance(request.user, Person):
        return {"step": None}
    names = tuple(SAMPLE_NAMES.values())
    found = first_steps(person=request.user, reach=reach_of(request), sample_names=names)
    return {"step": bar(found, match.view_name), "request": request, "csrf_token": context.get("csrf_token")}
