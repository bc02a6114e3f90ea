"""The board of a team, or of what is one's own."""

from __future__ import annotations

from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from dashboards import selectors
from dashboards.presenting import team as shown
from dashboards.selectors.team import MINE, NoSuchTeam, choose, team_page
from dashboards.views.cockpits import cockpit
from dashboards.views.turned import turned_to
from organization.gate import Action, reach_of, require

FRESH = 300  # seconds for which it is kept at most: what waits turns overdue by the clock alone


@require_GET
@require(Action.VIEW)
def team(request: HttpRequest) -> HttpResponse:
    """`?team=华东组&period=2026-11`; `team=mine` is what one is responsible for oneself."""
    turned, reach, now = turned_to(request, single_days=False), reach_of(request), timezone.now()
    try:
        chosen = choose(turned.person, request.GET.get("team", "")[:1000].replace("\0", ""), on=turned.today)
    except NoSuchTeam:
        raise Http404 from None

    def inside() -> dict[str, object]:
        kept = {"team": chosen.team.path if chosen.team is not None else MINE}
        frame = turned.frame(reach, home="team", kept=kept)
        # The areas are the team's: no address narrows them to one.
        frame = replace(frame, area=replace(frame.area, nodes={}), crumbs=(), granted=())
        page = team_page(
            turned.person, chosen, frame, catalog=selectors.catalog(), today=turned.today, now=now
        )
        return {
            "page": page,
            "frame": page.frame,
            "filters": shown.team_filters(page),
            "headline": shown.headline(page),
            "areas": shown.areas(page),
            "objectives_url": shown.objectives_url(page),
        }

    whose = (turned.person.pk, chosen.team.pk if chosen.team is not None else MINE)
    return cockpit(
        request,
        turned,
        reach,
        "team",
        _("Team board"),
        inside,
        *whose,
        tuple(one.pk for one in chosen.teams),
        int(now.timestamp()) // FRESH,
        sheets=("css/okr.css", "css/decisions.css", "css/scorecards.css"),
    )
