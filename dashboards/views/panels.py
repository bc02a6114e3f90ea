"""One panel: a fragment of a page, or a page of its own."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape
from django.views.decorators.http import require_GET

from dashboards import selectors
from dashboards.addresses import query_of
from dashboards.catalogue import Trouble, Wish
from dashboards.context import url_or_none
from dashboards.keeping import kept, tagged
from dashboards.models import Board, Panel
from dashboards.presenting.panel import PanelView, panel_view, troubled
from dashboards.selectors import SPLITS
from dashboards.selectors.boards import get_board_or_404, get_panel_or_404, may_change, those_hers
from dashboards.selectors.panel import read_panel
from dashboards.templatetags.numbers import currency, language
from dashboards.views.turned import Turned, period_of, turned_to
from organization.gate import Action, reach_of, require

log = logging.getLogger(__name__)
TURNED = ("period", "area", *SPLITS)  # how a page is turned, in its address
WISHED = ("chart", "metric", "by", "title")


@dataclass(frozen=True)
class Place:
    """Where a panel stands: the element's id, the page that its links turn, and what addresses of that page take along.

    `title` is its name where nothing is read; `change`, `picture`, `retry` are addresses, "" where there is none.
    """

    id: str
    home: str
    period: str = ""
    along: tuple[tuple[str, str], ...] = ()
    title: str = ""
    change: str = ""
    picture: str = ""
    retry: str = ""
    headless: bool = False
    named: bool = False  # its area is its own


@require_GET
@require(Action.VIEW)
def panel(request: HttpRequest) -> HttpResponse:
    """`?metric=roas&chart=bars&by=channel&period=…&region=…&title=…`: any figure of any area as any chart. `whole` takes
    the company instead of an area.
    """
    wish = Wish(**{name: request.GET.get(name, "")[:120] for name in WISHED})
    wish = replace(wish, by=wish.by if wish.by in SPLITS else "")
    fragment = bool(request.htmx)  # type: ignore[attr-defined]
    if request.GET.get("whole") and not request.GET.get("area", "").strip():
        turned_whole = request.GET.copy()
        turned_whole["area"] = "company"
        request.GET = turned_whole  # type: ignore[assignment]
    along = tuple((name, value) for name in WISHED if (value := getattr(wish, name)))
    place = Place(
        "panel", reverse("dashboards:panel"), request.GET.get("period", "")[:20], along, wish.title,
        headless=not fragment,
    )  # fmt: skip
    try:
        turned = turned_to(request)
    except Http404:
        if not fragment:
            raise
        shown = render_to_string(
            "dashboards/_panel.html",
            {"panel": troubled(wish.chart, wish.title, Trouble.NOT_HERS), "place": place},
        )
        return HttpResponse(shown)
    parts = panel_html(request, wish=wish, turned=turned, place=place)
    if fragment:
        return tagged(request, HttpResponse(parts["panel"]))
    query = query_of(turned.area.nodes, period=str(turned.period or ""))
    context = {
        "inside": parts,
        "problem": turned.problem,
        "up": [(reverse("dashboards:boards"), None)],
        "overview": f"{reverse('dashboards:overview')}?{query}",
    }
    response = render(request, "dashboards/panel.html", context, status=400 if turned.problem else 200)
    return tagged(request, response)


@require_GET
@require(Action.VIEW)
def panel_at(request: HttpRequest, pk: int, panel_pk: int) -> HttpResponse:
    """A panel of somebody's page, as the page is turned: `?period=…&region=…`."""
    turned = turned_to(request)
    reach = reach_of(request)
    board = get_board_or_404(person=turned.person, reach=reach, pk=pk, today=turned.today)
    found = get_panel_or_404(board=board, pk=panel_pk)
    fragment = bool(request.htmx)  # type: ignore[attr-defined]
    change = may_change(board=board, person=turned.person, reach=reach)
    parts = board_panel_html(
        request, board=board, panel=found, turned=turned, change=change, headless=not fragment
    )
    if fragment:
        return tagged(request, HttpResponse(parts["panel"]))
    context = {
        "inside": parts,
        "problem": turned.problem,
        "up": [(reverse("dashboards:boards"), None), (turned_url(request, board), board.name)],
    }
    response = render(request, "dashboards/panel.html", context, status=400 if turned.problem else 200)
    return tagged(request, response)


def turned_query(query: QueryDict) -> str:
    """How the page is turned, for the addresses of its panels; "" as it opens."""
    pairs = [(name, query.get(name, "")[:600]) for name in TURNED]
    return "&".join(f"{name}={quote(value, safe='/:,')}" for name, value in pairs if value)


def turned_url(request: HttpRequest, board: Board) -> str:
    query = turned_query(request.GET)
    url = reverse("dashboards:board", args=[board.pk])
    return f"{url}?{query}" if query else url


def panel_url(request: HttpRequest, panel: Panel) -> str:
    query = turned_query(request.GET)
    url = reverse("dashboards:panel_at", args=[panel.board_id, panel.pk])
    return f"{url}?{query}" if query else url


def named(panel: Panel, *, hers: bool, company: str) -> str:
    """What a panel is called before anything of it is read. `hers`: whether its own area may be named to her."""
    if panel.title:
        return panel.title
    label = panel.metric.label if panel.metric is not None else str(panel.get_chart_display())
    if panel.scope is None or not hers:
        return label
    return f"{label} · {selectors.area_of(panel.scope, company=company).name}"


def board_panel_html(
    request: HttpRequest, *, board: Board, panel: Panel, turned: Turned, change: bool, headless: bool = False
) -> Mapping[str, str]:
    """What a panel of a page shows: its own area and period before those of the page. Fails alone."""
    hers = panel.pk in those_hers([panel], reach_of(request))
    home = reverse("dashboards:board", args=[board.pk])
    picture = url_or_none("dashboards:picture_new")
    page = quote(turned_url(request, board), safe="")
    bare = bool(getattr(request, "bare", False))
    place = Place(
        f"panel-{panel.pk}",
        home,
        str(turned.period or ""),
        title=named(panel, hers=hers, company=turned.name),
        change=reverse("dashboards:panel_edit", args=[board.pk, panel.pk]) if change and not bare else "",
        picture=f"{picture}?page={page}&panel=panel-{panel.pk}" if picture and not bare else "",
        retry="" if bare else panel_url(request, panel),
        headless=headless,
        named=panel.scope is not None,
    )
    code = panel.metric.code if panel.metric is not None else ""
    wish = Wish(panel.chart, code, panel.by, panel.title)
    if not hers:
        return _html(troubled(panel.chart, place.title, Trouble.NOT_HERS), place)
    if panel.scope is not None:
        turned = replace(turned, area=selectors.area_of(panel.scope, company=turned.name))
    if panel.period:
        fiscal = turned.company.fiscal_year_start
        period, _problem = period_of(panel.period, fiscal, turned.today, single_days=True)
        turned = replace(turned, period=period or turned.period)
    return panel_html(request, wish=wish, turned=turned, place=place)


def panel_html(request: HttpRequest, *, wish: Wish, turned: Turned, place: Place) -> Mapping[str, str]:
    """From the cache where nothing has changed. Whatever goes wrong stays within the panel."""

    def inside() -> dict[str, str]:
        found = read_panel(
            wish=wish,
            area=turned.area,
            period=turned.period,
            catalog=selectors.catalog(),
            company=turned.name,
            fiscal_start=turned.company.fiscal_year_start,
            today=turned.today,
        )
        page = replace(found.page, home=place.home, home_period=place.period, kept=dict(place.along))
        view = panel_view(replace(found, page=page), id=place.id, named=place.named)
        return _html(view, place)

    try:
        return kept(
            (
                "panel", reach_of(request).key, wish, place, turned.area.key, turned.area.name, turned.name,
                turned.period, turned.period.end if turned.period else "", language(), currency(),
                turned.company.fiscal_year_start, turned.today,
            ),
            inside,
        )  # fmt: skip
    except (Http404, PermissionDenied):
        raise
    except Exception:
        log.exception("panel failed", extra={"chart": wish.chart, "metric": wish.metric})
        return _html(troubled(wish.chart, place.title or wish.title, Trouble.FAILED), place)


def _html(view: PanelView, place: Place) -> dict[str, str]:
    context = {"panel": view, "place": place}
    return {
        "panel": render_to_string("dashboards/_panel.html", context),
        "title": escape(view.title),
    }
