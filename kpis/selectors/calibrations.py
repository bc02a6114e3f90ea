"""Reading calibrations: those of her areas, and all about one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.core.paginator import Page, Paginator
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import Http404
from django.utils import timezone

from common.periods import Grain, Period
from decisions.models import Task, TaskState
from decisions.selectors import Thread, thread
from kpis.calibration_words import off_words
from kpis.figures import Look
from kpis.models import Calibration, CalibrationState, Reading
from kpis.models.calibration import KIND, TO_FILE
from kpis.selectors.months import months_left
from kpis.selectors.movement import Against, Movement, why
from kpis.selectors.target_history import YearMonth, year_of_targets
from organization.gate import Action, can, scopes_where, visible_scopes
from organization.models import DIMENSIONS, Person
from organization.selectors import company

ROWS_A_PAGE = 50
SHOWN = ("open", "all")
SCOPES = tuple(f"scope__{dimension}" for dimension in DIMENSIONS)


@dataclass(frozen=True)
class CalibrationRow:
    """`hers`: she may file it. `due`: until when it should be filed. `now`: the value by now, where it differs."""

    calibration: Calibration
    hers: bool
    due: date | None
    now: Decimal | None

    @property
    def off_words(self) -> str:
        return off_words(self.calibration)


@dataclass(frozen=True)
class CalibrationList:
    rows: tuple[CalibrationRow, ...]
    page: Page[Calibration]
    shown: str
    to_file: int  # by her
    waiting: int  # for a decision


def calibrations_of(person: Person, *, shown: str = "open", number: int | str | None = 1) -> CalibrationList:
    """Calibrations of areas that she may see: those that she may file first, then what waits. At most ten queries."""
    shown = shown if shown in SHOWN else SHOWN[0]
    seen = Calibration.objects.filter(scope__in=visible_scopes(person))
    hers = scopes_where(person, Action.SET_TARGETS)
    to_file = Q(state__in=TO_FILE, scope__in=hers)
    found = seen if shown == "all" else seen.exclude(state=CalibrationState.APPROVED)
    found = found.select_related("metric", "filed_by", *SCOPES).order_by(
        Case(
            When(to_file, then=Value(0)),
            When(state=CalibrationState.APPROVED, then=Value(2)),
            default=Value(1),
            output_field=IntegerField(),
        ),
        "-month",
        "scope__key",
        "metric__position",
        "pk",
    )
    page = Paginator(found, ROWS_A_PAGE).get_page(number)
    rows = list(page.object_list)
    settable = set(hers.filter(pk__in=[one.scope_id for one in rows]).values_list("pk", flat=True))
    due = dict(
        Task.objects.filter(
            kind=KIND, subject_id__in=[one.pk for one in rows], state=TaskState.OPEN
        ).values_list("subject_id", "due_on")
    )
    now = _values_now(rows)
    return CalibrationList(
        rows=tuple(
            CalibrationRow(one, one.to_file and one.scope_id in settable, due.get(one.pk), now.get(one.pk))
            for one in rows
        ),
        page=page,
        shown=shown,
        to_file=seen.filter(to_file).count(),
        waiting=seen.filter(state=CalibrationState.PROPOSED).count(),
    )


def to_file_count(person: Person) -> int:
    """How many she may file. One query."""
    hers = scopes_where(person, Action.SET_TARGETS)
    return Calibration.objects.filter(state__in=TO_FILE, scope__in=hers).count()


def _values_now(rows: list[Calibration]) -> dict[int, Decimal]:
    """Values that later data have changed since the closing, by calibration. One query."""
    kept = {
        (scope, metric, start): value
        for scope, metric, start, value in Reading.objects.filter(
            scope__in={one.scope_id for one in rows},
            metric__in={one.metric_id for one in rows},
            start__in={one.month for one in rows},
            grain=Grain.MONTH.value,
        ).values_list("scope_id", "metric_id", "start", "value")
    }
    changed = {one.pk: kept.get((one.scope_id, one.metric_id, one.month)) for one in rows}
    return {
        one.pk: value
        for one in rows
        if (value := changed[one.pk]) is not None and round(value - one.value, 6) != 0
    }


@dataclass(frozen=True)
class CalibrationPage:
    """All about one. `left`: the months that new numbers may be given for; `year`: the fiscal year of the month itself.

    `missing`: how much the months of that year that are closed fell short of their targets (negative: went beyond), of
    an additive metric.
    """

    calibration: Calibration
    movement: Movement
    year: tuple[YearMonth, ...]
    left: tuple[YearMonth, ...]
    last: Calibration | None
    thread: Thread
    now: Decimal | None
    may_file: bool
    missing: Decimal | None

    @property
    def moved(self) -> bool:
        """Whether any target of the year is another than it was first set."""
        return any(one.moved for one in self.year)

    @property
    def left_total(self) -> Decimal | None:
        """What the months left have as targets by now, of an additive metric with any."""
        known = [one.target for one in self.left if one.target is not None]
        return sum(known, Decimal(0)) if known and self.calibration.metric.additive else None

    @property
    def to_keep_the_year(self) -> Decimal | None:
        """What the months left must bring, so that the year's total is still reached."""
        if self.left_total is None or self.missing is None:
            return None
        return self.left_total + self.missing


def get_calibration_or_404(person: Person, pk: int) -> Calibration:
    """Raises Http404 where she may not see its area."""
    found = (
        _with_all(Calibration.objects.filter(pk=pk, scope__in=visible_scopes(person)))
        .select_related("filed_by", "change", "proposal")
        .first()
    )
    if found is None:
        raise Http404
    return found


def _with_all(rows: QuerySet[Calibration]) -> QuerySet[Calibration]:
    return rows.select_related("metric", *SCOPES)


def calibration_page(person: Person, pk: int, *, as_of: datetime) -> CalibrationPage:
    """Raises Http404 where she may not see its area. A bounded number of queries."""
    calibration = get_calibration_or_404(person, pk)
    today = timezone.localdate(as_of)
    metric, scope = calibration.metric, calibration.scope
    month = Period(Grain.MONTH, calibration.month)
    nodes = {dimension: getattr(scope, dimension) for dimension in scope.node_ids()}
    movement = why(
        person=person, metric=metric, nodes=nodes, period=month, against=Against.EXPECTED, look=Look.at(today=today)
    )  # fmt: skip
    own_year = Period.containing(month.start, Grain.YEAR, fiscal_start=company().fiscal_year_start)
    year = year_of_targets(metric, scope, own_year)
    left = months_left(calibration.month, today=today)
    same_year = left[0].start in own_year
    starts = [one.start for one in left]
    ahead = (
        tuple(one for one in year if one.period.start in starts)
        if same_year
        else months_to_set(calibration, today=today)
    )
    last = (
        Calibration.objects.filter(metric=metric, scope=scope, month__lt=calibration.month)
        .select_related("filed_by")
        .order_by("-month")
        .first()
    )
    return CalibrationPage(
        calibration=calibration,
        movement=movement,
        year=year,
        left=ahead,
        last=last,
        thread=thread(person, KIND, calibration.pk, as_of=as_of),
        now=_values_now([calibration]).get(calibration.pk),
        may_file=calibration.to_file and can(person, Action.SET_TARGETS, scope),
        missing=_missing(year, starts[0]) if metric.additive and same_year else None,
    )


def months_to_set(calibration: Calibration, *, today: date) -> tuple[YearMonth, ...]:
    """The months whose targets it may change, as they stand. Six queries."""
    left = months_left(calibration.month, today=today)
    year = Period.containing(left[0].start, Grain.YEAR, fiscal_start=company().fiscal_year_start)
    starts = {one.start for one in left}
    months = year_of_targets(calibration.metric, calibration.scope, year)
    return tuple(one for one in months if one.period.start in starts)


def _missing(year: tuple[YearMonth, ...], first_left: date) -> Decimal | None:
    """Targets less values of the months that are over; None where one of them has no target or no value."""
    over = [one for one in year if one.period.start < first_left and one.target is not None]
    if not over or any(one.value is None for one in over):
        return None
    return sum(
        (one.target - one.value for one in over if one.target is not None and one.value is not None),
        Decimal(0),
    )
