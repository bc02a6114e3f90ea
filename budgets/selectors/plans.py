"""Plans as their pages show them: lines, months, categories beside their usual shares, versions and what they change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404

from budgets.models import Budget, BudgetSettings, Category, PlanLine, Version, VersionState
from budgets.planning import months_of
from budgets.selectors.plan_changes import LineChange, changes_between
from budgets.selectors.plan_rows import rows_of, total_of
from budgets.selectors.rights import may_keep, visible_budgets
from decisions.models import Proposal, ProposalState
from decisions.selectors.rights import seen_by
from organization.gate import Action, Someone, scopes_where, visible_scopes
from organization.models import Person

ALLOCATION = "channels.allocation"  # the kind of proposals that split money over channels
USUAL = {Category.CONTENT: 30, Category.ADS: 40, Category.EVENTS: 20, Category.OTHER: 10}
TOLD = (VersionState.WAITING, VersionState.HOLDS, VersionState.REPLACED)
MOST_STARTS = 50


def visible_versions(person: Someone) -> QuerySet[Version]:
    """Plans that hold, held or wait, of budgets that she may look at; the others for those who keep them."""
    kept = Q(budget__node__scope__in=scopes_where(person, Action.KEEP_BUDGETS))
    return Version.objects.filter(
        Q(state__in=TOLD) | kept, budget__node__scope__in=visible_scopes(person)
    ).select_related("budget__node__scope", "budget__owner", "made_by", "proposal")


def get_version_or_404(person: Someone, pk: int, *, keeps: bool = False) -> Version:
    """Raises Http404 where she may not look at it, and PermissionDenied where `keeps` and her role is too weak."""
    version = visible_versions(person).filter(pk=pk).first()
    if version is None:
        raise Http404
    if keeps and not may_keep(person, version.budget):
        raise PermissionDenied
    return version


@dataclass(frozen=True)
class Row:
    """A planned line; `share` of all that is planned."""

    line: PlanLine
    share: Decimal | None


@dataclass(frozen=True)
class CategoryShare:
    """Of the lines without the pools. `usual` as the settings say; `off` where it is ten points away or more."""

    label: str
    amount: Decimal
    share: Decimal | None
    usual: Decimal

    @property
    def off(self) -> bool:
        return self.share is not None and abs(self.share - self.usual) >= Decimal("0.1")


@dataclass(frozen=True)
class MonthSum:
    month: date
    amount: Decimal
    part: bool  # the budget has only some of its days


@dataclass(frozen=True)
class PlanPage:
    version: Version
    rows: Sequence[Row]
    total: Decimal
    categories: Sequence[CategoryShare]
    months: Sequence[MonthSum]
    versions: Sequence[Version]
    against: Version | None
    changes: Sequence[LineChange]
    keeps: bool

    @property
    def works(self) -> bool:
        """Whether she may change it."""
        return self.keeps and self.version.state == VersionState.DRAFT

    @property
    def can_begin(self) -> bool:
        """Whether she may begin another version."""
        in_work = (VersionState.DRAFT, VersionState.WAITING)
        return (
            self.keeps
            and self.version.budget.state != "closed"
            and not any(one.state in in_work for one in self.versions)
        )


def plan_page(version: Version, person: Person) -> PlanPage:
    """A fixed number of queries, whatever the number of lines."""
    rows = rows_of(version)
    total = total_of(rows)
    versions = list(
        visible_versions(person)
        .filter(budget=version.budget_id)
        .order_by("-number")
        .select_related("made_by")
    )
    against = _before(version, versions)
    return PlanPage(
        version=version,
        rows=[Row(row, _share(row.amount, total)) for row in rows],
        total=total,
        categories=category_shares(rows),
        months=month_sums(version.budget, rows),
        versions=versions,
        against=against,
        changes=changes_between(version, against) if against is not None else [],
        keeps=may_keep(person, version.budget),
    )


def _before(version: Version, versions: Sequence[Version]) -> Version | None:
    """What it is held against: what held when it was decided, or holds."""
    earlier = [one for one in versions if one.held_from is not None and one.number < version.number]
    return max(earlier, key=lambda one: one.number, default=None)


def _share(amount: Decimal, total: Decimal) -> Decimal | None:
    return amount / total if total else None


def category_shares(rows: Sequence[PlanLine]) -> list[CategoryShare]:
    lines = [row for row in rows if not row.pool]
    total = total_of(lines)
    kept = BudgetSettings.objects.values_list("categories", flat=True).first() or {}
    usual = {str(code): Decimal(str(percent)) for code, percent in (kept or USUAL).items()}
    found = []
    for code, label in Category.choices:
        amount = total_of([row for row in lines if row.category == code])
        found.append(
            CategoryShare(str(label), amount, _share(amount, total), usual.get(code, Decimal(0)) / 100)
        )
    return found


def month_sums(budget: Budget, rows: Sequence[PlanLine]) -> list[MonthSum]:
    sums: dict[date, Decimal] = {}
    for row in rows:
        for month, amount in zip(row.months, row.amounts, strict=True):
            sums[month] = sums.get(month, Decimal(0)) + amount
    return [
        MonthSum(part.month, sums.get(part.month, Decimal(0)), not part.whole)
        for part in months_of(budget.first_day, budget.last_day)
    ]


def newest_version(budget: Budget, person: Someone) -> Version | None:
    """The one in work where she may see it, else the one that holds."""
    found = list(visible_versions(person).filter(budget=budget).order_by("-number"))
    in_work = [one for one in found if one.state in (VersionState.DRAFT, VersionState.WAITING)]
    held = [one for one in found if one.state == VersionState.HOLDS]
    return next(iter([*in_work, *held, *found]), None)


@dataclass(frozen=True)
class Starts:
    """What a new budget may begin from."""

    budgets: Sequence[Budget]
    splits: Sequence[Proposal]


def starts_for(person: Person) -> Starts:
    """The newest budgets that she sees, and splits that were accepted. Two queries."""
    budgets = visible_budgets(person).order_by("-first_day", "-pk")[:MOST_STARTS]
    splits = Proposal.objects.filter(seen_by(person), kind=ALLOCATION, state=ProposalState.APPROVED).order_by(
        "-decided_at"
    )[:MOST_STARTS]
    return Starts(list(budgets), list(splits))
