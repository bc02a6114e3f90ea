"""How a target came to be what it is, and taking back the change that made it so."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from common.periods import Grain, Period
from kpis import outlook_words, target_charts
from kpis.forms.movement import read_period
from kpis.models import Metric, TargetChange
from kpis.selectors.outlook import ahead
from kpis.selectors.target_history import target_history, year_of_targets
from kpis.services import TargetRefused, TargetsMoved, undo_change
from organization.gate import Action, get_scope_or_404, person_of, require
from organization.selectors import company
from organization.services import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def history(request: HttpRequest) -> HttpResponse:
    """`?metric=revenue&area=region:east&period=2026-11`; a post undoes the newest change."""
    person = person_of(request)
    metric = Metric.objects.filter(code=request.GET.get("metric", "").replace("\0", "")).first()
    fiscal_start = company().fiscal_year_start
    period = read_period(request.GET.get("period", ""), fiscal_start)
    if metric is None or period is None:
        raise Http404
    scope = get_scope_or_404(person, request.GET.get("area", ""))
    found = target_history(person, metric, scope, period)
    if request.method == "POST":
        if not found.may_set:
            raise PermissionDenied
        if found.undoable is None or str(found.undoable.pk) != request.POST.get("change", ""):
            messages.error(request, _("This cannot be undone as one any more. Look at it again."))
        else:
            _undo(request, found.undoable)
        return redirect(request.get_full_path())
    year = Period.containing(period.start, Grain.YEAR, fiscal_start=fiscal_start)
    months = year_of_targets(metric, scope, year)
    names = {
        "actual": _("Actual"),
        "plan": _("Target"),
        "original": _("Original target"),
        "forecast": _("Forecast"),
    }
    told = None
    if scope.pk is not None:
        told = ahead(scope_id=scope.pk, metric=metric, period=period, today=timezone.localdate())
    context = {
        "found": found,
        "scope": scope,
        "year": year,
        "chart": target_charts.year(
            months,
            metric,
            names=names,
            ahead={period.start: told} if told is not None and period.grain == Grain.MONTH else None,
        ),
        "ahead": outlook_words.terms(told, metric),
        "record": outlook_words.record_words(told.record if told is not None else None),
        "moved": any(one.moved for one in months),
        "undo_count": found.undoable.targets.count() if found.undoable else 0,
    }
    return render(request, "kpis/target_history.html", context)


def _undo(request: HttpRequest, change: TargetChange) -> None:
    try:
        undone = undo_change(change=change, person=person_of(request))
    except (Refused, TargetRefused) as refused:
        messages.error(request, str(refused))
    except TargetsMoved:
        messages.error(request, _("This cannot be undone as one any more. Look at it again."))
    else:
        n = undone.targets.count()
        said = ngettext("%(n)s target is as it was before.", "%(n)s targets are as they were before.", n)
        messages.success(request, said % {"n": n})
