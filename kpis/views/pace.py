"""Having the shape of a year learnt again."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.periods import Grain, Period
from kpis.forms.movement import read_period
from kpis.models import Metric
from kpis.selectors.pacing import shapes_of
from kpis.services.pacing import learn_again as forget
from organization.gate import Action, get_scope_or_404, person_of, require
from organization.selectors import company


@require_POST
@require(Action.VIEW)
def learn_again(request: HttpRequest) -> HttpResponse:
    """Posts `area`, `metric` and a `period` of the year, and leads back to why its light is so."""
    asked = {name: request.POST.get(name, "").replace("\0", "") for name in ("metric", "period", "area")}
    person = person_of(request)
    scope = get_scope_or_404(person, asked["area"], Action.SET_TARGETS)
    metric = Metric.objects.filter(code=asked["metric"]).first()
    fiscal_start = company().fiscal_year_start
    period = read_period(asked["period"], fiscal_start)
    if scope.pk is None or metric is None or period is None:
        raise Http404
    year = Period.containing(period.start, Grain.YEAR, fiscal_start=fiscal_start)
    if not shapes_of(scope_id=scope.pk, metric_id=metric.pk, years=[year.start]):
        raise Http404
    forget(scope=scope, metric=metric, year=year, person=person)
    messages.success(request, _("The shape is being learnt again; what is due by now and the light follow."))
    return redirect(f"{reverse('dashboards:why')}?{urlencode(asked)}")
