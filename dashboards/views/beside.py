"""What pages open beside themselves: why a figure has its colour, and the places to turn to."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboards import selectors
from dashboards.addresses import HOMES, TAKEN_ALONG
from dashboards.presenting.places import place_list
from dashboards.presenting.why import explanation
from dashboards.selectors.explain import explain
from dashboards.selectors.places import places as places_for
from dashboards.shareable import NotShareable, address_of
from dashboards.views.turned import turned_to
from organization.gate import Action, reach_of, require


@require_GET
@require(Action.VIEW)
def why(request: HttpRequest) -> HttpResponse:
    """`?metric=roas&period=…&region=…`: why a figure has its colour, and where it comes from."""
    turned = turned_to(request)
    catalog = selectors.catalog()
    code = request.GET.get("metric", "")
    if code not in catalog.metrics or turned.period is None:
        raise Http404
    found = explain(
        person=turned.person,
        area=turned.area,
        period=turned.period,
        code=code,
        catalog=catalog,
        company=turned.name,
        fiscal_start=turned.company.fiscal_year_start,
        today=turned.today,
    )
    context = {"why": explanation(found, catalog)}
    return render(request, "dashboards/_why.html" if request.htmx else "dashboards/why.html", context)  # type: ignore[attr-defined]


@require_GET
@require(Action.VIEW)
def places(request: HttpRequest) -> HttpResponse:
    """`?dimension=channel&q=…` beside a page's own filters: the places that one of them may be turned to."""
    turned = turned_to(request)
    dimension = request.GET.get("dimension", "")
    if dimension not in selectors.SPLITS:
        raise Http404
    lineage = selectors.Lineage.of(turned.area.nodes)
    text = request.GET.get("q", "")[:100]
    found = places_for(
        reach=reach_of(request), nodes=turned.area.nodes, lineage=lineage, dimension=dimension, text=text
    )
    home = request.GET.get("page", "")
    home = home if home in HOMES else _page(home)
    more = {name: request.GET.get(name, "")[:600] for name in TAKEN_ALONG.get(home, ())}
    context = {
        "places": place_list(
            found, turned.area, str(turned.period or ""), dimension, text, home=home, more=more
        )
    }
    fragment = bool(request.htmx)  # type: ignore[attr-defined]
    return render(request, "dashboards/_places.html" if fragment else "dashboards/places.html", context)


def _page(text: str) -> str:
    """The path of the page that has the filters; "" for the overview, and for what is no page to be turned."""
    try:
        return address_of(text).path if text else ""
    except NotShareable:
        return ""
