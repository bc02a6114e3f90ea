"""What somebody may find by its name: narrowed in the database to what is hers, the best of each kind first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import TypeVar

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    F,
    IntegerField,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import Combinable

from alerts.models import Episode
from budgets.models import Budget, Line
from budgets.selectors.rights import visible_budgets, visible_lines
from dashboards.models import Board, SavedView
from dashboards.ranking import BETWEEN, Fit
from dashboards.selectors.areas import Lineage
from dashboards.selectors.boards import visible_boards
from dashboards.selectors.keeping import visible_views
from kpis.models import Metric
from kpis.models.okr import Objective
from kpis.selectors.okr.access import visible_objectives
from organization.gate import Action, Reach, visible_scopes
from organization.models import DIMENSIONS, Dimension, Node, NodeAlias, Person

MOST = 6  # of each kind
RECENT = timedelta(days=30)  # for which an alert that ended is still found
# Budgets are found as budgets, with their lines: their names are known with their own figures alone.
AREAS = tuple(one for one in DIMENSIONS if one != Dimension.BUDGET)
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class FoundArea:
    """`nodes`: where its figures are hers to see. Of a channel that she knows from her region alone, that is their cut.
    `above`: what it lies in, where that is hers to know.
    """

    node: Node
    nodes: dict[str, Node]
    above: Node | None = None


@dataclass(frozen=True)
class Finds:
    areas: tuple[FoundArea, ...] = ()
    metrics: tuple[Metric, ...] = ()
    boards: tuple[Board, ...] = ()
    views: tuple[SavedView, ...] = ()
    episodes: tuple[Episode, ...] = ()
    budgets: tuple[Budget, ...] = ()
    lines: tuple[Line, ...] = ()
    objectives: tuple[Objective, ...] = ()
    people: tuple[Person, ...] = ()


def find(*, person: Person, reach: Reach, text: str, now: datetime, today: date) -> Finds:
    """At most MOST of each kind. A fixed number of queries; none for an empty text."""
    if not text:
        return Finds()
    return Finds(
        areas=_areas(reach, text),
        metrics=_best(Metric.objects.in_use(), text, "name", "name_zh", "code", then=("position",)),
        boards=_best(visible_boards(person=person, reach=reach, today=today), text, "name", then=("name",)),
        views=_best(
            visible_views(person),
            text,
            "name",
            then=("name",),
        ),
        episodes=_episodes(person, text, now),
        budgets=_best(
            visible_budgets(person), text, "node__name", "node__name_zh", "node__slug", then=("-first_day",)
        ),
        lines=_best(
            visible_lines(person).exclude(budget__state="draft"),
            text,
            "node__name",
            "node__name_zh",
            "node__slug",
            then=("-budget__first_day",),
        ),
        objectives=_best(visible_objectives(person), text, "title", then=("-start",)),
        people=_people(reach, text),
    )


def _areas(reach: Reach, text: str) -> tuple[FoundArea, ...]:
    home = reach.home()
    at_home = {one: getattr(home, one) for one in home.node_ids()} if home is not None else {}
    above = Lineage.of(at_home).ids()
    own, cut = Q(pk__in=()), Q(pk__in=())
    for dimension in AREAS:
        own |= Q(pk__in=reach.nodes(dimension, {}).values("pk"))
        beside = {one: ids for one, ids in above.items() if one != dimension}
        if beside and dimension != Dimension.TEAM:
            cut |= Q(pk__in=reach.nodes(dimension, beside).values("pk"))
    # Not by a part of its path, which would tell what lies above it.
    code = text.partition(":")[2] or text
    also = Q(path__iexact=code) | Q(pk__in=NodeAlias.objects.filter(slug__icontains=text).values("node_id"))
    nodes = Node.objects.filter(own | cut, dimension__in=AREAS, archived_at__isnull=True)
    nodes = nodes.annotate(
        own=Case(When(own, then=Value(True)), default=Value(False), output_field=BooleanField())
    )
    known = Node.objects.filter(own | cut, pk=OuterRef("parent_id"))
    nodes = nodes.select_related("parent").prefetch_related("aliases").annotate(above_known=Exists(known))
    # A channel that has it somewhere in its name comes before twenty pieces of content that begin with it.
    rows = _best(
        nodes,
        text,
        "name",
        "name_zh",
        "slug",
        also=also,
        then=("depth", "path"),
        besides=Value(2) * F("depth"),
    )
    return tuple(
        FoundArea(
            node,
            {node.dimension: node} if node.own else {**at_home, node.dimension: node},  # type: ignore[attr-defined]
            node.parent if node.above_known else None,  # type: ignore[attr-defined]
        )
        for node in rows
    )


def _episodes(person: Person, text: str, now: datetime) -> tuple[Episode, ...]:
    seen = Episode.objects.filter(
        Q(closed_at__isnull=True) | Q(closed_at__gte=now - RECENT), instance__scope__in=visible_scopes(person)
    ).select_related("instance__rule", "instance__metric", *(f"instance__scope__{one}" for one in DIMENSIONS))
    names = ("instance__rule__name", "instance__metric__name", "instance__metric__name_zh")
    # As subqueries: to plan joins with five trees takes longer than to look.
    places = Node.objects.filter(Q(name__icontains=text) | Q(name_zh__icontains=text)).values("pk")
    on_them = reduce(or_, (Q(**{f"instance__scope__{one}__in": places}) for one in DIMENSIONS))
    return _best(seen, text, *names, also=on_them, then=("-closed_at", "-tier", "-opened_at"))


def _people(reach: Reach, text: str) -> tuple[Person, ...]:
    """For those alone who keep people."""
    if Action.ADMINISTER not in reach.company_actions:
        return ()
    return _best(Person.objects.all(), text, "display_name", "username", "email", then=("display_name",))


def _best(
    rows: QuerySet[M],
    text: str,
    *columns: str,
    also: Q | None = None,
    then: tuple[str, ...] = (),
    besides: Combinable | None = None,
) -> tuple[M, ...]:
    """Those whose columns hold the text, by `dashboards.ranking.Fit`. `also`: found by something else, after these.
    `besides` is added to how well all but the same name fits.
    """

    def any_of(lookup: str, *texts: str) -> Q:
        return reduce(or_, (Q(**{f"{column}__{lookup}": one}) for column in columns for one in texts))

    within = any_of("icontains", text)
    fits = Case(
        When(any_of("iexact", text), then=Value(Fit.EXACT)),
        When(any_of("istartswith", text), then=_plus(Fit.BEGINS, besides)),
        When(any_of("icontains", *(f"{sign}{text}" for sign in BETWEEN)), then=_plus(Fit.WORD, besides)),
        default=_plus(Fit.WITHIN, besides),
        output_field=IntegerField(),
    )
    found = rows.filter(within if also is None else within | also)
    # Which ones first, without all that is shown of them: most kinds hold nothing of that name.
    best = (
        found.select_related(None)
        .annotate(fits=fits)
        .order_by("fits", *then, "pk")
        .values_list("pk", flat=True)
    )
    pks = list(best[:MOST])
    by_pk = {one.pk: one for one in rows.order_by().filter(pk__in=pks)} if pks else {}
    return tuple(by_pk[pk] for pk in pks if pk in by_pk)


def _plus(fit: Fit, besides: Combinable | None) -> Combinable:
    return Value(int(fit)) if besides is None else Value(int(fit)) + besides
