"""How the engine that alerts people is itself, for administrators."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from alerts.selectors.health_page import health_page
from organization.gate import Action, require


@require_safe
@never_cache
@require(Action.ADMINISTER)
def health(request: HttpRequest) -> HttpResponse:
    return render(request, "alerts/health.html", {"page": health_page(now=timezone.now())})
