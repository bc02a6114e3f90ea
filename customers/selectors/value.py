"""Reading what the last run said of customers, narrowed to the areas that a person may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.periods import add_months
from customers.customer_value.tiers import TIERS, Tier
from customers.models import AreaValue, CohortMonth, TierMove, ValueRun, ValueSettings
from customers.services.value_orders import KIND
from kpis.models import Measure
from organization.gate import get_scope_or_404, visible_scopes
from organization.models import Job, JobState, Person, Scope
from organization.selectors.jobs import JobSeen, job_seen, latest_job

REFERRALS = "referrals"
SHADES = 6
NAMES: dict[Tier, Promise] = {
    Tier.NEW: _("New"),
    Tier.POTENTIAL: _("Potential"),
    Tier.HIGH: _("High value"),
    Tier.DORMANT: _("Dormant"),
}


@dataclass(frozen=True)
class AreaOption:
    key: str
    label: str
    indent: int
    current: bool


@dataclass(frozen=True)
class Frame:
    """What stands around every page of customers. `run` None: nothing has been worked out yet; `row` None: not of this
    area. `rows` are all areas that she may see. `job`: the work, where it goes on or did not end well."""

    run: ValueRun | None
    row: AreaValue | None
    scope: Scope | None
    rows: tuple[AreaValue, ...]
    options: tuple[AreaOption, ...]
    job: JobSeen | None


def value_frame(person: Person, *, key: str, now: datetime) -> Frame:
    """The area that the address asks for, else the company or the first area of hers that has customers.

    Raises Http404 for an area that she may not see, or that is none.
    """
    asked = get_scope_or_404(person, key) if key else None
    run = ValueRun.objects.first()
    rows = _rows(person, run) if run is not None else []
    rows.sort(key=_place)
    row = next((one for one in rows if asked is None or one.scope_id == asked.pk), None)
    scope = row.scope if row is not None else asked
    options = tuple(
        AreaOption(
            one.scope.key,
            one.scope.label,
            max(_depth(one.scope) - 1, 0),
            row is not None and one.pk == row.pk,
        )
        for one in rows
    )
    return Frame(run, row, scope, tuple(rows), options, _job(person, now))


def _rows(person: Person, run: ValueRun) -> list[AreaValue]:
    """Of all areas that she may see; at most 300."""
    return list(
        AreaValue.objects.filter(run=run, scope__in=visible_scopes(person)).select_related(
            "scope__channel", "scope__region", "scope__product"
        )
    )


def _job(person: Person, now: datetime) -> JobSeen | None:
    """Open work, or one that failed: what is done speaks for itself."""
    job: Job | None = latest_job(kind=KIND)
    if job is None or not (job.is_open or job.state == JobState.FAILED):
        return None
    return job_seen(job=job, person=person, now=now)


def _place(row: AreaValue) -> tuple[int, str]:
    dimensions = ("company", "channel", "region", "product")
    node = row.scope.channel or row.scope.region or row.scope.product
    return (dimensions.index(node.dimension), node.place or node.path) if node else (0, "")


def _depth(scope: Scope) -> int:
    node = scope.channel or scope.region or scope.product
    return node.depth if node else 0


# -- Tiers ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TierRow:
    """Where customers stand. Shares are of all customers and of all that they spent in the window; None of nothing."""

    tier: Tier
    label: str | Promise
    customers: int
    share: Decimal | None
    amount: Decimal
    amount_share: Decimal | None
    each: Decimal | None
    before: int | None

    @property
    def change(self) -> Decimal | None:
        return Decimal(self.customers) / self.before - 1 if self.before else None


@dataclass(frozen=True)
class MoveCell:
    """Customers who went one way; `share` of those who stood where they came from, `shade` 0 to 6 by it."""

    customers: int
    share: Decimal | None
    shade: int
    stayed: bool


@dataclass(frozen=True)
class MoveRow:
    label: str | Promise
    customers: int
    cells: tuple[MoveCell, ...]
    new: bool


@dataclass(frozen=True)
class MonthRow:
    month: str
    open: bool
    counts: tuple[int, ...]
    total: int


@dataclass(frozen=True)
class TiersPage:
    """`moved`: rows by where they came from, cells by where they are, as `heads` say; empty in the first month."""

    rows: tuple[TierRow, ...]
    heads: tuple[str | Promise, ...]
    moved: tuple[MoveRow, ...]
    month: str
    months: tuple[str, ...]
    history: tuple[MonthRow, ...]
    amount: Decimal
    customers: int

    def of(self, tier: Tier) -> TierRow:
        return self.rows[TIERS.index(tier)]


def tiers_page(frame: Frame, *, month: str) -> TiersPage | None:
    """Tiers of the newest month, and who moved in `month` (else the newest). One query; None without any."""
    if frame.run is None or frame.row is None:
        return None
    found = list(TierMove.objects.filter(run=frame.run, scope=frame.row.scope_id).order_by("month"))
    if not found:
        return None
    months = sorted({one.month for one in found})
    newest = months[-1]
    chosen = next((one for one in months if f"{one:%Y-%m}" == month), newest)
    counts = {
        (at, tier): sum(one.customers for one in found if one.month == at and one.tier == tier)
        for at in months
        for tier in TIERS
    }
    total = sum(counts[newest, tier] for tier in TIERS)
    amounts = {
        tier: sum((one.amount for one in found if one.month == newest and one.tier == tier), Decimal(0))
        for tier in TIERS
    }
    spent = sum(amounts.values(), Decimal(0))
    before = months[-2] if len(months) > 1 else None
    return TiersPage(
        rows=tuple(
            TierRow(
                tier,
                NAMES[tier],
                counts[newest, tier],
                _share(counts[newest, tier], total),
                amounts[tier],
                _share(amounts[tier], spent),
                _share(amounts[tier], counts[newest, tier]),
                counts[before, tier] if before else None,
            )
            for tier in TIERS
        ),
        heads=tuple(NAMES[tier] for tier in TIERS),
        moved=_moved([one for one in found if one.month == chosen]),
        month=f"{chosen:%Y-%m}",
        months=tuple(f"{one:%Y-%m}" for one in reversed(months)),
        history=tuple(
            MonthRow(
                f"{at:%Y-%m}",
                add_months(at, 1) > frame.run.last_day + timedelta(days=1),
                tuple(counts[at, tier] for tier in TIERS),
                sum(counts[at, tier] for tier in TIERS),
            )
            for at in reversed(months)
        ),
        amount=spent,
        customers=total,
    )


def _moved(rows: Sequence[TierMove]) -> tuple[MoveRow, ...]:
    ways = {(one.came_from, one.tier): one.customers for one in rows}
    found = []
    for came_from, label in [
        *((str(tier), NAMES[tier]) for tier in TIERS),
        ("", _("First order this month")),
    ]:
        total = sum(ways.get((came_from, tier), 0) for tier in TIERS)
        cells = []
        for tier in TIERS:
            customers = ways.get((came_from, tier), 0)
            share = _share(customers, total)
            cells.append(MoveCell(customers, share, _shade(share), came_from == tier))
        found.append(MoveRow(label, total, tuple(cells), not came_from))
    return tuple(found)


# -- Cohorts ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CohortCell:
    """`share` None: that month is not here yet. `open`: it is not over."""

    share: Decimal | None
    customers: int
    amount: Decimal
    shade: int
    open: bool


@dataclass(frozen=True)
class CohortRow:
    month: str
    customers: int
    cells: tuple[CohortCell, ...]


@dataclass(frozen=True)
class CohortsPage:
    """`later` are the months after the first, `mean` the share over all cohorts whose month is over, by it."""

    rows: tuple[CohortRow, ...]
    later: tuple[int, ...]
    mean: tuple[Decimal | None, ...]


def cohorts_page(frame: Frame) -> CohortsPage | None:
    """One query; None without any."""
    if frame.run is None or frame.row is None:
        return None
    found = {
        (one.month, one.later): one
        for one in CohortMonth.objects.filter(run=frame.run, scope=frame.row.scope_id)
    }
    months = sorted({month for month, later in found if later == 0})
    if not months:
        return None
    last = frame.run.last_day
    widest = _between(months[0], last)
    later = tuple(range(1, widest + 1))
    table = {month: tuple(_cohort_cell(found, month, one, last) for one in later) for month in months}
    highest = max(
        (cell.share or Decimal(0) for cells in table.values() for cell in cells), default=Decimal(0)
    )
    shaded = {
        month: tuple(
            CohortCell(cell.share, cell.customers, cell.amount, _shade(cell.share, highest), cell.open)
            for cell in cells
        )
        for month, cells in table.items()
    }
    return CohortsPage(
        tuple(
            CohortRow(f"{month:%Y-%m}", found[month, 0].customers, shaded[month])
            for month in reversed(months)
        ),
        later,
        tuple(_mean(found, shaded, place) for place in range(widest)),
    )


def _cohort_cell(
    found: Mapping[tuple[date, int], CohortMonth], month: date, later: int, last: date
) -> CohortCell:
    begins = add_months(month, later)
    if begins > last:
        return CohortCell(None, 0, Decimal(0), 0, False)
    row = found.get((month, later))
    customers = row.customers if row else 0
    is_open = add_months(begins, 1) > last + timedelta(days=1)
    share = _share(customers, found[month, 0].customers)
    return CohortCell(share, customers, row.amount if row else Decimal(0), 0, is_open)


def _mean(
    found: Mapping[tuple[date, int], CohortMonth], table: Mapping[date, Sequence[CohortCell]], place: int
) -> Decimal | None:
    """Of months that are over, since an open one would draw it down."""
    over = [
        month for month, cells in table.items() if cells[place].share is not None and not cells[place].open
    ]
    return _share(
        sum(table[month][place].customers for month in over), sum(found[month, 0].customers for month in over)
    )


def _between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


# -- Lifetime value ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class LifetimeRow:
    """Per customer of an area: revenue so far, what each of those foretold is expected to bring, and her lifetime value
    in gross profit (None where a margin is missing)."""

    label: str
    key: str
    value: AreaValue
    so_far: Decimal | None
    ahead: Decimal | None
    lifetime: Decimal | None
    total: bool

    @property
    def expected(self) -> int | None:
        """Days with an order that the check expected."""
        return None if self.value.check_expected is None else round(self.value.check_expected)

    @property
    def apart(self) -> Decimal | None:
        """How far the check was off, as a share of what came."""
        if not self.value.check_actual or self.value.check_expected is None:
            return None
        return Decimal(str(self.value.check_expected)) / self.value.check_actual - 1


@dataclass(frozen=True)
class LifetimePage:
    rows: tuple[LifetimeRow, ...]
    by: str
    dimensions: tuple[str, ...]


def lifetime_page(frame: Frame, *, by: str) -> LifetimePage:
    """Areas of one dimension, the topmost that she may see, the most valuable first; the company below them. No query."""
    of: dict[str, list[AreaValue]] = {}
    for row in frame.rows:
        node = row.scope.channel or row.scope.region or row.scope.product
        of.setdefault(node.dimension if node else "company", []).append(row)
    dimensions = tuple(one for one in ("channel", "region", "product") if one in of)
    chosen = by if by in dimensions else next(iter(dimensions), "company")
    here = of.get(chosen, []) if chosen != "company" else []
    top = min((_depth(row.scope) for row in here), default=0)
    shown = sorted(
        (_lifetime_row(row) for row in here if _depth(row.scope) == top),
        key=lambda row: (row.so_far or Decimal(0)) + (row.ahead or Decimal(0)),
        reverse=True,
    )
    return LifetimePage(
        (*shown, *(_lifetime_row(row, total=True) for row in of.get("company", []))), chosen, dimensions
    )


def worth_of(row: AreaValue) -> LifetimeRow:
    """What a customer of one area brought and is expected to bring. No query."""
    return _lifetime_row(row)


def _lifetime_row(row: AreaValue, *, total: bool = False) -> LifetimeRow:
    return LifetimeRow(
        row.scope.label,
        row.scope.key,
        row,
        _share(row.amount, row.customers),
        _share(row.ahead, row.foretold) if row.ahead is not None else None,
        _share(row.lifetime, row.customers) if row.lifetime is not None else None,
        total,
    )


# -- The funnel -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LifeStep:
    """`rate` of the step before, `of_all` of the first one."""

    customers: int
    amount: Decimal
    rate: Decimal | None
    of_all: Decimal | None


@dataclass(frozen=True)
class LifePage:
    """`referrals`: as a source reports them for the area in the year to the last day; None where none does."""

    steps: tuple[LifeStep, ...]
    referrals: Decimal | None


def life_page(frame: Frame) -> LifePage | None:
    """At most two queries; None where nobody has had time for a second order."""
    if frame.run is None or frame.row is None or not frame.row.steps:
        return None
    counts = [int(count) for count in frame.row.steps]
    amounts = [Decimal(amount) for amount in frame.row.step_amounts]
    steps = tuple(
        LifeStep(
            count,
            amount,
            _share(count, counts[place - 1]) if place else None,
            _share(count, counts[0]),
        )
        for place, (count, amount) in enumerate(zip(counts, amounts, strict=True))
    )
    return LifePage(steps, _referrals(frame.row.scope_id, frame.run.last_day))


def _referrals(scope_id: int, last: date) -> Decimal | None:
    slot = Measure.objects.filter(code=REFERRALS).values_list("slot", flat=True).first()
    if slot is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(amounts[%s]) FROM kpis_amountday WHERE scope_id = %s AND day > %s AND day <= %s",
            [slot, scope_id, last - timedelta(days=365), last],
        )
        found: Decimal | None = cursor.fetchone()[0]
    return found


def value_settings() -> ValueSettings:
    """As somebody set them, else as they are to begin with (unsaved)."""
    return ValueSettings.objects.select_related("changed_by").filter(pk=1).first() or ValueSettings()


def _share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    return Decimal(part) / Decimal(whole) if whole else None


def _shade(share: Decimal | None, highest: Decimal = Decimal(1)) -> int:
    """0 for nothing, then the more the darker."""
    if not share or share <= 0 or highest <= 0:
        return 0
    return min(SHADES, 1 + int(share / highest * SHADES))
