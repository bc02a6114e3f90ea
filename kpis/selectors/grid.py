"""Reading the grid on which people plan a year: areas by months, for one figure or several."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from common.periods import Period
from kpis.forms.grid import GridAsked
from kpis.forms.targets import TREES
from kpis.models import ChangeKind, Metric, Target, TargetChange, TargetWarning
from kpis.selectors.plan_changes import SIZE
from kpis.selectors.targets import amount_text, area_detail, planned_areas
from kpis.services.targets import Version
from kpis.smart_words import sentence
from organization.gate import Action, can_somewhere, scopes_where, visible_scopes
from organization.models import NodeAncestor, Person, Scope
from organization.selectors import closed_through

ROWS = 200
CHANGES_SHOWN = 3
CHANGES_FOR = timedelta(days=7)


@dataclass(frozen=True)
class GridCell:
    """`inherited`: what holds where the month has no target of its own (ratios take the quarter's or year's)."""

    text: str
    version: int
    value: Decimal | None
    inherited: str = ""
    doubts: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class GridRow:
    scope: Scope
    metric: Metric
    name: str
    detail: str
    indent: int
    may_set: bool
    group: str  # siblings share it: what lies side by side adds up, a parent and its child do not
    below: str  # the group of what lies directly below it
    cells: tuple[GridCell, ...]
    year: str  # the year's own target, where there is one

    @property
    def total(self) -> str:
        return (
            amount_text(_sum([cell.value for cell in self.cells]), self.metric)
            if self.metric.additive
            else ""
        )


@dataclass(frozen=True)
class GridTotal:
    """Siblings added up, month by month; `against` is the row of what they lie below, where it is on the page."""

    group: str
    metric: Metric
    label: str
    areas: int
    sums: tuple[str, ...]
    total: str
    against: int | None


@dataclass(frozen=True)
class GridPage:
    months: tuple[Period, ...]
    locked: frozenset[date]  # first days of months that are closed
    rows: tuple[GridRow, ...]
    totals: tuple[GridTotal, ...]
    page: Page[Scope]
    may_set: bool
    changes: tuple[TargetChange, ...]  # her own of the last days that can be taken back, newest first

    def as_json(self) -> dict[str, Any]:
        """What the script needs besides the cells' texts, which stand in the table."""
        metrics = {row.metric.pk: row.metric for row in self.rows}
        return {
            "months": [str(month) for month in self.months],
            "locked": [month.start in self.locked for month in self.months],
            "metrics": {
                one.code: {"additive": one.additive, "unit": one.unit, "label": one.label}
                for one in metrics.values()
            },
            "rows": [
                {
                    "area": row.scope.key,
                    "metric": row.metric.code,
                    "set": row.may_set,
                    "group": row.group,
                    "below": row.below,
                    "versions": [cell.version for cell in row.cells],
                    "doubts": {place: cell.doubts for place, cell in enumerate(row.cells) if cell.doubts},
                }
                for row in self.rows
            ],
            "totals": [
                {"group": one.group, "metric": one.metric.code, "against": one.against} for one in self.totals
            ],
        }


def grid_page(person: Person, asked: GridAsked, *, today: date) -> GridPage:
    """The areas that she may plan (else: may see), a row for each figure asked for; queries do not grow with rows."""
    sets = can_somewhere(person, Action.SET_TARGETS)
    scopes = planned_areas(person, sets=sets, tree=asked.tree)
    if asked.below is not None:
        scopes = scopes.filter(node__in=NodeAncestor.objects.filter(ancestor=asked.below).values("node_id"))
    page = Paginator(scopes, max(1, ROWS // len(asked.metrics))).get_page(asked.page)
    months = tuple(asked.year.months())
    closed = closed_through(today)
    rows = _rows(person, list(page.object_list), asked, months)
    return GridPage(
        months=months,
        locked=frozenset(month.start for month in months if month.end <= closed),
        rows=rows,
        totals=_totals(rows, months),
        page=page,
        may_set=sets,
        changes=_changes(person) if sets else (),
    )


def _rows(
    person: Person, scopes: Sequence[Scope], asked: GridAsked, months: Sequence[Period]
) -> tuple[GridRow, ...]:
    ids = [scope.pk for scope in scopes]
    current = _current(ids, asked.metrics, months)
    targets: Held = {
        (scope, metric, grain, start): Version(pk, version, value)
        for scope, metric, grain, start, pk, version, value in current.values_list(
            "scope_id", "metric_id", "grain", "start", "pk", "version", "value"
        )
    }
    doubted = doubts_of(current)
    settable = set(scopes_where(person, Action.SET_TARGETS).filter(pk__in=ids).values_list("pk", flat=True))
    above = {scope.node.parent_id for scope in scopes if scope.node is not None and scope.node.parent_id}
    known = set(visible_scopes(person).filter(node__in=above).values_list("node_id", flat=True))
    return tuple(
        GridRow(
            scope=scope,
            metric=metric,
            name=scope.node.label if scope.node else scope.label,
            detail=area_detail(scope, known),
            indent=min(scope.node.depth - 1, 4) if scope.node else 0,
            may_set=scope.pk in settable,
            group=_group(scope),
            below=str(scope.node_id or "company"),
            cells=_cells(targets, scope, metric, months, doubted),
            year=_text(targets.get((scope.pk, metric.pk, "year", asked.year.start)), metric),
        )
        for scope in scopes
        for metric in asked.metrics
    )


Held = Mapping[tuple[int, int, str, date], Version]


def _current(ids: Sequence[int], metrics: Sequence[Metric], months: Sequence[Period]) -> QuerySet[Target]:
    """The targets that hold in the year, months, quarters and the year itself."""
    return Target.objects.filter(
        scope__in=ids,
        metric__in=metrics,
        grain__in=("month", "quarter", "year"),
        start__range=(months[0].start, months[-1].start),
        superseded_at__isnull=True,
    )


def doubts_of(targets: Sequence[int] | QuerySet[Target]) -> dict[int, list[TargetWarning]]:
    """What speaks against these targets (or those with these ids), by their ids. One query."""
    found: dict[int, list[TargetWarning]] = defaultdict(list)
    for warning in TargetWarning.objects.filter(target__in=targets).order_by("pk"):
        found[warning.target_id].append(warning)
    return found


def as_doubt(warning: TargetWarning, metric: Metric) -> dict[str, Any]:
    return {"id": warning.pk, "said": sentence(warning, metric), "answer": warning.answer}


def _cells(
    targets: Held,
    scope: Scope,
    metric: Metric,
    months: Sequence[Period],
    doubted: Mapping[int, Sequence[TargetWarning]],
) -> tuple[GridCell, ...]:
    cells = []
    for place, month in enumerate(months):
        own = targets.get((scope.pk, metric.pk, "month", month.start))
        value = own.value if own else None
        inherited = ""
        if value is None and not metric.additive:
            quarter = targets.get((scope.pk, metric.pk, "quarter", months[place - place % 3].start))
            inherited = _text(quarter, metric) or _text(
                targets.get((scope.pk, metric.pk, "year", months[0].start)), metric
            )
        doubts = tuple(as_doubt(one, metric) for one in doubted.get(own.pk, ())) if own else ()
        cells.append(
            GridCell(amount_text(value, metric), own.version if own else 0, value, inherited, doubts)
        )
    return tuple(cells)


def _text(target: Version | None, metric: Metric) -> str:
    return amount_text(target.value, metric) if target else ""


def _group(scope: Scope) -> str:
    """Siblings lie below the same node, or at the top of the same tree; the company is alone."""
    if scope.node is None:
        return ""
    return str(scope.node.parent_id or scope.node.dimension)


def _totals(rows: Sequence[GridRow], months: Sequence[Period]) -> tuple[GridTotal, ...]:
    """Of what adds up: a line for every set of siblings of which two or more are on the page."""
    together: dict[tuple[str, int], list[GridRow]] = defaultdict(list)
    for row in rows:
        if row.group and row.metric.additive:
            together[row.group, row.metric.pk].append(row)
    at = {(row.below, row.metric.pk): place for place, row in enumerate(rows)}
    several = len({row.metric.pk for row in rows}) > 1
    totals = []
    for (group, metric_id), members in together.items():
        if len(members) < 2:
            continue
        against = at.get((group if group.isdigit() else "company", metric_id))
        metric = members[0].metric
        above = rows[against].name if against is not None and group.isdigit() else ""
        label = _("Below %(area)s") % {"area": above} if above else str(TREES.get(group, _("Side by side")))
        sums = [_sum([row.cells[place].value for row in members]) for place in range(len(months))]
        totals.append(
            GridTotal(
                group=group,
                metric=metric,
                label=f"{label} · {metric.label}" if several else label,
                areas=len(members),
                sums=tuple(amount_text(one, metric) for one in sums),
                total=amount_text(_sum(sums), metric),
                against=against,
            )
        )
    return tuple(totals)


def _sum(values: Sequence[Decimal | None]) -> Decimal | None:
    """None where nothing is planned: that is not a plan of zero."""
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def _changes(person: Person) -> tuple[TargetChange, ...]:
    mine = (
        TargetChange.objects.filter(
            made_by=person, undone_by__isnull=True, made_at__gte=timezone.now() - CHANGES_FOR
        )
        .exclude(kind=ChangeKind.UNDO)
        .annotate(size=SIZE)
    )
    return tuple(mine.order_by("-made_at")[:CHANGES_SHOWN])
