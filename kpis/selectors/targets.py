"""Reading the page on which people set a month's targets: her areas, how they stand, what is planned."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.core.paginator import Page, Paginator
from django.db.models import Case, CharField, Count, F, IntegerField, Max, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Collate, Replace

from common import formats
from common.periods import Grain, Period
from kpis.forms.targets import Asked
from kpis.models import ChangedScope, Metric, Reading, Status, Target, Unit
from kpis.outlook_words import Brief, brief
from kpis.selectors.at_risk import Risk, kept_at_risk
from kpis.selectors.outlook import ahead_of
from organization.gate import Action, can, can_somewhere, scopes_where, visible_scopes
from organization.models import Dimension, Person, Role, Scope
from organization.words import KINDS

ROWS_A_PAGE = 100
PLANNED = (Dimension.REGION, Dimension.CHANNEL, Dimension.PRODUCT)  # in the order in which they are listed


@dataclass(frozen=True)
class Moved:
    """Somebody else set the target since she saw it."""

    who: str  # "" for a command
    value: Decimal | None
    at: datetime
    typed: Decimal | None


@dataclass(frozen=True)
class TargetRow:
    """An area with its month. Amounts are in the metric's unit, `attainment` is a fraction."""

    scope: Scope
    name: str
    detail: str
    indent: int
    may_set: bool
    target: Decimal | None
    version: int  # 0: never set
    text: str  # what stands in the field
    inherited: Decimal | None  # from the quarter or year, where the month has none of its own
    last_month: Decimal | None
    last_year: Decimal | None
    value: Decimal | None
    expected: Decimal | None
    attainment: Decimal | None
    status: str
    through: date | None
    error: str = ""
    moved: Moved | None = None
    saved: bool = False
    at_risk: tuple[Risk, ...] = ()
    few: bool = False
    ahead: Brief | None = None  # where the month will probably end, while it is open

    @property
    def reason(self) -> str:
        """Which of the greys; what was typed a moment ago counts only once the light has followed."""
        if self.few:
            return "few"
        planned = self.target is not None or self.inherited is not None
        return "no_data" if planned and self.value is None else "no_target"


@dataclass(frozen=True)
class TargetGroup:
    """An area with those below it that are on the same page of the list."""

    head: TargetRow | None  # None where the page before has it
    below: tuple[TargetRow, ...]

    @property
    def behind(self) -> int:
        return sum(row.status in (Status.YELLOW, Status.RED) for row in self.below)

    @property
    def open(self) -> bool:
        """Whether something was just said about one of the areas below, so that it may not be folded away."""
        return any(row.error or row.moved or row.saved for row in self.below)


@dataclass(frozen=True)
class TargetPage:
    rows: tuple[TargetRow, ...]
    page: Page[Scope]
    may_set: bool
    on_plan: int
    with_target: int
    through: date | None  # to which day most of it looks

    @property
    def groups(self) -> list[TargetGroup]:
        """Each area above which none stands here, with those below it."""
        groups: list[tuple[TargetRow | None, list[TargetRow]]] = []
        goes_on = self.page.number > 1 and self.rows and self.rows[0].indent
        parted = place_of(self.rows[0].scope)[:2] if goes_on else []
        above: list[str] = []
        for row in self.rows:
            place = place_of(row.scope)
            if parted and place[:2] == parted:  # their top area is on the page before
                groups = groups or [(None, [])]
                groups[0][1].append(row)
            elif above and place[: len(above)] == above:
                groups[-1][1].append(row)
            else:
                groups.append((row, []))
                above = place
        return [TargetGroup(head, tuple(below)) for head, below in groups]


def place_of(scope: Scope) -> list[str]:
    """Its tree and the names down to it; the company has no place, and nothing lies below it here."""
    return [scope.node.dimension, *scope.node.place.split("/")] if scope.node else []


def target_page(person: Person, asked: Asked) -> TargetPage:
    """The areas whose targets she may set, the company besides where she may see it; without that right, all she may see."""
    sets = can_somewhere(person, Action.SET_TARGETS)
    scopes = planned_areas(person, sets=sets, tree=asked.tree)
    page = Paginator(scopes, ROWS_A_PAGE).get_page(asked.page)
    lights = (
        Reading.objects.filter(
            scope__in=scopes.order_by().values("pk"),
            metric=asked.metric,
            grain=Grain.MONTH.value,
            start=asked.month.start,
            target__isnull=False,
        )
        .values_list("status")
        .annotate(n=Count("scope_id"))
    )
    counts = dict(lights)
    return TargetPage(
        rows=tuple(target_rows(person, page.object_list, asked.metric, asked.month, today=asked.today)),
        page=page,
        may_set=sets,
        on_plan=counts.get("green", 0),
        with_target=sum(counts.values()),
        through=last_day(asked.metric, asked.month),
    )


def planned_areas(person: Person, *, sets: bool, tree: str) -> QuerySet[Scope]:
    """Single nodes in the order of their trees, the company first."""
    scopes = scopes_where(person, Action.SET_TARGETS) if sets else visible_scopes(person)
    listed = Q(node__dimension__in=[tree] if tree else PLANNED, node__archived_at__isnull=True)
    if not tree and can(person, Role.VIEWER):
        # Whoever leads a part and may see the whole finds the whole above her part.
        wide = Scope.objects.filter(key="company")
        scopes = scopes.filter(listed) | wide
    else:
        scopes = scopes.filter(listed)
    path = Replace(Coalesce(F("node__place"), Value("")), Value("/"), Value("\x01"), output_field=CharField())
    return scopes.select_related("node__parent").order_by(
        Case(
            *(When(node__dimension=name, then=Value(place)) for place, name in enumerate(PLANNED, start=1)),
            default=Value(0),
            output_field=IntegerField(),
        ),
        Collate(path, "C"),
    )


def target_rows(
    person: Person, scopes: Iterable[Scope], metric: Metric, month: Period, *, today: date
) -> Iterable[TargetRow]:
    """Rows of these areas: at most six queries, however many there are."""
    scopes = list(scopes)
    ids = [scope.pk for scope in scopes]
    before, year_ago = month.next(-1).start, month.last_year().start
    readings = {
        (reading.scope_id, reading.start): reading
        for reading in Reading.objects.filter(
            scope_id__in=ids,
            metric=metric,
            grain=Grain.MONTH.value,
            start__in=[month.start, before, year_ago],
        )
    }
    targets = {target.scope_id: target for target in current_targets(ids, metric, month)}
    green = {
        (pk, metric.pk, start)
        for (pk, start), one in readings.items()
        if start == month.start and one.status == Status.GREEN
    }
    risks = kept_at_risk(green, month.grain)
    told = ahead_of(scope_ids=ids, period=month, today=today, metrics=[metric.pk])
    settable = set(scopes_where(person, Action.SET_TARGETS).filter(pk__in=ids).values_list("pk", flat=True))
    above = {scope.node.parent_id for scope in scopes if scope.node is not None and scope.node.parent_id}
    known = set(visible_scopes(person).filter(node__in=above).values_list("node_id", flat=True))
    for scope in scopes:
        now = readings.get((scope.pk, month.start))
        target = targets.get(scope.pk)
        own = target.value if target else None
        last_month, last_year = readings.get((scope.pk, before)), readings.get((scope.pk, year_ago))
        yield TargetRow(
            scope=scope,
            name=scope.node.label if scope.node else scope.label,
            detail=area_detail(scope, known),
            indent=min(scope.node.depth - 1, 4) if scope.node else 0,
            may_set=scope.pk in settable,
            target=own,
            version=target.version if target else 0,
            text=amount_text(own, metric),
            inherited=now.target if now and own is None and not metric.additive else None,
            last_month=last_month.value if last_month else None,
            last_year=last_year.value if last_year else None,
            value=now.value if now else None,
            expected=now.expected if now else None,
            attainment=now.attainment if now else None,
            status=now.status if now else "grey",
            through=now.through if now and now.value is not None else None,
            few=bool(now and now.few),
            at_risk=risks.get((scope.pk, metric.pk, month.start), ()),
            ahead=brief(told.get((scope.pk, metric.pk)), metric),
        )


def target_row(person: Person, scope: Scope, asked: Asked) -> TargetRow:
    return next(iter(target_rows(person, [scope], asked.metric, asked.month, today=asked.today)))


def current_targets(scope_ids: Iterable[int], metric: Metric, month: Period) -> QuerySet[Target]:
    return Target.objects.filter(
        scope_id__in=scope_ids,
        metric=metric,
        grain=month.grain.value,
        start=month.start,
        superseded_at__isnull=True,
    )


def values_by_version(
    scope_ids: Iterable[int], metric: Metric, month: Period
) -> dict[tuple[int, int], Decimal | None]:
    """What each version of these areas' targets said: tells a cell that was touched from one that was only shown."""
    versions = Target.objects.filter(
        scope_id__in=scope_ids, metric=metric, grain=month.grain.value, start=month.start
    )
    return {
        (scope, version): value
        for scope, version, value in versions.values_list("scope_id", "version", "value")
    }


def last_day(metric: Metric, month: Period) -> date | None:
    """The last day that any figure of the month looks at: said once, and beside those that look less far."""
    found = Reading.objects.filter(
        metric=metric, grain=month.grain.value, start=month.start, value__isnull=False
    ).aggregate(day=Max("through"))
    day: date | None = found["day"]
    return day


def light_is_due(scope: Scope) -> bool:
    """Whether the figures of this area are still to be computed anew."""
    return ChangedScope.objects.filter(pk=scope.pk).exists()


def amount_text(value: Decimal | None, metric: formats.Figured) -> str:
    """As it stands in the field: 1,200,000 or 2.5%; to be read again by `kpis.forms.targets.read_cell`."""
    if value is None:
        return ""
    sign = "-" if value < 0 else ""
    if metric.unit == Unit.PERCENT:
        return f"{sign}{formats.plain(value * 100, most=4)}%"
    return sign + formats.plain(value, most=6)


def with_typed(row: TargetRow, text: str, *, error: str = "", moved: Moved | None = None) -> TargetRow:
    """The row with what she typed kept in its field."""
    return replace(row, text=text, error=error, moved=moved)


def area_detail(scope: Scope, known: Collection[int | None]) -> str:
    """Its kind, and what it lies below where that is `known` to her."""
    if scope.node is None:
        return ""
    kind = str(KINDS[scope.node.kind])
    above = scope.node.parent
    return f"{kind} · {above.label}" if above is not None and above.pk in known else kind
