"""The page that suggests a year's target from the years before, and takes a suggestion."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common.periods import Period
from kpis import suggestion_charts
from kpis.figures import Look
from kpis.forecasting import TooLittle
from kpis.forms.plan_area import area_named, area_picker, area_to_plan, own_area
from kpis.forms.targets import DEFAULT_METRIC
from kpis.models import ChangeKind, Metric, Target
from kpis.selectors.suggestions import Suggested, suggestion, years_to_suggest
from kpis.selectors.targets import amount_text
from kpis.services import TargetRefused, TargetsMoved
from kpis.services.break_down import Part, apply_parts
from kpis.suggesting import Suggestion, amount_of
from kpis.suggestion_tables import tables
from kpis.suggestion_words import KINDS, assumption, chance, percent
from organization.gate import Action, can, can_somewhere, person_of, require
from organization.models import Person, Scope
from organization.selectors import company

SALT = "kpis.suggest"
KEPT = 24 * 3600


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def suggest(request: HttpRequest) -> HttpResponse:
    """The question, and to htmx the answer, which takes a second; a post takes one of the proposals."""
    person = person_of(request)
    if request.method == "POST":
        return _take(request, person)
    today = timezone.localdate()
    metrics = [metric for metric in Metric.objects.in_use() if metric.additive]
    metric = next((one for one in metrics if one.code == request.GET.get("metric")), None) or next(
        (one for one in metrics if one.code == DEFAULT_METRIC), metrics[0]
    )
    years = years_to_suggest(today)
    year = next((one for one in years if str(one) == request.GET.get("year")), years[1])
    begins = Action.SET_TARGETS if can_somewhere(person, Action.SET_TARGETS) else Action.VIEW
    text = request.GET.get("area", "") or own_area(person, begins)
    scope, error = area_named(person, text)
    answers = bool(request.htmx) or request.GET.get("now") == "1"  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "metrics": metrics,
        "metric": metric,
        "years": years,
        "year": year,
        "scope": scope,
        "area_error": error,
        "picker": area_picker(text, scope, to=person),
        "query": urlencode({"metric": metric.code, "area": scope.key if scope else "", "year": str(year)}),
        "here": "suggest",
    }
    if scope is not None and answers:
        context |= _answer(person, metric, scope, year)
    if request.htmx and not request.htmx.boosted:  # type: ignore[attr-defined]
        return render(request, "kpis/_suggestion.html", context)
    return render(request, "kpis/suggest.html", context)


def _answer(person: Person, metric: Metric, scope: Scope, year: Period) -> dict[str, Any]:
    today = timezone.localdate()
    suggested = suggestion(metric=metric, scope=scope, year=year, look=Look.at(today=today))
    found = suggested.found
    if isinstance(found, TooLittle):
        return {"suggested": suggested, "too_little": found}
    held = Target.objects.filter(
        metric=metric, scope__key=scope.key, grain="year", start=year.start, superseded_at__isnull=True
    ).first()
    may_set = can(person, Action.SET_TARGETS, scope)
    return {
        "suggested": suggested,
        "found": found,
        "may_set": may_set,
        "held": held,
        "proposals": [
            {
                "name": KINDS[one.kind],
                "total": one.total,
                "text": amount_text(one.total, metric),
                "growth": percent(one.growth),
                "chance": chance(one.chance),
                "assumes": assumption(one, found),
                "sealed": _seal(person, metric, scope, year, one.kind, one.total, held) if may_set else "",
                "break_down": f"{reverse('kpis:break_down')}?"
                + urlencode({"metric": metric.code, "area": scope.key, "period": str(year), "total": f"{one.total:f}"}),
            }
            for one in found.proposals
        ],
        "low": amount_of(found.forecast.low),
        "mean": amount_of(found.forecast.mean),
        "high": amount_of(found.forecast.high),
        "known": amount_of(found.known) if found.known else None,
        "tables": tables(found, metric, parts=suggested.parts),
        **_charts(suggested, found, metric),
    }  # fmt: skip


def _charts(suggested: Suggested, found: Suggestion, metric: Metric) -> dict[str, Any]:
    names = {"actual": _("What came"), "forecast": _("Expected"), "aside": _("With one-off days, set aside")}
    return {
        "years_chart": suggestion_charts.years(found, metric, names=names),
        "months_chart": suggestion_charts.months(suggested, found, metric, names=names),
    }


# -- Taking one -------------------------------------------------------------------------------------


def _seal(
    person: Person, metric: Metric, scope: Scope, year: Period, kind: str, total: Decimal, held: Target | None
) -> str:
    kept = [person.pk, metric.pk, scope.key, str(year), kind, f"{total:f}", held.version if held else 0]
    return signing.dumps(kept, salt=SALT)


def _take(request: HttpRequest, person: Person) -> HttpResponse:
    """Sets the year's target to what was suggested, with what it was as the reason."""
    if not can_somewhere(person, Action.SET_TARGETS):
        messages.error(request, _("You may see this area, but not set its targets."))
        return redirect("kpis:suggest")
    try:
        who, metric_id, key, text, kind, total, version = signing.loads(
            request.POST.get("sealed", ""), salt=SALT, max_age=KEPT
        )
    except signing.BadSignature:
        who = None
    if who != person.pk:
        messages.error(request, _("This suggestion is too old or not yours. Look at it again."))
        return redirect("kpis:suggest")
    metric = Metric.objects.in_use().filter(pk=metric_id).first()
    scope, error = area_to_plan(person, key)
    if metric is None or scope is None:
        messages.error(request, error or _("This figure is no longer in use."))
        return redirect("kpis:suggest")
    year = Period.parse(text, fiscal_start=company().fiscal_year_start)
    back = f"{reverse('kpis:suggest')}?{urlencode({'metric': metric.code, 'area': key, 'year': text})}"
    try:
        apply_parts(
            kind=ChangeKind.SUGGESTION,
            metric=metric,
            whole=scope,
            parts=[Part(key, year, Decimal(total), version)],
            person=person,
            today=timezone.localdate(),
            reason=_("Suggested: %(kind)s") % {"kind": KINDS.get(kind, kind)},
            details={"metric": metric.code, "area": key, "period": text, "proposal": kind, "total": total},
        )
    except TargetRefused as refused:
        messages.error(request, str(refused))
    except TargetsMoved:
        messages.error(request, _("Somebody has set this target meanwhile. Look at it again."))
    else:
        messages.success(request, _("The year's target is set. It can be undone under Break down."))
    return redirect(back)
