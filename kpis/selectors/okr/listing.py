"""The list of a quarter's objectives, and what its address says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import QueryDict

from kpis.models.okr import Level
from kpis.selectors.okr.access import visible_objectives
from kpis.selectors.okr.loading import ObjectiveView, load
from kpis.selectors.okr.quarters import Quarter, quarter_asked
from organization.gate import visible_nodes
from organization.models import Dimension, Node, Person

A_PAGE = 50
LEVELS = {level.value: place for place, level in enumerate(Level)}
WORST_FIRST = {"red": 0, "yellow": 1, "grey": 2, "green": 3}


@dataclass(frozen=True)
class Asked:
    """What an address of the list says; what makes no sense falls back, so that no address breaks."""

    quarter: Quarter
    level: str
    team: str  # a team's path
    page: str

    @property
    def query(self) -> str:
        """The address again, for the same in another form."""
        said = {"quarter": self.quarter.text, "level": self.level, "team": self.team}
        return urlencode({name: value for name, value in said.items() if value})


def read_address(query: QueryDict, *, today: date) -> Asked:
    level = query.get("level", "")
    return Asked(
        quarter=quarter_asked(query.get("quarter", ""), today=today),
        level=level if level in Level.values else "",
        team=query.get("team", "")[:1000].replace("\0", ""),
        page=query.get("page", "1"),
    )


@dataclass(frozen=True)
class Counts:
    """Of running objectives, by light."""

    running: int
    behind: int
    drafts: int
    closed: int
    orphans: int

    @classmethod
    def of(cls, views: Sequence[ObjectiveView]) -> Counts:
        running = [one for one in views if not one.draft and not one.closed]
        return cls(
            running=len(running),
            behind=sum(one.stand.status in ("red", "yellow") for one in running),
            drafts=sum(one.draft for one in views),
            closed=sum(one.closed for one in views),
            orphans=sum(one.orphan for one in views),
        )


@dataclass(frozen=True)
class ListPage:
    views: tuple[ObjectiveView, ...]
    page: Page[ObjectiveView]
    counts: Counts
    teams: tuple[Node, ...]
    team: Node | None


def list_page(person: Person, asked: Asked, *, today: date) -> ListPage:
    """The company's first, then the teams', then people's; within each what is worst first."""
    found = visible_objectives(person).filter(start=asked.quarter.start)
    named = found.filter(team__isnull=False).order_by().values("team")
    teams = tuple(visible_nodes(person, Dimension.TEAM).filter(pk__in=named).order_by("path"))
    team = next((one for one in teams if one.path == asked.team), None)
    if asked.level:
        found = found.filter(level=asked.level)
    if team is not None:
        found = found.filter(team=team)
    views = sorted(load(list(found), person=person, today=today), key=in_order)
    page = Paginator(views, A_PAGE).get_page(asked.page)
    return ListPage(tuple(page.object_list), page, Counts.of(views), teams, team)


def in_order(view: ObjectiveView) -> tuple[int, int, int, str, int]:
    """The company's first; what runs before what does not; the worst light first."""
    waits = 2 if view.closed else 1 if view.draft else 0
    return (
        LEVELS[view.objective.level],
        waits,
        WORST_FIRST[view.stand.status],
        view.objective.title,
        view.objective.pk,
    )
