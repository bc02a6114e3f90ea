"""Pages that combine what other floors keep. They read only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from channels.selectors.actions import actions_of
from channels.selectors.profiles import profiles_of
from common import formats
from dashboards import presenting, selectors, spans, wording
from dashboards.addresses import scope_text
from dashboards.keeping import kept, tagged
from dashboards.presenting import channel as one
from dashboards.presenting.board import board_table, kept_of
from dashboards.presenting.places import place_list
from dashboards.presenting.why import explanation
from dashboards.selectors import Area, Asked
from dashboards.selectors.channel import channel as read_channel
from dashboards.selectors.channels import Wanted
from dashboards.selectors.channels import channels as read_channels
from dashboards.selectors.explain import explain
from dashboards.selectors.places import places as places_for
from dashboards.spans import Span
from dashboards.templatetags.numbers import currency, language
from kpis import movement_words
from organization.gate import Action, Reach, company_of, get_scope_or_404, person_of, reach_of, require
from organization.models import Company, Node, Person, Scope
from organization.selectors import UnknownScope, parse_scope

INSIDE = ("title", "crumbs", "lead", "actions", "content")
TAKEN_ALONG = ("columns", "sort", "against")  # among the pages of channels
FEW = 5  # campaigns that the table of parts shows at a glance
BOARD = ("lead", "actions", "content")


@dataclass(frozen=True)
class Turned:
    """What a page is turned to. `problem` is what is wrong with the period that was asked for."""

    person: Person
    company: Company
    name: str
    area: Area
    period: Span | None
    problem: str
    today: date


def _turned(request: HttpRequest, *, single_days: bool = True) -> Turned:
    """Raises Http404 where the area is not hers or does not exist."""
    person = person_of(request)
    text = scope_text(request.GET)
    scope: Scope | None = get_scope_or_404(person, text) if text else reach_of(request).home()
    if scope is None:
        raise Http404
    company = company_of(request)
    name = selectors.company_name(company, chinese=formats.is_chinese(language()))
    today = timezone.localdate()
    text = request.GET.get("period", "")
    period, problem = _period(text, company.fiscal_year_start, today, single_days=single_days)
    return Turned(person, company, name, selectors.area_of(scope, company=name), period, problem, today)


@require_GET
@require(Action.VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    """`?period=2026-11&region=…&channel=…&product=…`: one area in one period; `by`, `metric`, `rank` and `step` turn
    its table, heat map, campaigns and lines.
    """
    turned = _turned(request, single_days=False)
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
        return {name: render_to_string(f"dashboards/inside/{name}.html", context).strip() for name in INSIDE}

    parts = kept(
        (
            "overview",
            reach.key,
            turned.area.key,
            turned.area.name,
            turned.name,
            turned.period,
            turned.period.end if turned.period else "",
            turned.problem,
            asked,
            language(),
            currency(),
            turned.company.fiscal_year_start,
            turned.today,
        ),
        inside,
    )
    response = render(
        request, "dashboards/overview.html", {"inside": parts}, status=400 if turned.problem else 200
    )
    return tagged(request, response)


@require_GET
@require(Action.VIEW)
def channels(request: HttpRequest) -> HttpResponse:
    """`?period=2026-11&region=…&product=…&columns=roas,cac&sort=-roas&against=year`: the channels side by side."""
    reach = reach_of(request)
    nodes = _nodes_beside_channels(request, reach)
    company = company_of(request)
    name = selectors.company_name(company, chinese=formats.is_chinese(language()))
    today = timezone.localdate()
    text = request.GET.get("period", "")
    period, problem = _period(text, company.fiscal_year_start, today, single_days=True)
    columns = [code for text in request.GET.getlist("columns") for code in text[:600].split(",")]
    wanted = Wanted(tuple(columns), request.GET.get("sort", "")[:60], request.GET.get("against", "")[:20])

    def inside() -> dict[str, str]:
        board = read_channels(
            reach=reach,
            nodes=nodes,
            period=period,
            company=name,
            fiscal_start=company.fiscal_year_start,
            today=today,
            wanted=wanted,
        )
        if board is None:
            raise Http404
        page = replace(board.page, kept=kept_of(board))
        board = replace(board, page=page)
        context = {
            "page": page,
            "board": board_table(board, profiles_of([part.node.pk for part in board.rows])),
            "problem": problem,
            "headline": wording.headline(page),
            "filters": presenting.filters(page),
        }
        return {name: render_to_string(f"dashboards/board/{name}.html", context).strip() for name in BOARD}

    parts = kept(
        (
            "channels", reach.key, sorted((dimension, node.pk) for dimension, node in nodes.items()), name, period,
            period.end if period else "", problem, wanted, language(), currency(), company.fiscal_year_start, today,
        ),
        inside,
    )  # fmt: skip
    response = render(request, "dashboards/channels.html", {"inside": parts}, status=400 if problem else 200)
    return tagged(request, response)


@require_GET
@require(Action.VIEW)
def channel(request: HttpRequest) -> HttpResponse:
    """`?channel=…&period=…&region=…`: one channel, campaign or content piece; `trend`, `mix`, `by`, `metric` and `rank`
    turn its charts and tables, `against` what it is held against.
    """
    turned = _turned(request)
    node = turned.area.nodes.get("channel")
    if node is None:
        raise Http404
    reach = reach_of(request)
    asked = Asked(**{name: request.GET.get(name, "")[:60] for name in ("by", "metric", "rank", "step")})
    taken = {name: request.GET.get(name, "")[:600] for name in (*TAKEN_ALONG, "trend", "mix")}
    taken = {name: value for name, value in taken.items() if value}

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
        found = read_channel(
            person=turned.person,
            page=replace(page, kept=taken),
            reach=reach,
            catalog=selectors.catalog(),
            today=turned.today,
            trend=taken.get("trend", ""),
            mix=taken.get("mix", ""),
            against=taken.get("against", ""),
        )
        page = found.page
        above = selectors.Lineage.of({"channel": node}).ids()
        context = {
            "page": page,
            "about": one.about(
                found, profiles_of([node.pk])[node.pk], may_change=reach.covers(above, Action.KEEP_AREAS)
            ),
            "problem": turned.problem,
            "headline": one.headline(found),
            "filters": presenting.filters(page),
            "crumbs": one.crumbs(found),
            "figures": presenting.key_figures(page),
            "moved": movement_words.piece(found.moved) if found.moved else None,
            "course": one.course(found),
            "course_choice": one.course_choice(found),
            "mix": one.mix(found),
            "funnel": presenting.funnel(page),
            "splits": presenting.tabs(page),
            "lights": presenting.lights(page, page.split) if page.split else None,
            "heat": presenting.heat_table(page),
            "campaigns": presenting.campaign_table(page) if page.campaigns.all > FEW else None,
            "pieces": one.pieces(found),
            "side_by_side": one.side_by_side(found),
            "decided": actions_of(turned.person, node, today=turned.today),
            "node": node,
            "sides": one.three_sides(found),
            "sources": presenting.sources(page),
        }
        return {name: render_to_string(f"dashboards/channel/{name}.html", context).strip() for name in INSIDE}

    parts = kept(
        (
            "channel", reach.key, turned.person.pk, turned.area.key, turned.area.name, turned.name, turned.period,
            turned.period.end if turned.period else "", turned.problem, asked, sorted(taken.items()), language(), currency(),
            turned.company.fiscal_year_start, turned.today,
        ),
        inside,
    )  # fmt: skip
    response = render(
        request, "dashboards/channel.html", {"inside": parts}, status=400 if turned.problem else 200
    )
    return tagged(request, response)


def _nodes_beside_channels(request: HttpRequest, reach: Reach) -> dict[str, Node]:
    """The region and product line that the table is narrowed to; without an address, what was granted to her.

    Raises Http404 for what does not exist. Whether anything in it is hers, the selector says.
    """
    text = scope_text(request.GET)
    if text:
        try:
            found = dict(parse_scope(text))
        except UnknownScope:
            raise Http404 from None
        if "channel" in found:
            get_scope_or_404(person_of(request), text)
    else:
        home = reach.home()
        if home is None:
            raise Http404
        found = {dimension: getattr(home, dimension) for dimension in home.node_ids()}
    return {dimension: node for dimension, node in found.items() if dimension != "channel"}


@require_GET
@require(Action.VIEW)
def why(request: HttpRequest) -> HttpResponse:
    """`?metric=roas&period=…&region=…`: why a figure has its colour, and where it comes from."""
    turned = _turned(request)
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
    turned = _turned(request)
    dimension = request.GET.get("dimension", "")
    if dimension not in selectors.SPLITS:
        raise Http404
    lineage = selectors.Lineage.of(turned.area.nodes)
    text = request.GET.get("q", "")[:100]
    found = places_for(
        reach=reach_of(request), nodes=turned.area.nodes, lineage=lineage, dimension=dimension, text=text
    )
    of_channels = request.GET.get("page") == "channels"
    more = {name: request.GET.get(name, "")[:600] for name in TAKEN_ALONG if of_channels}
    context = {
        "places": place_list(
            found, turned.area, str(turned.period or ""), dimension, text, of_channels=of_channels, more=more
        )
    }
    fragment = bool(request.htmx)  # type: ignore[attr-defined]
    return render(request, "dashboards/_places.html" if fragment else "dashboards/places.html", context)


def _period(text: str, fiscal_start: int, today: date, *, single_days: bool) -> tuple[Span | None, str]:
    """The period that was asked for, or None and what is wrong with it."""
    if not text.strip():
        return None, ""
    newest = today - timedelta(days=1)
    period = spans.parse(text, newest=newest, fiscal_start=fiscal_start, single_days=single_days)
    if period is not None:
        return period, ""
    problem = _(
        "“%(text)s” is not a period of this page. Write 2026-11, 2026-W45, 2026-Q4, 2026 or last-28. The newest"
        " month is shown."
    )
    return None, problem % {"text": text[:40]}
