"""The lines of a plan that is worked on: what each must be, and how its amount falls on the months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from budgets.models import Budget, Category, FedBy, Line, PlanLine, Pool, Shape, Version, VersionState
from budgets.money_text import money_text
from budgets.planning import CENT, by_days, months_of, pool_amounts, share_out
from budgets.selectors.plan_rows import rows_of
from budgets.selectors.seasons import Seasons
from budgets.services.settings import settings
from organization.models import Node, Person
from organization.services import Refused, record
from organization.slugs import slugify

HIGHEST = Decimal(10) ** 14
MOST_LINES = 1000


class PlanMoved(Refused):
    """Somebody else has changed the plan since she looked; nothing was saved."""


class LineRefused(Refused):
    """A line cannot be so. `place` is its place in the list that was given, `field` what is wrong with it."""

    def __init__(self, message: str, *, field: str = "", place: int = 0) -> None:
        super().__init__(message)
        self.field, self.place = field, place


@dataclass(frozen=True)
class LineDraft:
    """A line as somebody plans it. `amounts`: a month each, where the shape is by hand; they add up to `amount`.

    `line` is the line of an approved version that it goes on with.
    """

    name: str
    amount: Decimal
    category: str = Category.OTHER.value
    core: bool = True
    pool: str = ""
    fed_by: str = FedBy.ENTRIES.value
    channel: Node | None = None
    region: Node | None = None
    team: Node | None = None
    owner: Person | None = None
    conversions: Decimal | None = None
    shape: str = Shape.EQUAL.value
    amounts: Sequence[Decimal] | None = None
    line: Line | None = None


def as_draft(row: PlanLine) -> LineDraft:
    """A planned line as it stands."""
    return LineDraft(
        name=row.name, amount=row.amount, category=row.category, core=row.core, pool=row.pool, fed_by=row.fed_by,
        channel=row.channel, region=row.region, team=row.team, owner=row.owner, conversions=row.conversions,
        shape=row.shape, amounts=list(row.amounts), line=row.line,
    )  # fmt: skip


@transaction.atomic
def save_draft(
    *,
    version: Version,
    lines: Sequence[LineDraft],
    based_on: int,
    person: Person | None,
    now: datetime,
) -> Version:
    """Has these lines, in this order, in place of those that the plan had. `based_on` is the revision that she saw.

    A line goes on with the one of an approved version that has its name, unless it names one itself.
    Raises PlanMoved where somebody was quicker, LineRefused (a Refused) for a line that cannot be; nothing is saved then.
    """
    version = in_work(version, based_on)
    put_lines(version, lines, now)
    turn(version)
    record(
        action="budget.plan", subject=version.budget.node.code, person=person, version=version.number,
        lines=len(lines), total=str(sum((one.amount for one in lines), Decimal(0))),
    )  # fmt: skip
    return version


@transaction.atomic
def save_line(
    *,
    version: Version,
    draft: LineDraft,
    row: PlanLine | None,
    based_on: int,
    person: Person,
    now: datetime,
) -> PlanLine:
    """Changes one line of the plan, or adds one (`row` None). Raises PlanMoved and LineRefused."""
    version = in_work(version, based_on)
    rows = rows_of(version)
    kept = next((one for one in rows if row is not None and one.pk == row.pk), None)
    if row is not None and kept is None:
        raise PlanMoved(_("Somebody has taken this line out of the plan meanwhile."))
    if kept is None and len(rows) >= MOST_LINES:
        raise LineRefused(_too_many())
    if draft.line is None and kept is not None:
        draft = replace(draft, line=kept.line)
    made = _row(version, draft, Seasons(first=version.budget.first_day, last=version.budget.last_day,
                                        today=timezone.localdate(now)))  # fmt: skip
    _check_together([(at, one) for at, one in enumerate(rows) if one is not kept] + [(0, made)], told=0)
    made.pk = kept.pk if kept else None
    made.position = kept.position if kept else max((one.position for one in rows), default=0) + 1
    made.save()
    turn(version)
    record(
        action="budget.plan_line", subject=version.budget.node.code, person=person, version=version.number,
        line=made.name, **({"before": str(kept.amount)} if kept else {}), after=str(made.amount),
    )  # fmt: skip
    return made


@transaction.atomic
def drop_line(*, version: Version, row: PlanLine, based_on: int, person: Person) -> None:
    """Takes a line out of the plan. Twice is once. Raises PlanMoved."""
    version = in_work(version, based_on)
    gone = version.lines.filter(pk=row.pk).delete()[0]
    if gone:
        turn(version)
        record(
            action="budget.drop_line", subject=version.budget.node.code, person=person,
            version=version.number, line=row.name, amount=str(row.amount),
        )  # fmt: skip


@transaction.atomic
def set_pools(*, version: Version, based_on: int, person: Person, now: datetime) -> Version:
    """Gives the reserve and the emergency pool what the settings say: shares of the whole budget. Pools that the plan
    has keep their names and owners. Raises Refused where nothing is planned yet, and PlanMoved.
    """
    version = in_work(version, based_on)
    rows = rows_of(version)
    shares = settings()
    wanted = {
        Pool.RESERVE.value: (_("Reserve"), shares.reserve_share),
        Pool.EMERGENCY.value: (_("Emergency pool"), shares.emergency_share),
    }
    lines = [as_draft(row) for row in rows if row.pool not in wanted]
    total = sum((one.amount for one in lines), Decimal(0))
    if not total:
        raise Refused(_("Nothing is planned yet. Give the lines amounts first."))
    amounts = pool_amounts(total, [share for _name, share in wanted.values()])
    had = {row.pool: as_draft(row) for row in rows if row.pool}
    for (pool, (name, _share)), amount in zip(wanted.items(), amounts, strict=True):
        kept = had.get(pool)
        if kept is not None:
            lines.append(replace(kept, amount=amount, shape=Shape.EQUAL.value, amounts=None))
        elif amount:
            lines.append(LineDraft(name, amount, pool=pool, owner=version.budget.owner))
    return save_draft(version=version, lines=lines, based_on=based_on, person=person, now=now)


def in_work(version: Version, based_on: int) -> Version:
    """The version under lock, as it is still worked on and as she saw it. Raises Refused and PlanMoved."""
    locked = (
        Version.objects.select_for_update(of=("self",)).select_related("budget__node", "budget__owner")
        .filter(pk=version.pk).first()
    )  # fmt: skip
    if locked is None:
        raise PlanMoved(_("Somebody has thrown this plan away meanwhile."))
    if locked.state == VersionState.WAITING:
        raise PlanMoved(
            _("This plan was sent for approval meanwhile, and stays as it is until that is decided.")
        )
    if locked.state != VersionState.DRAFT:
        raise PlanMoved(_("This plan was decided meanwhile, and stays as it is."))
    if locked.revision != based_on:
        raise PlanMoved(_("Somebody has changed this plan meanwhile. Look again, then save."))
    return locked


def turn(version: Version) -> None:
    version.revision += 1
    version.save(update_fields=["revision"])


def put_lines(version: Version, lines: Sequence[LineDraft], now: datetime) -> None:
    """All lines anew. What people have looked at keeps its row, by name, so that addresses stay."""
    if len(lines) > MOST_LINES:
        raise LineRefused(_too_many(), place=MOST_LINES)
    budget = version.budget
    known = {slugify(one.name): one for one in Line.objects.filter(budget=budget).select_related("node")}
    had = {row.name: row.pk for row in version.lines.all()}
    seasons = Seasons(first=budget.first_day, last=budget.last_day, today=timezone.localdate(now))
    rows = []
    for place, draft in enumerate(lines):
        try:
            if draft.line is None:
                draft = replace(draft, line=known.get(_slug(draft.name)))
            row = _row(version, draft, seasons)
        except LineRefused as refused:
            raise LineRefused(str(refused), field=refused.field, place=place) from None
        row.position = place + 1
        rows.append(row)
    _check_together(list(enumerate(rows)))
    version.lines.exclude(name__in=[row.name for row in rows]).delete()
    for row in rows:
        row.pk = had.get(row.name)
    PlanLine.objects.bulk_update([row for row in rows if row.pk], _FIELDS)
    PlanLine.objects.bulk_create([row for row in rows if not row.pk])


_FIELDS = [field.name for field in PlanLine._meta.concrete_fields if field.name not in ("id", "version")]


def _too_many() -> str:
    return _("A plan has at most %(n)s lines.") % {"n": MOST_LINES}


def _slug(name: str) -> str:
    try:
        return slugify(name)
    except ValueError:
        raise LineRefused(_("A name needs a letter or a digit."), field="name") from None


def _check_together(rows: Sequence[tuple[int, PlanLine]], told: int | None = None) -> None:
    """Names that part lines, and one pool of each kind. Raises LineRefused at the later of two (or at `told`)."""
    names: set[str] = set()
    pools: set[str] = set()
    lines: set[int] = set()
    for place, row in rows:
        at = place if told is None else told
        slug = _slug(row.name)
        if slug in names:
            raise LineRefused(
                _("There are two lines called %(name)s. Give one of them another name.") % {"name": row.name},
                field="name",
                place=at,
            )
        if row.pool and row.pool in pools:
            raise LineRefused(
                _("A budget has one such pool, and this would be the second."), field="pool", place=at
            )
        if row.line_id is not None and row.line_id in lines:
            raise LineRefused(_("Two lines of the plan go on with the same line."), field="name", place=at)
        names.add(slug)
        pools.add(row.pool)
        if row.line_id is not None:
            lines.add(row.line_id)


def _row(version: Version, draft: LineDraft, seasons: Seasons) -> PlanLine:
    """The line as it will be kept, unsaved. Raises LineRefused."""
    name = " ".join(draft.name.split())
    _slug(name)
    if len(name) > 200:
        raise LineRefused(_("A name has at most 200 characters."), field="name")
    amount = _amount(draft.amount, "amount")
    if draft.conversions is not None and not 0 <= draft.conversions < HIGHEST:
        raise LineRefused(_("Expected conversions are zero or more."), field="conversions")
    if draft.fed_by == FedBy.COST and (draft.channel is None or draft.pool):
        raise LineRefused(
            _("A line whose spend comes from its channel's cost needs a channel, and is no pool."),
            field="channel",
        )
    if draft.line is not None and draft.line.pool != draft.pool:
        raise LineRefused(_("A pool stays a pool, and a line a line."), field="pool")
    for field, node in (("channel", draft.channel), ("region", draft.region), ("team", draft.team)):
        if node is not None and (node.dimension != field or node.archived_at is not None):
            raise LineRefused(
                _("%(name)s has been put away or merged. Choose another.") % {"name": node.label}, field=field
            )
    if draft.owner is not None and not draft.owner.is_active:
        raise LineRefused(_("%(name)s has left.") % {"name": draft.owner.label}, field="owner")
    amounts = _months(version.budget, draft, amount, seasons)
    months = [part.month for part in months_of(version.budget.first_day, version.budget.last_day)]
    return PlanLine(
        version=version, line=draft.line, name=name, category=draft.category, core=draft.core, pool=draft.pool,
        fed_by=draft.fed_by, channel=draft.channel, region=draft.region, team=draft.team, owner=draft.owner,
        conversions=draft.conversions, shape=draft.shape, amount=amount, months=months, amounts=amounts,
    )  # fmt: skip


def _months(budget: Budget, draft: LineDraft, amount: Decimal, seasons: Seasons) -> list[Decimal]:
    parts = months_of(budget.first_day, budget.last_day)
    if draft.shape == Shape.HAND:
        amounts = [_amount(one, "amounts") for one in draft.amounts or ()]
        if len(amounts) != len(parts):
            raise LineRefused(
                _("By hand, each month of the budget needs an amount, if only 0."), field="amounts"
            )
        if sum(amounts, Decimal(0)) != amount:
            raise LineRefused(
                _("The months add up to %(months)s, and the line has %(amount)s.")
                % {"months": money_text(sum(amounts, Decimal(0))), "amount": money_text(amount)},
                field="amounts",
            )
        return amounts
    weights = seasons.weights(draft.channel, draft.region) if draft.shape == Shape.SEASON else None
    if weights is None:
        return by_days(amount, budget.first_day, budget.last_day)
    return share_out(amount, weights)


def _amount(amount: Decimal, field: str) -> Decimal:
    if amount < 0:
        raise LineRefused(_("A plan cannot be negative."), field=field)
    if amount >= HIGHEST:
        raise LineRefused(_("This is too large."), field=field)
    if amount != amount.quantize(CENT):
        raise LineRefused(_("Amounts have at most two decimals."), field=field)
    return amount
