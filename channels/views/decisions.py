"""What was proposed for channels and how it was decided, with their figures before and after."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from channels.before_after import LENGTHS, USUAL
from channels.selectors.actions import actions_page
from organization.gate import Action, get_scope_or_404, person_of, require


@require_safe
@require(Action.VIEW)
def decisions(request: HttpRequest) -> HttpResponse:
    """`channel` is a channel's or campaign's path, with what lies below it; `days` how many on either side."""
    person, path = person_of(request), request.GET.get("channel", "")
    node = get_scope_or_404(person, f"channel:{path}").node if path else None
    text = request.GET.get("days", "")
    days = next((one for one in LENGTHS if str(one) == text), USUAL)
    found = actions_page(
        person, channel=node, days=days, number=request.GET.get("page"), today=timezone.localdate()
    )
    context = {"found": found, "channel": node, "lengths": LENGTHS}
    return render(request, "channels/decisions.html", context)
