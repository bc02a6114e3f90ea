"""Finding anything by its name."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from common import formats
from dashboards.presenting.found import found_groups, places
from dashboards.ranking import cleaned
from dashboards.selectors import company_name
from dashboards.selectors.find import find as find_for
from dashboards.templatetags.numbers import language
from organization.gate import Action, company_of, person_of, reach_of, require


@require_GET
@require(Action.VIEW)
def find(request: HttpRequest) -> HttpResponse:
    """`?q=`: what is hers and is called so, by kind. A list of options to htmx, else a page of links."""
    text = cleaned(request.GET.get("q", ""))
    reach = reach_of(request)
    today = timezone.localdate()
    finds = find_for(person=person_of(request), reach=reach, text=text, now=timezone.now(), today=today)
    company = company_name(company_of(request), chinese=formats.is_chinese(language()))
    groups = found_groups(finds, places(reach, text), text, company=company, today=today)
    context = {"groups": groups, "text": text, "count": sum(len(group.hits) for group in groups)}
    template = "_found.html" if request.htmx else "find.html"  # type: ignore[attr-defined]
    response = render(request, f"dashboards/{template}", context)
    response["Cache-Control"] = "private, no-store"
    return response
