"""Which of what people rated the score goes together with."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from feedback import driver_words as words
from feedback import drivers_page as shown
from feedback.forms.scores import AreaForm, area_asked, segment_asked, segment_choices
from feedback.selectors.areas import area_of, crumbs
from feedback.selectors.drivers import drivers_page
from feedback.services.analysis import order_drivers
from organization.gate import Action, actions_of, person_of, reach_of, require


@require_safe
@require(Action.VIEW)
def drivers(request: HttpRequest) -> HttpResponse:
    """`?area=region:华东&segment=VIP`."""
    person, reach = person_of(request), reach_of(request)
    scope, problem = area_asked(person, reach, request.GET.get("area", ""))
    segment = segment_asked(request.GET) or ""
    page = drivers_page(area_of(scope), person, segment=segment, now=timezone.now())
    found = shown.mapped(page)
    form = AreaForm(initial={"area": "" if scope.is_company else scope.key})
    form.fields["area"].widget.person = person
    context: dict[str, Any] = {
        "page": page,
        "area": scope,
        "form": form,
        "problem": problem,
        "crumbs": crumbs(page.area, reach),
        "said": words.headline(page, found),
        "rows": shown.rows(page, found),
        "chart": shown.chart(page, found) if found else None,
        "nothing": "" if page.results else words.nothing(page),
        "as_of": words.as_of(page),
        "segments": segment_choices(page.segments, segment or None),
        "keeps": Action.KEEP_SURVEYS in actions_of(request),
    }
    return render(request, "feedback/drivers.html", context, status=400 if problem else 200)


@require_POST
@require(Action.KEEP_SURVEYS)
def work_out(request: HttpRequest) -> HttpResponse:
    """Orders the work by hand: after a failure, or for somebody who would rather see it done."""
    order_drivers(person=person_of(request), now=timezone.now())
    messages.success(request, _("Drivers are being worked out anew."))
    return redirect("feedback:drivers")
