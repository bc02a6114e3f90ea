"""The overview: one area in one period."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from dashboards import presenting, selectors, wording
from dashboards.keeping import kept, tagged
from dashboards.presenting.compare import compare_links
from dashboards.selectors import Asked
from dashboards.selectors.first_steps import nothing_yet
from dashboards.views.first_steps import tour_page
from dashboards.views.turned import turned_to
from organization.gate import Action, reach_of, require

INSIDE = ("title", "crumbs", "lead", "actions", "content")


@require_GET
@require(Action.VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    """`?period=2026-11&region=…&channel=…&product=…`: one area in one period; `by`, `metric`, `rank` and `step` turn
    its table, heat map, campaigns and lines.
    """
    turned = turned_to(request, single_days=False)
    reach = reach_of(request)
    asked = Asked(**{name: request.GET.get(name, "")[:60] for name in ("by", "metric", "rank", "step")})

    def inside() -> dict[str, str]:
        page = selectors.overview(
            person=turned.person,
            area=turned.area,
            period=turned.period,
            company=turned.name,
            fiscal_start=turned.company.fiscal_year_start,
            today=turned.today,
            asked=asked,
            reach=reach,
        )
        context = {
            "page": page,
            "problem": turned.problem,
            "headline": wording.headline(page),
            "filters": presenting.filters(page),
            "figures": presenting.key_figures(page),
            "compare": compare_links(page),
            "attention": presenting.attention(page),
            "funnel": presenting.funnel(page),
            "charts": presenting.chart_list(page),
            "heat": presenting.heat_table(page),
            "campaigns": presenting.campaign_table(page),
            "splits": presenting.tabs(page),
            "lights": presenting.lights(page, page.split) if page.split else None,
            "sources": presenting.sources(page),
            "crumbs": presenting.crumbs(page),
        }
        made = {name: render_to_string(f"dashboards/inside/{name}.html", context).strip() for name in INSIDE}
        return {**made, "empty": "yes" if page.nothing else ""}

    parts = kept(
        (
            "overview",
            *turned.key(reach),
            asked,
        ),
        inside,
    )
    # Not for an address that asks for something, nor where nobody can act on it.
    if parts["empty"] and not request.GET and not getattr(request, "bare", False) and nothing_yet():
        return tour_page(request)
    response = render(
        request, "dashboards/overview.html", {"inside": parts}, status=400 if turned.problem else 200
    )
    return tagged(request, response)
