"""What the year's grid asks for (year, figures, areas), and the cells that it sends."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from common.periods import Grain, Period
from kpis.forms.targets import DEFAULT_METRIC, FIRST_YEAR, LAST_YEAR, TREES, may_be_negative, read_target
from kpis.models import Metric
from kpis.services import Revision, TargetEntry
from organization.gate import Action, Someone, scopes_where, visible_nodes, visible_scopes
from organization.models import Node, Person
from organization.selectors import closed_through

MOST_METRICS = 4
MOST_CELLS = 2_500  # a paste of 200 areas × 12 months and a little more
LONGEST_CELL = 60


@dataclass(frozen=True)
class GridAsked:
    """What the address says; whatever makes no sense falls back to the default."""

    year: Period
    metrics: tuple[Metric, ...]
    choices: tuple[Metric, ...]
    tree: str
    below: Node | None
    page: str

    @property
    def tree_label(self) -> str:
        return str(TREES[self.tree])

    @property
    def query(self) -> str:
        """The address again, without the page of the list."""
        asked = QueryDict(mutable=True)
        asked["year"] = str(self.year)
        asked.setlist("metric", [metric.code for metric in self.metrics])
        if self.tree:
            asked["areas"] = self.tree
        if self.below:
            asked["below"] = self.below.code
        return asked.urlencode()


def read_grid_address(query: QueryDict, *, person: Someone, today: date, fiscal_start: int) -> GridAsked:
    choices = tuple(Metric.objects.in_use())
    wanted = [code for code in query.getlist("metric") if code][:MOST_METRICS]
    chosen = tuple(metric for metric in choices if metric.code in wanted)
    if not chosen:
        chosen = tuple(metric for metric in choices if metric.code == DEFAULT_METRIC) or choices[:1]
    tree = query.get("areas", "")
    return GridAsked(
        year=_year(query.get("year", ""), today, fiscal_start),
        metrics=chosen,
        choices=choices,
        tree=tree if tree in TREES else "",
        below=_below(query.get("below", ""), person),
        page=query.get("page", "1"),
    )


def _year(text: str, today: date, fiscal_start: int) -> Period:
    try:
        asked = Period.parse(text, fiscal_start=fiscal_start)
    except ValueError:
        asked = None
    if asked is None or asked.grain != Grain.YEAR or not FIRST_YEAR < asked.start.year < LAST_YEAR:
        return Period.containing(today, Grain.YEAR, fiscal_start=fiscal_start)
    return asked


def _below(code: str, person: Someone) -> Node | None:
    dimension, _colon, path = code.partition(":")
    if dimension not in TREES or not path:
        return None
    return visible_nodes(person, dimension).filter(path=path).first()


# -- Cells ------------------------------------------------------------------------------------------


class CellsUnreadable(ValueError):
    """The request is not a list of cells; the message says what is wrong with it."""


@dataclass(frozen=True)
class SentCell:
    """A cell as it was sent: codes as the page knows them, the text, and the version that was seen (0: none)."""

    metric: str
    area: str
    month: str
    text: str
    based_on: int


def read_cells(body: bytes) -> list[SentCell]:
    """Raises CellsUnreadable."""
    try:
        sent = json.loads(body)
    except ValueError:
        raise CellsUnreadable(_("The cells could not be read.")) from None
    cells = sent.get("cells") if isinstance(sent, dict) else None
    if not isinstance(cells, list) or not cells:
        raise CellsUnreadable(_("There are no cells here."))
    if len(cells) > MOST_CELLS:
        raise CellsUnreadable(_("These are more than %(n)s cells; send them in parts.") % {"n": MOST_CELLS})
    return [_cell(one) for one in cells]


def _cell(one: Any) -> SentCell:
    if not isinstance(one, dict):
        raise CellsUnreadable(_("The cells could not be read."))
    texts = [one.get(name) for name in ("metric", "area", "month", "text")]
    version = one.get("version", 0)
    if not all(isinstance(text, str) and "\0" not in text for text in texts):
        raise CellsUnreadable(_("The cells could not be read."))
    if not isinstance(version, int) or isinstance(version, bool) or not 0 <= version < 10**9:
        raise CellsUnreadable(_("The cells could not be read."))
    metric, area, month, text = (str(text) for text in texts)
    return SentCell(metric[:60], area[:2000], month[:10], text[: LONGEST_CELL + 1], version)


def negatives(metrics: Sequence[Metric]) -> Mapping[int, bool]:
    """Which of these may be planned below zero, by id."""
    return {metric.pk: may_be_negative(metric) for metric in metrics}


def month_of(text: str) -> Period | None:
    try:
        month = Period.parse(text)
    except ValueError:
        return None
    return month if month.grain == Grain.MONTH and FIRST_YEAR <= month.start.year <= LAST_YEAR else None


@dataclass(frozen=True)
class Meant:
    """A sent cell as a change of a target, or why it is none; `entry` is what it says where it is readable and hers."""

    revision: Revision | None = None
    error: str = ""
    entry: TargetEntry | None = None


def meaning(person: Person, sent: Sequence[SentCell], *, today: date) -> list[Meant]:
    """What each cell would change, for somebody who may see and set what she may; a handful of queries in all.

    Areas that are not hers and areas that do not exist are answered alike.
    """
    closed = closed_through(today)
    metrics = {
        one.code: one for one in Metric.objects.in_use().filter(code__in={cell.metric for cell in sent})
    }
    below_zero = negatives(list(metrics.values()))
    keys = {cell.area for cell in sent}
    seen = {scope.key: scope for scope in visible_scopes(person).filter(key__in=keys)}
    hers = set(scopes_where(person, Action.SET_TARGETS).filter(key__in=keys).values_list("key", flat=True))

    def one(cell: SentCell) -> Meant:
        month, metric, scope = month_of(cell.month), metrics.get(cell.metric), seen.get(cell.area)
        if month is None or metric is None or scope is None:
            return Meant(error=_("This is not among the areas, figures and months that you can plan."))
        if scope.key not in hers:
            return Meant(error=_("You may see this area, but not set its targets."))
        value, error = read_target(cell.text, metric, negative=below_zero[metric.pk])
        if error:
            return Meant(error=error)
        entry = TargetEntry(metric, scope, month, value)
        if month.end <= closed:
            return Meant(error=_("This month is closed, so its target stays as it is."), entry=entry)
        return Meant(Revision(entry, cell.based_on), entry=entry)

    return [one(cell) for cell in sent]
