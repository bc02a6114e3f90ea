"""A team on one page: figures of its areas, objectives, scores, what waits, alerts; each as far as the reader may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from alerts.selectors.lists import EpisodeRow, open_on
from common.periods import Grain, Period
from dashboards.selectors import risks
from dashboards.selectors.areas import SPLITS
from dashboards.selectors.catalog import Catalog
from dashboards.selectors.frame import Frame
from dashboards.selectors.shapes import DECIDING, RANK, Lit, Risks
from dashboards.selectors.watched import FIGURE
from dashboards.spans import is_kept
from decisions.selectors.among import proposals_among, tasks_among
from decisions.selectors.inbox import Mine, TaskRow
from kpis.figures import Look
from kpis.models import Metric, Reading
from kpis.models.okr import KeyResult, Level
from kpis.selectors import Figure, figures_of_scopes
from kpis.selectors.okr.access import visible_objectives
from kpis.selectors.okr.listing import in_order
from kpis.selectors.okr.loading import ObjectiveView, load
from kpis.selectors.scorecards import ScoreRow, as_row, visible_scores
from organization.gate import visible_nodes, visible_scopes
from organization.models import Dimension, Node, Person, Scope
from organization.selectors.teams import Crew, crew_of, crew_of_one, teams_of

COLUMNS = ("revenue", "roas", "orders", "new_customers", "cac", "ctr")
MINE = "mine"
MOST = 6  # of a block; the room behind it has the rest


@dataclass(frozen=True)
class AreaLine(Lit):
    """An area of the team with its figures by metric code."""

    scope: Scope
    figures: Mapping[str, Figure]
    risks: Risks

    @property
    def badness(self) -> tuple[int, Decimal, str]:
        far = self.figure(self.worst).attainment if self.worst else None
        return RANK[self.status], far if far is not None else Decimal(9), self.scope.key


@dataclass(frozen=True)
class TeamPage:
    """`team` None: what is the reader's own. `areas`: those that have figures; budgets have pages of their own. `hidden`: areas of the team that she may not see. `scored`: the month of the
    scores; None where there are none.
    """

    frame: Frame
    team: Node | None
    teams: tuple[Node, ...]
    may_be_mine: bool
    crew: Crew
    metrics: Mapping[str, Metric]
    areas: tuple[AreaLine, ...]
    hidden: int
    objectives: tuple[ObjectiveView, ...]
    quarter: Period
    scores: tuple[ScoreRow, ...]
    scored: Period | None
    tasks: tuple[TaskRow, ...]
    proposals: tuple[Mine, ...]
    alerts: tuple[EpisodeRow, ...]
    alert_count: int

    @property
    def through(self) -> date | None:
        days = [
            one.through
            for line in self.areas
            for one in line.figures.values()
            if one.through and one.value is not None
        ]
        return min(days, default=None)


@dataclass(frozen=True)
class Chosen:
    """Whose page it is, and between whom one may choose."""

    team: Node | None
    teams: tuple[Node, ...]
    may_be_mine: bool


class NoSuchTeam(LookupError):
    """There is none of this path, or none that she knows."""


def choose(person: Person, path: str, *, on: date) -> Chosen:
    """`path`: of a team, or MINE; without one her own team, else what is hers, else the first team. Raises NoSuchTeam."""
    teams = tuple(visible_nodes(person, Dimension.TEAM).filter(archived_at__isnull=True).order_by("path"))
    own = teams_of(person, on)
    mine = bool(own) or bool(crew_of_one(person, on).areas)
    if path and path != MINE:
        team = next((one for one in teams if one.path == path), None)
        if team is None:
            raise NoSuchTeam(path)
        return Chosen(team, teams, mine)
    if path == MINE or (mine and not own):
        return Chosen(None, teams, mine)
    known = {one.pk for one in teams}
    return Chosen(next((one for one in (*own, *teams) if one.pk in known), None), teams, mine)


def team_page(
    person: Person, chosen: Chosen, frame: Frame, *, catalog: Catalog, today: date, now: datetime
) -> TeamPage:
    """A bounded number of queries: about forty, whatever the team."""
    crew = crew_of(chosen.team, today) if chosen.team is not None else crew_of_one(person, today)
    hers = set(
        visible_scopes(person).filter(pk__in=[one.pk for one in crew.areas]).values_list("pk", flat=True)
    )
    areas = tuple(one for one in crew.areas if one.pk in hers)
    quarter = Period.containing(
        min(frame.period.end, max(frame.complete, frame.period.start)),
        Grain.QUARTER,
        fiscal_start=frame.period.fiscal_start,
    )
    scores, scored = _scores(person, chosen.team, crew, frame)
    alerts, alert_count = open_on(person, areas, most=MOST, now=now)
    return TeamPage(
        frame=frame,
        team=chosen.team,
        teams=chosen.teams,
        may_be_mine=chosen.may_be_mine,
        crew=crew,
        metrics={code: catalog.metrics[code] for code in COLUMNS if code in catalog.metrics},
        areas=_lines([one for one in areas if set(one.node_ids()) <= set(SPLITS)], frame, catalog, today),
        hidden=len(crew.areas) - len(areas),
        objectives=_objectives(person, chosen.team, crew, areas, quarter, today),
        quarter=quarter,
        scores=scores,
        scored=scored,
        tasks=tasks_among(person, people=crew.people, areas=areas, most=MOST, as_of=now),
        proposals=proposals_among(person, people=crew.people, areas=areas, most=MOST, as_of=now),
        alerts=alerts,
        alert_count=alert_count,
    )


def _lines(areas: Sequence[Scope], frame: Frame, catalog: Catalog, today: date) -> tuple[AreaLine, ...]:
    """Kept figures of the areas, worst first; of days and weeks those of single nodes, computed. Two queries, or some more."""
    period = frame.period
    codes = {catalog.metrics[code].pk: code for code in {*COLUMNS, *DECIDING} if code in catalog.metrics}
    found: dict[int, dict[str, Figure]] = {}
    at_risk: Mapping[int, Risks]
    if is_kept(period):
        rows = Reading.objects.filter(
            scope__in=[one.pk for one in areas],
            metric__in=list(codes),
            grain=str(period.grain),
            start=period.start,
        ).values_list("scope_id", "metric_id", *FIGURE)
        for scope_id, metric_id, *rest in rows:
            found.setdefault(scope_id, {})[codes[metric_id]] = Figure(*rest)
        at_risk = risks.of_kept({(pk, period.start): some for pk, some in found.items()}, period, catalog)
    else:
        singles = [one.pk for one in areas if len(one.node_ids()) <= 1]
        computed = (
            figures_of_scopes(
                scope_ids=singles,
                grain=str(period.grain),
                start=period.start,
                stop=period.end,
                look=Look.at(today, today=today),
            )
            if singles
            else {}
        )
        at_risk = risks.of_computed(computed, codes)
        for scope_id, some in computed.items():
            found[scope_id] = {codes[pk]: one for pk, one in some.items() if pk in codes}
    lines = [AreaLine(one, found.get(one.pk, {}), at_risk.get(one.pk, {})) for one in areas]
    return tuple(sorted(lines, key=lambda line: line.badness))


def _objectives(
    person: Person, team: Node | None, crew: Crew, areas: Sequence[Scope], quarter: Period, today: date
) -> tuple[ObjectiveView, ...]:
    """Of the team, of its people, and of teams on its areas."""
    kept = KeyResult.objects.filter(owner__in=crew.people, removed_at__isnull=True).values("objective")
    theirs = Q(owner__in=crew.people) | Q(pk__in=kept) | (Q(scope__in=areas) & Q(level=Level.TEAM))
    if team is not None:
        theirs |= Q(team=team)
    found = visible_objectives(person).filter(theirs, start=quarter.start).order_by("level", "title", "pk")
    return tuple(sorted(load(list(found[: MOST * 2]), person=person, today=today), key=in_order))


def _scores(
    person: Person, team: Node | None, crew: Crew, frame: Frame
) -> tuple[tuple[ScoreRow, ...], Period | None]:
    """Of the newest month up to the page's period that has any."""
    whose = Q(person__in=crew.people)
    if team is not None:
        whose |= Q(team=team)
    scores = visible_scores(person).filter(whose, grain=Grain.MONTH.value, start__lte=frame.period.end)
    newest = scores.filter(value__isnull=False).order_by("-start").values_list("start", flat=True).first()
    if newest is None:
        return (), None
    found = (
        scores.filter(start=newest)
        .select_related("person", "team", "card", "plan")
        .order_by("card__name", "rank", "pk")
    )
    month = Period.containing(newest, Grain.MONTH, fiscal_start=frame.period.fiscal_start)
    return tuple(as_row(one, person) for one in found[: MOST * 3]), month
