"""The page that says why a figure moved."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from kpis import movement_words
from kpis.figures import Look
from kpis.forms.movement import read_address
from kpis.selectors.movement import why
from organization.gate import Action, get_scope_or_404, person_of, require
from organization.selectors import company


@require_GET
@require(Action.VIEW)
def movement(request: HttpRequest, area: str) -> HttpResponse:
    """`?metric=revenue&period=2026-10&against=expected`; to htmx the piece alone."""
    person = person_of(request)
    scope = get_scope_or_404(person, area)
    today = timezone.localdate()
    asked = read_address(request.GET, today=today, fiscal_start=company().fiscal_year_start)
    nodes = {dimension: getattr(scope, dimension) for dimension in scope.node_ids()}
    found = why(
        person=person,
        metric=asked.metric,
        nodes=nodes,
        period=asked.period,
        against=asked.against,
        look=Look.at(today=today),
    )
    context = {
        "asked": asked,
        "scope": scope,
        "back": urlencode({"area": scope.key, "period": str(asked.period)}),
        "movement": movement_words.piece(found),
        "ways": movement_words.ways(found),
        "before": asked.period.next(-1),
        "after": asked.period.next(),
        "found": found,
    }
    fragment = bool(request.htmx)  # type: ignore[attr-defined]
    return render(request, "kpis/_movement.html" if fragment else "kpis/movement.html", context)
