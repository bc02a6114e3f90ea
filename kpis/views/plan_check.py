"""The page that shows where the targets of parts and wholes disagree."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from kpis.forms.break_down import TREES
from kpis.forms.grid import read_grid_address
from kpis.selectors.plan_check import plan_check
from organization.gate import Action, can_somewhere, person_of, require
from organization.selectors import company

SHOWN = 200


@require_GET
@require(Action.VIEW)
def check(request: HttpRequest) -> HttpResponse:
    """`?metric=revenue&year=2027`"""
    person = person_of(request)
    asked = read_grid_address(
        request.GET, person=person, today=timezone.localdate(), fiscal_start=company().fiscal_year_start
    )
    checked = plan_check(person, asked.metrics[0], asked.year)
    context = {
        "asked": asked,
        "metric": asked.metrics[0],
        "checked": checked,
        "shown": checked.findings[:SHOWN],
        "off": sum(one.state != "open" for one in checked.findings),
        "trees": dict(TREES),
        "may_set": can_somewhere(person, Action.SET_TARGETS),
        "here": "check",
    }
    return render(request, "kpis/plan_check.html", context)
