"""The channels side by side, and one of them."""

from __future__ import annotations

from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET

from channels.selectors.actions import actions_of
from channels.selectors.profiles import profiles_of
from common import formats
from dashboards import presenting, selectors, wording
from dashboards.addresses import TAKEN_ALONG, scope_text
from dashboards.keeping import kept, tagged
from dashboards.presenting import channel as one
from dashboards.presenting.board import board_table, kept_of
from dashboards.selectors import Asked
from dashboards.selectors.channel import channel as read_channel
from dashboards.selectors.channels import Wanted
from dashboards.selectors.channels import channels as read_channels
from dashboards.templatetags.numbers import currency, language
from dashboards.views.overview import INSIDE
from dashboards.views.turned import period_of, turned_to
from kpis import movement_words
from organization.gate import Action, Reach, company_of, get_scope_or_404, person_of, reach_of, require
from organization.models import Node
from organization.selectors import UnknownScope, parse_scope

FEW = 5  # campaigns that the table of parts shows at a glance
BOARD = ("lead", "actions", "content")


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
    period, problem = period_of(text, company.fiscal_year_start, today, single_days=True)
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
    turned = turned_to(request)
    node = turned.area.nodes.get("channel")
    if node is None:
        raise Http404
    reach = reach_of(request)
    asked = Asked(**{name: request.GET.get(name, "")[:60] for name in ("by", "metric", "rank", "step")})
    taken = {name: request.GET.get(name, "")[:600] for name in (*TAKEN_ALONG["channels"], "trend", "mix")}
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
            "channel",
            turned.person.pk,
            *turned.key(reach),
            asked,
            sorted(taken.items()),
        ),
        inside,
    )
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
