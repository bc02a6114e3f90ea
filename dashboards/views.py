"""Pages that combine what other floors keep. They read only."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from common import formats
from common.periods import Period
from dashboards import presenting, selectors, wording
from dashboards.templatetags.numbers import language
from organization.gate import Action, get_scope_or_404, home_scope, person_of, require
from organization.selectors import company as the_company


@require_GET
@require(Action.VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    """`?area=<key>&period=2026-11&by=region`: one area in one period, split by one dimension."""
    person = person_of(request)
    key = request.GET.get("area", "").strip()
    scope = get_scope_or_404(person, key) if key else home_scope(person)
    if scope is None:
        raise Http404
    company = the_company()
    name = selectors.company_name(company, chinese=formats.is_chinese(language()))
    period, problem = _period(request.GET.get("period", ""), company.fiscal_year_start)
    page = selectors.overview(
        person=person,
        area=selectors.area_of(scope, company=name),
        period=period,
        by=request.GET.get("by", ""),
        company=name,
        fiscal_start=company.fiscal_year_start,
        today=timezone.localdate(),
    )
    context = {
        "page": page,
        "problem": problem,
        "headline": wording.headline(page),
        "filters": presenting.filters(page),
        "figures": presenting.key_figures(page),
        "attention": presenting.attention(page),
        "charts": presenting.chart_list(page),
        "splits": presenting.tabs(page),
        "lights": presenting.lights(page, page.split) if page.split else None,
        "sources": presenting.sources(page),
    }
    return render(request, "dashboards/overview.html", context, status=400 if problem else 200)


def _period(text: str, fiscal_start: int) -> tuple[Period | None, str]:
    """The period that was asked for, or None and what is wrong with it."""
    if not text.strip():
        return None, ""
    try:
        period = Period.parse(text, fiscal_start=fiscal_start)
    except (ValueError, OverflowError):
        period = None
    if period is not None and period.grain in selectors.GRAINS and 2000 <= period.start.year <= 2100:
        return period, ""
    problem = _(
        "“%(text)s” is not a period of this page. Write 2026-11, 2026-Q4 or 2026. The newest month is shown."
    )
    return None, problem % {"text": text[:40]}
