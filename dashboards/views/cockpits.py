"""Cockpits: what leads to results, and what customers say and are worth."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from customers.views.value import Money
from dashboards import presenting, selectors
from dashboards.keeping import kept, tagged
from dashboards.presenting import customers as shown_customers
from dashboards.presenting import process as of_process
from dashboards.selectors.customers import customers as of_customers
from dashboards.selectors.customers import versions
from dashboards.selectors.process import monitor
from dashboards.views.turned import Turned, turned_to
from organization.gate import Action, Reach, reach_of, require

INSIDE = ("crumbs", "lead", "actions")


@require_GET
@require(Action.VIEW)
def process(request: HttpRequest) -> HttpResponse:
    """`?period=2026-11&region=…&channel=…`: results of an area beside the processes that lead to them."""
    turned, reach = turned_to(request, single_days=False), reach_of(request)

    def inside() -> dict[str, object]:
        page = monitor(turned.frame(reach, home="process"), catalog=selectors.catalog(), today=turned.today)
        return {
            "page": page,
            "frame": page.frame,
            "headline": of_process.headline(page),
            "attention": of_process.attention(page),
            "pairs": of_process.pairs(page),
            "alone": of_process.alone(page),
        }

    return cockpit(request, turned, reach, "process", _("Process monitor"), inside)


@require_GET
@require(Action.VIEW)
def customers(request: HttpRequest) -> HttpResponse:
    """`?period=2026-11&region=…&metric=csat`: what customers of an area say, complain of and are worth; `metric` is drawn."""
    turned, reach, now = turned_to(request, single_days=False), reach_of(request), timezone.now()
    draw = request.GET.get("metric", "")[:60]

    def inside() -> dict[str, object]:
        frame = turned.frame(reach, home="customers", kept={"metric": draw} if draw else {})
        page = of_customers(
            turned.person, frame, draw=draw, catalog=selectors.catalog(), today=turned.today, now=now
        )
        return {
            "page": page,
            "frame": frame,
            "area": "" if frame.area.is_company else frame.area.key,
            "headline": shown_customers.headline(page),
            "figures": shown_customers.tiles(page),
            "chart": shown_customers.drawn(page),
            "blocks": shown_customers.blocks(page, handles=reach.somewhere(Action.HANDLE_COMPLAINTS)),
            "segments": shown_customers.segments(page),
            "topics_url": shown_customers.topics_url(page),
            "topics_period": shown_customers.topics_period(page),
            "money": Money(),
            "keeps": reach.somewhere(Action.KEEP_METRICS),
            "administers": reach.somewhere(Action.ADMINISTER),
        }

    return cockpit(request, turned, reach, "customers", _("Customers"), inside, draw, *versions())


def cockpit(
    request: HttpRequest,
    turned: Turned,
    reach: Reach,
    name: str,
    heading: Promise,
    make: Callable[[], dict[str, object]],
    *more: object,
    sheets: tuple[str, ...] = (),
    scripts: tuple[str, ...] = (),
) -> HttpResponse:
    """A page whose inside is kept. `make` reads it: with `frame` and `headline`; `more`: what else it depends on; `sheets`
    and `scripts`: what its pieces from other rooms need.
    """

    def inside() -> dict[str, str]:
        found = make()
        frame = found["frame"]
        assert isinstance(frame, selectors.Frame)
        context = {
            "filters": presenting.filters(frame),
            "crumbs": presenting.crumbs(frame),
            "problem": turned.problem,
            **found,
        }
        parts = {one: render_to_string(f"dashboards/inside/{one}.html", context).strip() for one in INSIDE}
        return {**parts, "content": render_to_string(f"dashboards/{name}/content.html", context).strip()}

    parts = kept((name, *turned.key(reach), *more), inside)
    context = {"inside": parts, "heading": heading, "sheets": sheets, "scripts": scripts}
    status = 400 if turned.problem else 200
    return tagged(request, render(request, "dashboards/cockpit.html", context, status=status))
