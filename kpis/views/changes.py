"""Taking many targets back as one, from whichever page they were set on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from kpis.selectors.plan_changes import change_to_undo
from kpis.services import TargetRefused, undo_change
from organization.gate import Action, person_of, require
from organization.services import Refused

PAGES = {"grid": "kpis:grid", "break_down": "kpis:break_down"}
LONGEST_QUERY = 2000


@require_POST
@require(Action.SET_TARGETS)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a change back, whoever made it, where all its targets are hers to set; back to `page`, asked `back`."""
    person = person_of(request)
    try:
        undone = undo_change(change=change_to_undo(person, pk), person=person)
    except (Refused, TargetRefused) as refused:
        messages.error(request, str(refused))
    else:
        n = undone.targets.count()
        said = ngettext("%(n)s target is as it was before.", "%(n)s targets are as they were before.", n)
        messages.success(request, said % {"n": n})
    page = reverse(PAGES.get(request.POST.get("page", ""), PAGES["grid"]))
    query = request.POST.get("back", "")
    return redirect(f"{page}?{query}" if query and len(query) < LONGEST_QUERY else page)
